"""The pages in docs/ are true: commands run, configs work, links lead."""
import doctest
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

ROOT = Path(__file__).resolve().parents[1]
PAGES = {page.name: page.read_text() for page in ROOT.glob('docs/*.md')}
FLD = ROOT / 'configs/fashion_2d_keypoint/topdown_heatmap/fld'


def blocks(page, language):
    return re.findall(rf'```{language}\n(.*?)```', PAGES[page], flags=re.S)


def commands(page):
    return [
        line for block in blocks(page, 'bash') for line in block.splitlines()
    ]


def configs(page):
    return [b for b in blocks(page, 'python') if not b.startswith('>>>')]


def test_pages():
    assert set(PAGES) == {
        'ablation.md', 'ablation_why.md',
        'architecture.md', 'deepfashion2.md', 'detect.md',
        'distributed.md', 'pcloss.md',
        'predict.md', 'prepare_data.md', 'reliability.md',
        'reliability_files.md', 'reliability_loss.md', 'speed.md',
        'speed_growth.md', 'your_config.md'
    }
    for name, text in PAGES.items():
        assert len(text.splitlines()) <= 120, name
        assert max(map(len, text.splitlines())) < 160, name


@pytest.mark.parametrize('page', sorted(PAGES))
def test_links(page):
    links = re.findall(r'\]\(([^)]+)\)', PAGES[page])
    assert links
    for link in links:
        assert link.startswith(
            ('https://', 'http://mmlab.ie.cuhk.edu.hk/')) or (
                ROOT / 'docs' / link).exists(), link


@pytest.mark.parametrize('page', ['pcloss.md', 'your_config.md'])
def test_examples(page):
    init_default_scope('mmpose')
    text = '\n'.join(b for b in blocks(page, 'python') if b.startswith('>>>'))
    test = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    assert len(test.examples) > 5
    flags = doctest.NORMALIZE_WHITESPACE
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


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
    """As written, on little data."""
    assert not commands('pcloss.md') and not commands('your_config.md')
    written = commands('prepare_data.md')
    assert [shlex.split(c)[:3] for c in written] == [
        ['python', 'tools/check_dataset.py', layout]
        for layout in ('fld', 'deepfashion_c', 'fashionai', 'fld_json')
    ] + [['python', 'tools/dataset_converters/render_garments.py', '--layout']
         ] * 3 + [['awk', 'NR == 1 || NR % 10 == 2', written[-1].split()[-3]]]

    (tmp_path / 'tools').symlink_to(ROOT / 'tools')
    write_fld_json(tmp_path / 'data/fld')
    for command in written[4:] + written[:4]:  # first what makes the data
        if 'check_dataset' in command:
            output = run_tool(*shlex.split(command)[1:], cwd=tmp_path)
            assert output.endswith(': no errors\n')
            continue
        command = command.replace('--num 1000', '--num 20 --size 64')
        subprocess.run(
            command.replace('python', shlex.quote(sys.executable), 1),
            shell=True,
            cwd=tmp_path,
            check=True)
    # every tenth row, and the data set leaves it out
    train, val = (
        (tmp_path /
         f'data/FashionAI/Annotations/{split}.csv').read_text().splitlines()
        for split in ('train', 'val'))
    assert val == [train[0], *train[1::10]]


def test_commands_about_speed():
    """`make bench` is speed.py; that of a part runs in test_speed.py."""
    assert not commands('speed_growth.md')
    assert commands('speed.md') == [
        'make bench', 'python benchmarks/speed.py codecs',
        'python benchmarks/report.py'
    ]
    done = subprocess.run(['make', '--dry-run', 'bench'],
                          cwd=ROOT,
                          stdout=subprocess.PIPE,
                          universal_newlines=True,
                          check=True)
    assert '.venv/bin/python -W ignore benchmarks/speed.py\n' in done.stdout


def test_commands_of_the_ablation(tmp_path):
    """They print the stored results, and leave the pages as they are."""
    written = commands('ablation.md') + commands('ablation_why.md')
    assert [shlex.split(c)[1] for c in written] == [
        f'benchmarks/{name}.py' for name in ('ablation', 'report', 'gradients')
    ]
    for folder in ('benchmarks', 'docs'):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / 'README.md', tmp_path)
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    picture = tmp_path / 'docs/ablation.png'
    picture.unlink()
    for command in written:
        done = subprocess.run(
            command.replace('python', shlex.quote(sys.executable), 1),
            shell=True,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            universal_newlines=True)
        assert done.returncode == 0
        if 'report' not in command:
            assert 'constraint' in done.stdout or 'second peak' in done.stdout
    for page in filter(re.compile('ablation|reliability|speed').match, PAGES):
        assert (tmp_path / 'docs' / page).read_text() == PAGES[page]
    assert (tmp_path / 'README.md').read_text() == (
        ROOT / 'README.md').read_text()
    assert picture.exists()


def build(text, tmp_path):
    file = tmp_path / 'config.py'
    file.write_text(text)
    cfg = Config.fromfile(file)
    init_default_scope(cfg.default_scope)
    return cfg, build_pose_estimator(cfg.model).head.loss_module


def test_every_config_is_known():
    for page in set(PAGES) - {
            'deepfashion2.md', 'detect.md', 'predict.md', 'your_config.md'
    }:
        assert not configs(page)
    assert len(configs('your_config.md')) == 4


def test_config_over_a_stock_one(tmp_path):
    _, loss = build(configs('your_config.md')[0], tmp_path)
    left, right = loss.groups
    assert 0 in left and 0 in right and len(left) == len(right) == 9
    assert type(loss.base).__name__ == 'KeypointMSELoss'


def test_config_of_several_losses(tmp_path):
    _, loss = build(configs('your_config.md')[1], tmp_path)
    names = [type(module).__name__ for module in loss.loss_modules]
    assert names == ['PCLoss', 'KeypointMSELoss']


def test_config_of_fingers(tmp_path):
    _, loss = build(configs('your_config.md')[2], tmp_path)
    assert sorted(sum(loss.groups, [])) == [0] * 5 + list(range(1, 21))


def test_config_of_occluded_landmarks(tmp_path):
    text = configs('your_config.md')[3]
    assert text.count("'./") == 1
    cfg, loss = build(text.replace("'./", f"'{FLD}/"), tmp_path)
    dataset = cfg.train_dataloader.dataset
    assert dataset.occluded_weight == 0.3 and dataset.type == 'FLDDataset'
    types = [transform.type for transform in dataset.pipeline]
    assert types.count('GenerateWeightedTarget') == 1
    assert 'GenerateTarget' not in types
    assert 'occluded_weight' not in cfg.val_dataloader.dataset
    assert len(loss.groups) == 2
