"""The README is true: its commands run, its config works, its links lead."""
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from processes import run_python

import pcloss_mmpose  # noqa: F401

ROOT = Path(__file__).parents[1]
README = (ROOT / 'README.md').read_text()


def blocks(language):
    return re.findall(rf'```{language}\n(.*?)```', README, flags=re.S)


COMMANDS = [
    line for block in blocks('bash') for line in block.splitlines() if line
]
QUICK = [
    '--cfg-options', 'train_dataloader.batch_size=4',
    'train_cfg.val_interval=18', 'default_hooks.checkpoint.interval=18'
]


def test_every_command_is_known():
    """A command added to the README has to be added here."""
    assert [shlex.split(c)[:2] for c in COMMANDS] == [
        ['make', 'demo'], ['make', 'test'], ['make', 'demo-real'],
        ['python', 'tools/doctor.py'], ['pip', 'install'],
        ['python', 'tools/train.py'], ['python', 'tools/train.py'],
        ['python', 'tools/test.py'], ['python', 'tools/compare.py'],
        ['python', 'tools/predict.py'], ['python', 'tools/check_dataset.py'],
        ['python', 'tools/dataset_converters/render_garments.py']
    ]


@pytest.mark.parametrize('command', [c for c in COMMANDS if 'make' in c])
def test_make_targets(command):
    """What they call is tested in test_tools.py and test_packaging.py."""
    done = subprocess.run(
        ['make', '--dry-run', *shlex.split(command)[1:]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True)
    called = {
        'demo': '.venv/bin/python tools/demo.py\n',
        'demo-real':
        '.venv/bin/python tools/demo.py --real "path/to/garments"\n',
        'test': '.venv/bin/python -m pytest -n auto',
    }[shlex.split(command)[1]]
    assert called in done.stdout


def test_from_rendering_to_the_comparison_as_written(run_tool, tmp_path):
    """From the project's folder, with its configs, on little data."""
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    *models, test, compare, predict, check, render = (
        shlex.split(c)[1:] for c in COMMANDS[5:])
    render[render.index('--num') + 1] = '24'

    run_python(*render, '--size', '96', cwd=tmp_path)
    assert run_tool(*check, cwd=tmp_path).endswith(': no errors\n')
    for model in models:
        run_python(*model, *QUICK, cwd=tmp_path)
    assert 'NE: ' in run_python(*test, cwd=tmp_path)
    table = run_tool(*compare, cwd=tmp_path)
    for model in ('td-hm_res18_1xb32', 'td-hm_res18_pc-skel_1xb32', 'DLAN'):
        assert model in table
    assert (tmp_path / 'work_dirs/report.html').stat().st_size > 100000

    photos = tmp_path / 'photos'
    photos.mkdir()
    for image in sorted((tmp_path / 'data/FLD/img').rglob('*.jpg'))[:2]:
        shutil.copy(str(image), str(photos))
    run_python(*predict, cwd=tmp_path)
    drawn = tmp_path / 'work_dirs/predict/visualizations'
    assert len(list(drawn.glob('*.jpg'))) == 2


def test_config(tmp_path):
    (text, ) = blocks('python')
    file = tmp_path / 'config.py'
    file.write_text(text)
    cfg = Config.fromfile(file)
    init_default_scope(cfg.default_scope)
    loss = build_pose_estimator(cfg.model).head.loss_module
    assert loss.groups == [[0, 2, 4, 6], [1, 3, 5, 7]] and loss.topk is None
    assert loss.base.use_target_weight


def test_links_and_names():
    links = re.findall(r'\]\(([^)]+)\)', README)
    assert links
    for link in links:
        file, _, anchor = link.partition('#')
        assert link.startswith('https://') or (ROOT / file).exists(), link
        if anchor:
            headings = [
                line.lstrip('# ').lower().replace(' ', '-')
                for line in (ROOT / file).read_text().splitlines()
                if line.startswith('#')
            ]
            assert anchor in headings, link
    from mmpose.registry import (DATASETS, HOOKS, KEYPOINT_CODECS, METRICS,
                                 MODELS, TRANSFORMS)
    table = README.split('The plugin registers')[1].split('## Start')[0]
    names = [
        name for row in table.splitlines() if row.startswith('| `')
        for name in re.findall(r'`(\w+)`', row.split('|')[1])
    ]
    assert len(names) == 18
    for name in names:
        assert any(
            r.get(name)
            for r in (DATASETS, HOOKS, KEYPOINT_CODECS, METRICS, MODELS,
                      TRANSFORMS))
