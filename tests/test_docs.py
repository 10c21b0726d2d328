"""The pages in docs/ are true: commands run, configs work, links lead."""
import doctest
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template

import cv2
import numpy as np
import pytest
from config_tools import ALL_FILES
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from processes import run_python

from pcloss_mmpose.rendering import render_dataset

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
PAGES = {
    page.relative_to(DOCS).as_posix(): page.read_text()
    for page in sorted(DOCS.rglob('*.md'))
}
DATA, CONFIG, ABLATION, SPEED, PEERS = (
    'start/prepare_data.md', 'start/your_config.md', 'results/ablation.md',
    'results/speed.md', 'reference/peers.md')
LINK = re.compile(r'\]\(([^)]+)\)')
FLD = ROOT / 'configs/fashion_2d_keypoint/topdown_heatmap/fld'
QUICK = [
    '--cfg-options', 'train_cfg.val_interval=18',
    'default_hooks.checkpoint.interval=18', 'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False'
]


def blocks(page, language):
    return re.findall(rf'```{language}\n(.*?)```', PAGES[page], flags=re.S)


def commands(page):
    return [
        line for block in blocks(page, 'bash') for line in block.splitlines()
    ]


def configs(page):
    """Those over a config of MMPose, or beside one of the project."""
    return [
        b for b in blocks(page, 'python')
        if re.search(r"_base_ = '(mmpose::|\./)", b)
    ]


def examples(page):
    return [b for b in blocks(page, 'python') if b.startswith('>>>')]


@pytest.mark.parametrize('page', PAGES)
def test_links(page):
    for link in LINK.findall(PAGES[page]):
        if link.startswith(('https://', 'http://')):
            continue
        file, _, anchor = link.partition('#')
        target = DOCS / Path(page).parent / file if file else DOCS / page
        assert target.exists(), link
        if anchor:
            headings = [
                line.lstrip('# ').lower().replace(' ', '-')
                for line in target.read_text().splitlines()
                if line.startswith('#')
            ]
            assert anchor in headings, link


@pytest.mark.parametrize('page', PAGES)
def test_the_readme_leads_to_the_page(page):
    """And the first page of docs/ leads to the README."""
    if page == 'index.md':
        assert '](../README.md#' in PAGES[page]
    else:
        links = LINK.findall((ROOT / 'README.md').read_text())
        assert f'docs/{page}' in links


@pytest.mark.parametrize('page', PAGES)
def test_a_page_reads_as_text_too(page):
    """One title, which comes first; lines that a screen has room for."""
    lines = PAGES[page].splitlines()
    assert max(map(len, lines)) < 160
    titles = re.findall('^# .+', re.sub('```.*?```', '', PAGES[page],
                                        flags=re.S), re.M)
    assert titles == lines[:1]


@pytest.mark.parametrize('page', [p for p in PAGES if examples(p)])
def test_examples(page):
    init_default_scope('mmpose')
    test = doctest.DocTestParser().get_doctest('\n'.join(examples(page)), {},
                                               page, page, 0)
    flags = doctest.NORMALIZE_WHITESPACE
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


def test_the_examples_are_found():
    assert examples(CONFIG) and examples('reference/pcloss.md')


def test_every_command_is_run_by_a_test():
    """Here, or in the test that reads the page."""
    tests = {
        file: file.read_text()
        for file in ROOT.glob('tests/**/test_*.py')
    }
    for page in PAGES:
        if commands(page):
            assert any(page in text for text in tests.values()), page


def write_fld_json(root):
    (root / 'annotations').mkdir(parents=True)
    (root / 'img').mkdir()
    cv2.imwrite(str(root / 'img/a.jpg'), np.zeros((80, 60, 3), np.uint8))
    image = dict(id=1, file_name='a.jpg', width=60, height=80)
    annotation = dict(
        id=1, image_id=1, bbox=[2, 3, 40, 50], keypoints=[9, 9, 2] * 8)
    for split in ('train', 'val', 'test'):
        (root / f'annotations/fld_full_{split}.json').write_text(
            json.dumps(dict(images=[image], annotations=[annotation])))


