"""docs/guides/detect.md: every command, as written, on little data."""
import json
import re
import shlex
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.runner import Runner, save_checkpoint
from processes import run_python

from pcloss_mmpose.datasets import FLDDataset

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs/guides/detect.md').read_text()
DETECTOR = 'configs/fashion_detection/fld/rtmdet_tiny_1xb16-96-6e_fld.py'
POSE = 'configs/fashion_2d_keypoint/topdown_heatmap/fld/' \
    'td-hm_res18_1xb32-18e_fld-96x64.py'

COMMANDS = [
    line for block in re.findall(r'```bash\n(.*?)```', PAGE, flags=re.S)
    for line in block.replace('\\\n', '').splitlines()
]


def run(command, cwd, *options):
    words = shlex.split(command)
    assert words[0] == 'python'
    if options and '--cfg-options' not in words:
        words.append('--cfg-options')
    return run_python(*words[1:], *options, cwd=cwd)


def untrained(cwd):
    """A checkpoint of the detector's first weights."""
    cfg = Config.fromfile(str(ROOT / DETECTOR))
    cfg.work_dir = str(cwd / 'work_dirs/untrained')
    cfg.experiment_name = cfg.visualizer.name = 'untrained'
    cfg.train_dataloader = cfg.train_cfg = cfg.optim_wrapper = None
    cfg.param_scheduler = cfg.val_dataloader = cfg.val_cfg = None
    cfg.val_evaluator = None
    cfg.randomness = dict(seed=0)
    runner = Runner.from_cfg({
        **cfg, 'test_dataloader': None,
        'test_cfg': None,
        'test_evaluator': None
    })
    path = cwd / 'work_dirs/untrained.pth'
    save_checkpoint(dict(state_dict=runner.model.state_dict()), str(path))
    return str(path)


def mean_overlap(file, root):
    """Mean IoU of the best box of each test image with the true one."""
    if not json.loads(file.read_text()):
        return 0.
    dataset = FLDDataset(
        data_root=str(root / 'data/FLD'),
        split='test',
        test_mode=True,
        bbox_file=str(file))
    overlaps = []
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        true = info['bbox'][0]
        if not info['bbox_score']:  # nothing detected
            overlaps.append(0.)
            continue
        half = info['bbox_scale'][0] / 2
        low, high = info['bbox_center'][0] - half, \
            info['bbox_center'][0] + half
        both = np.minimum(high, true[2:]) - np.maximum(low, true[:2])
        inter = both.clip(0).prod()
        areas = (high - low).prod() + (true[2:] - true[:2]).prod()
        overlaps.append(inter / (areas - inter))
    return np.mean(overlaps)


def test_page(tmp_path):
    render, train, detect, train_pose, *tests = COMMANDS
    assert [shlex.split(c)[2]
            for c in COMMANDS[1:]] == [DETECTOR] * 2 + [POSE] * 4
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    run(
        render.replace('--num 2000',
                       '--num 60').replace('--size 192', '--size 96'),
        tmp_path)
    alone = [
        f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
        for key in ('num_workers=0', 'persistent_workers=False')
    ] + ['randomness.seed=0']
    run(train, tmp_path, 'train_dataloader.batch_size=4', *alone)

    # Something was learnt: the first weights find nothing, these the garment.
    run(detect, tmp_path, *alone)
    first = detect.replace(shlex.split(detect)[3], untrained(tmp_path))
    run(first.replace('/found', '/first'), tmp_path, *alone)
    overlaps = {
        name: mean_overlap(tmp_path / f'work_dirs/{name}.bbox.json', tmp_path)
        for name in ('found', 'first')
    }
    assert overlaps['found'] > overlaps['first'] + .1

    run(train_pose, tmp_path, 'train_dataloader.batch_size=8',
        'train_cfg.val_interval=18', 'default_hooks.checkpoint.interval=18',
        *alone)
    true, found, whole = (run(test, tmp_path, *alone) for test in tests)
    images = len(
        json.loads(
            (tmp_path / 'work_dirs/found.gt.json').read_text())['images'])

    figures = []
    for output in (true, found, whole):
        results = dict(re.findall(r'(NE\S*): ([\d.]+)', output))
        figures.append(float(results['NE']))
        # every garment counts, whatever was detected
        assert int(float(results['NE/num_images'])) == images
    assert len(set(figures)) == 3 and all(map(np.isfinite, figures))
    log = f'of {images} garments have no detection in work_dirs/found'
    assert log in found and log not in true
