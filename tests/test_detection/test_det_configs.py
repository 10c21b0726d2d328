"""Every config of a detector loads, builds, takes a step, and infers."""
import copy
import math

import numpy as np
import pytest
import torch
from config_tools import DETECTORS, load, plain, walk
from deepfashion2_tree import write_split
from mmdet.apis import DetInferencer
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.runner import Runner

# torch's own note on the meshgrid that mmdet calls
pytestmark = [
    pytest.mark.filterwarnings('ignore:torch.meshgrid'),
    # DetInferencer saves no pictures here
    pytest.mark.filterwarnings('ignore:Failed to add'),
]
STOCK = 'mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py'
SPLITS = ('train', 'val', 'test')
OWN = dict(
    fld=dict(type='GarmentDetDataset', classes=3),
    deepfashion2_annos=dict(type='DeepFashion2DetDataset', classes=13))


def shrink(cfg):
    """Pictures of 64 pixels, and no weights to download."""
    seen = {}
    for node in walk(cfg._cfg_dict):
        if id(node) in seen:
            continue
        seen[id(node)] = node
        for key in ('img_scale', 'scale', 'crop_size', 'size'):
            if isinstance(node.get(key), (tuple, list)):
                node[key] = (64, 64)
    cfg.model.backbone.init_cfg = None
    return cfg


def on_pictures(cfg, root, work_dir):
    for name in SPLITS:
        cfg[f'{name}_dataloader'].update(
            batch_size=4, num_workers=0, persistent_workers=False)
        cfg[f'{name}_dataloader'].dataset.data_root = str(root)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = work_dir.name
    cfg.visualizer.name = work_dir.name
    return cfg


@pytest.mark.parametrize('file', DETECTORS)
def test_overrides_reach_their_place(file):
    cfg = load(file)
    assert cfg.default_scope == 'mmdet'
    assert cfg.custom_imports.imports == ['pcloss_mmpose.detection']
    own = OWN[file.split('/')[1]]
    assert cfg.model.bbox_head.num_classes == own['classes']
    for name in SPLITS:
        dataset = cfg[f'{name}_dataloader'].dataset
        assert dataset.type == own['type']
        assert dataset.get('split', name) == name
        assert dataset.get('test_mode', False) == (name != 'train')
        pipeline = 'train_pipeline' if name == 'train' else 'test_pipeline'
        assert plain(dataset.pipeline) == plain(cfg[pipeline])
        assert set(dataset) <= {
            'type', 'data_root', 'split', 'pipeline', 'test_mode', '_scope_',
            'ann_file', 'data_prefix'
        }
        if 'split' not in dataset:
            split = 'train' if name == 'train' else 'validation'
            assert dataset.ann_file == f'{split}/annos'
            assert dataset.data_prefix.img == f'{split}/image'
    assert cfg.val_evaluator == cfg.test_evaluator
    assert cfg.val_evaluator.ann_file is None
    assert Config.fromstring(cfg.pretty_text, '.py').to_dict() == cfg.to_dict()


def test_the_full_size_is_the_stock_model():
    file, = [f for f in DETECTORS if '8xb32' in f and 'fld' in f]
    ours, theirs = load(file), get_config(STOCK)
    model = copy.deepcopy(plain(theirs.model))
    model['bbox_head']['num_classes'] = 3
    model['test_cfg']['max_per_img'] = 10
    assert plain(ours.model) == model
    assert plain(ours.optim_wrapper) == plain(theirs.optim_wrapper)
    assert plain(ours.train_pipeline) == plain(theirs.train_pipeline)
    # all that counts epochs ends with the training
    decay = ours.param_scheduler[1]
    switch = ours.custom_hooks[1]
    assert decay.end == ours.train_cfg.max_epochs
    assert decay.begin + decay.T_max == decay.end
    assert ours.train_cfg.dynamic_intervals == [(switch.switch_epoch, 1)]
    assert switch.switch_epoch < ours.train_cfg.max_epochs
    assert plain(switch.switch_pipeline) == plain(theirs.train_pipeline_stage2)


@pytest.mark.parametrize('file', DETECTORS)
def test_learns_and_infers(file, rendered, tmp_path):
    if 'deepfashion2' in file:
        rendered = tmp_path / 'data'
        for split in ('train', 'validation'):
            write_split(rendered, split, 8)
    cfg = on_pictures(shrink(load(file)), rendered, tmp_path)
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint.interval = 1
    cfg.randomness = dict(seed=0)
    runner = Runner.from_cfg(cfg)
    before = {k: v.clone() for k, v in runner.model.state_dict().items()}
    runner.train()
    scalars = runner.message_hub.log_scalars
    loss = scalars['train/loss'].current()
    assert loss > 0 and math.isfinite(loss)
    # nothing, where one step does not yet find a box; see the metrics' test
    for name, value in scalars.items():
        assert not name.startswith('val/coco') or value.current() <= 1
    assert any(not torch.equal(v, before[k])
               for k, v in runner.model.state_dict().items())

    # a picture without annotations
    detector = DetInferencer(
        cfg, str(tmp_path / 'epoch_1.pth'), device='cpu', show_progress=False)
    picture = np.random.default_rng(0).integers(
        0, 256, (80, 60, 3), dtype=np.uint8)
    found, = detector(picture, no_save_vis=True)['predictions']
    assert len(found['bboxes']) <= cfg.model.test_cfg.max_per_img
    assert set(found['labels']) <= {*range(cfg.model.bbox_head.num_classes)}