def test_commands(run_tool, tmp_path):
    """As written, on little data: first what makes the data."""
    written = commands(DATA)
    checks = [c for c in written if 'tools/check_dataset.py' in c]
    assert checks and len(checks) < len(written)
    (tmp_path / 'tools').symlink_to(ROOT / 'tools')
    write_fld_json(tmp_path / 'data/fld')
    for command in written:
        if command not in checks:
            command = command.replace('--num 1000', '--num 20 --size 64')
            subprocess.run(
                re.sub('^python ', f'{shlex.quote(sys.executable)} ', command),
                shell=True,
                cwd=tmp_path,
                check=True)
    for command in checks:
        output = run_tool(*shlex.split(command)[1:], cwd=tmp_path)
        assert output.endswith(': no errors\n')
    # every tenth row, and the data set leaves it out
    train, val = (
        (tmp_path /
         f'data/FashionAI/Annotations/{split}.csv').read_text().splitlines()
        for split in ('train', 'val'))
    assert val == [train[0], *train[1::10]]


def test_commands_about_speed():
    """`make bench` is speed.py; that of a part runs in test_speed.py."""
    assert commands(SPEED) == [
        'make bench', 'python benchmarks/speed.py codecs',
        'python benchmarks/report.py'
    ]
    done = subprocess.run(['make', '--dry-run', 'bench'],
                          cwd=ROOT,
                          stdout=subprocess.PIPE,
                          universal_newlines=True,
                          check=True)
    assert '.venv/bin/python -W ignore benchmarks/speed.py\n' in done.stdout


def test_commands_about_faults():
    """What they try is tested, on little data, in test_kills.py."""
    for command in commands('results/reliability.md'):
        python, script = command.split()
        assert python == 'python' and (ROOT / script).exists(), command


def test_commands_of_the_ablation(tmp_path):
    """They print the stored results, and leave the pages as they are."""
    for folder in ('benchmarks', 'docs'):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / 'README.md', tmp_path)
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    picture = tmp_path / 'docs/results/ablation.png'
    picture.unlink()
    for command in commands(ABLATION):
        done = subprocess.run(
            command.replace('python', shlex.quote(sys.executable), 1),
            shell=True,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            universal_newlines=True)
        assert done.returncode == 0
        if 'report' not in command:
            assert 'constraint' in done.stdout or 'second peak' in done.stdout
    for page, text in PAGES.items():
        assert (tmp_path / 'docs' / page).read_text() == text
    assert (tmp_path / 'README.md').read_text() == (
        ROOT / 'README.md').read_text()
    assert picture.exists()


def test_commands_of_the_peers(run_tool, tmp_path):
    """As written, on little data: each stage finds the one before."""
    written = [shlex.split(c)[1:] for c in commands(PEERS)]
    *stages, quantisation, fgn, compare = written[:6]
    for command in written[6:]:  # long ones, of the benchmarks
        assert (ROOT / command[0]).is_file()
    assert [c[0] for c in [*stages, fgn]] == ['tools/train.py'] * 4
    printed = run_tool(*quantisation)
    assert all(line in PAGES[PEERS] for line in printed.splitlines())

    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    render_dataset(
        'fld',
        32,
        seed=0,
        out=tmp_path / 'data/FLD',
        size=64,
        split=dict(train=.7, val=.15, test=.15),
        workers=1)
    for command in [*stages, fgn]:
        run_python(*command, *QUICK, cwd=tmp_path)
    table = run_tool(*compare, cwd=tmp_path)
    for model in ('td-reg_dfa-res18_1xb32', 'td-hm_fgn-res18_1xb32', 'DFA',
                  'FGN'):
        assert model in table
    assert '6.98' in table and '5.83' in table


