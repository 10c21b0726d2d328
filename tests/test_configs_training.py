"""One iteration of MMPose's Runner on real pictures, and its validation."""
import json
import math

import pytest
import torch
from config_tools import (FILES, build, find, load, own_data_set, shrink,
                          variant, walk)
from deepfashion2_tree import write_split
from mmengine.runner import Runner

from pcloss_mmpose.rendering import LAYOUTS, render_dataset

# By the third folder of a config's path: annotations of MMPose's samples.
SAMPLES = dict(
    ap10k='ap10k/test_ap10k.json',
    coco='coco/test_coco.json',
    deepfashion='fld/test_fld.json',
    deepfashion2='deepfasion2/deepfasion2.json',
    onehand10k='onehand10k/test_onehand10k.json',
    wflw='wflw/test_wflw.json')


# The landmarks of the samples, all full-body clothes, that a subset has.
SUBSETS = dict(
    full=range(8), upper=(0, 1, 2, 3, 6, 7), lower=(4, 5, 6, 7))


def take_subset(file, landmarks, copy):
    """Annotations with some of the landmarks."""
    content = json.loads(file.read_text())
    for instance in content['annotations']:
        keypoints = instance['keypoints']
        instance['keypoints'] = sum(
            (keypoints[3 * i:3 * i + 3] for i in landmarks), [])
    copy.write_text(json.dumps(content))
    return copy


def on_samples(cfg, file, pictures):
    """The config, with its data replaced by a few pictures."""
    for name in ('train', 'val', 'test'):
        dataset = cfg[f'{name}_dataloader'].dataset
        dataset.update(
            data_root='',
            ann_file=str(file),
            data_prefix=dict(img=f'{pictures}/'))
        dataset.pop('bbox_file', None)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        for metric in walk(evaluator):
            if 'ann_file' in metric:
                metric['ann_file'] = str(file)
    return cfg


def train(cfg, work_dir):
    """Run an epoch and its validation.

    Returns:
        dict: The last value of each scalar in the log.
    """
    for name in ('train', 'val', 'test'):
        cfg[f'{name}_dataloader'].update(
            batch_size=2, num_workers=0, persistent_workers=False)
        cfg[f'{name}_dataloader'].dataset.indices = 2  # one iteration
    for loss in find(cfg.model, 'PCLoss'):
        loss.start = 0  # sets in at once
    if cfg.get('load_from'):  # of the stage before
        cfg.load_from = str(work_dir / 'before.pth')
        torch.save(dict(state_dict=build(cfg).state_dict()), cfg.load_from)
    cfg.work_dir = str(work_dir)
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    cfg.experiment_name = work_dir.name
    cfg.visualizer.name = work_dir.name
    # the best checkpoint alone
    cfg.default_hooks.checkpoint.update(
        interval=-1, save_last=False, save_optimizer=False)
    runner = Runner.from_cfg(cfg)
    runner.train()
    return {
        name: buffer.current()
        for name, buffer in runner.message_hub.log_scalars.items()
    }


@pytest.mark.parametrize(
    'file', [f for f in FILES if f.split('/')[2] in SAMPLES])
def test_stock_data(file, shared, tmp_path):
    cfg = shrink(load(file))
    annotations = shared / 'data/mmpose_samples' / SAMPLES[file.split('/')[2]]
    pictures = annotations.parent
    subset = cfg.train_dataloader.dataset.get('subset')
    if subset:
        annotations = take_subset(annotations, SUBSETS[subset],
                                  tmp_path / annotations.name)
    log = train(on_samples(cfg, annotations, pictures), tmp_path)
    # save_best names what the evaluators report
    assert list(tmp_path.glob('best_*.pth'))
    if not variant(file):
        assert log['train/loss_kpt'] > 0
        return
    assert log['train/loss_pc'] > 0 and math.isfinite(log['train/loss_pc'])
    parts = log['train/loss_base'] + log['train/loss_pc']
    if 'integral_regression' in file:  # a second loss, on heatmaps
        assert log['train/loss_kpt'] > parts
    else:
        assert log['train/loss_kpt'] == pytest.approx(parts, rel=1e-4)


@pytest.fixture(scope='module')
def rendered(tmp_path_factory):
    """A few garments in each official layout."""
    folders = {}
    for layout in LAYOUTS:
        folders[layout] = tmp_path_factory.mktemp(layout)
        render_dataset(
            layout,
            12,
            seed=0,
            out=folders[layout],
            size=96,
            split=dict(train=.5, val=.25, test=.25),
            workers=1)
    folder = folders['deepfashion2_annos'] = tmp_path_factory.mktemp('df2')
    for split in ('train', 'validation'):
        write_split(folder, split, 4)
    return folders


@pytest.mark.parametrize('file', [
    f for f in FILES if own_data_set(f) and variant(f) == 'pc-skel'
])
def test_official_layout(file, rendered, tmp_path):
    cfg = shrink(load(file))
    for name in ('train', 'val', 'test'):
        cfg[f'{name}_dataloader'].dataset.data_root = str(
            rendered[file.split('/')[2]])
    log = train(cfg, tmp_path)
    assert log['train/loss_pc'] > 0 and math.isfinite(log['train/loss_pc'])
    best = cfg.default_hooks.checkpoint.save_best.replace('/', '_')
    assert list(tmp_path.glob(f'best_{best}*.pth'))