def test_commands_to_install():
    """What they call is tested in test_tools.py and test_packaging.py."""
    *makes, help_, doctor = commands('start/install.md')
    assert help_ == 'pcloss-mmpose --help'
    assert doctor == 'python tools/doctor.py'
    called = [
        'tools/setup_env.py\n', '.venv/bin/python -m pytest -n auto',
        '.venv/bin/python tools/demo.py --real "path/to/garments"\n'
    ]
    assert len(makes) == len(called)
    for command, text in zip(makes, called):
        done = subprocess.run(
            ['make', '--dry-run', *shlex.split(command)[1:]],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            check=True)
        assert text in done.stdout


def test_from_training_to_the_comparison_as_written(run_tool, tmp_path):
    """From the project's folder, with its configs, on little data."""
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    *places, first, second, test, compare = commands(
        'guides/train_compare.md')
    places = dict(place.split('=') for place in places)
    first, second, test, compare = (
        shlex.split(Template(command).substitute(places))[1:]
        for command in (first, second, test, compare))

    run_python(
        'tools/dataset_converters/render_garments.py', '--layout', 'fld',
        '--num', 24, '--seed', 0, '--size', 96, '--out', 'data/FLD',
        cwd=tmp_path)
    for model in (first, second):
        run_python(
            *model, '--cfg-options', 'train_dataloader.batch_size=4',
            'train_cfg.val_interval=18',
            'default_hooks.checkpoint.interval=18', cwd=tmp_path)
    assert 'NE: ' in run_python(*test, cwd=tmp_path)
    table = run_tool(*compare, cwd=tmp_path)
    for model in ('td-hm_res18_1xb32', 'td-hm_res18_pc-skel_1xb32', 'DLAN'):
        assert model in table
    assert (tmp_path / 'work_dirs/report.html').stat().st_size > 100000


def test_every_folder_of_configs_is_on_its_page():
    page = 'reference/configs.md'
    linked = {(DOCS / page).parent.joinpath(link).resolve()
              for link in LINK.findall(PAGES[page])}
    assert {(ROOT / 'configs' / file).parent for file in ALL_FILES} <= linked


def build(text, tmp_path):
    """One beside a config of the project stands in that one's folder."""
    for name in re.findall(r"_base_ = '\./(.+)'", text):
        base, = (ROOT / 'configs').rglob(name)
        text = text.replace("'./", f"'{base.parent}/")
    file = tmp_path / 'config.py'
    file.write_text(text)
    cfg = Config.fromfile(file)
    init_default_scope(cfg.default_scope)
    return cfg, build_pose_estimator(cfg.model).head.loss_module


def config_with(text):
    """The config of the page that has this in it."""
    found, = (c for c in configs(CONFIG) if text in c)
    return found


@pytest.mark.parametrize('page', [p for p in PAGES if configs(p)])
def test_configs(page, tmp_path):
    for text in configs(page):
        _, loss = build(text, tmp_path)
        assert any(type(m).__name__ == 'PCLoss' for m in loss.modules())


def test_config_over_a_stock_one(tmp_path):
    _, loss = build(config_with("metainfo='CocoDataset'"), tmp_path)
    left, right = loss.groups
    assert 0 in left and 0 in right and len(left) == len(right) == 9
    assert type(loss.base).__name__ == 'KeypointMSELoss'


def test_config_of_several_losses(tmp_path):
    _, loss = build(config_with('losses['), tmp_path)
    names = [type(module).__name__ for module in loss.loss_modules]
    assert names == ['PCLoss', 'KeypointMSELoss']


def test_config_of_fingers(tmp_path):
    _, loss = build(config_with('groups=[['), tmp_path)
    assert sorted(sum(loss.groups, [])) == [0] * 5 + list(range(1, 21))


def test_config_of_occluded_landmarks(tmp_path):
    cfg, loss = build(config_with('occluded_weight'), tmp_path)
    dataset = cfg.train_dataloader.dataset
    assert dataset.occluded_weight == 0.3 and dataset.type == 'FLDDataset'
    types = [transform.type for transform in dataset.pipeline]
    assert types.count('GenerateWeightedTarget') == 1
    assert 'GenerateTarget' not in types
    assert 'occluded_weight' not in cfg.val_dataloader.dataset
    assert len(loss.groups) == 2
