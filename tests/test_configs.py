"""Every config of the project loads, builds, learns and predicts."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs

CONFIGS = Path(__file__).parents[1] / 'configs'
FILES = sorted(
    str(f.relative_to(CONFIGS)) for f in CONFIGS.rglob('*.py')
    if '_base_' not in f.parts)


def load(file):
    cfg = Config.fromfile(CONFIGS / file)
    init_default_scope(cfg.default_scope)
    return cfg


def plain(cfg):
    """Settings without the scope that mmpose:: bases are marked with."""
    if isinstance(cfg, dict):
        return {k: plain(v) for k, v in cfg.items() if k != '_scope_'}
    if isinstance(cfg, (list, tuple)):
        return [plain(v) for v in cfg]
    return cfg


def build(cfg):
    torch.manual_seed(0)
    return build_pose_estimator(cfg.model)


def batch(model, cfg):
    """Two random images. The models are fully convolutional: small ones."""
    data = get_packed_inputs(
        num_keypoints=cfg.model.head.out_channels,
        img_shape=(128, 96),
        input_size=(96, 128),
        heatmap_size=(24, 32))
    data = model.data_preprocessor(data, training=True)
    for sample in data['data_samples']:  # shuffled at random
        sample.set_metainfo(dict(flip_indices=[1, 0, 3, 2, 5, 4, 7, 6]))
    return data


def pipelines(cfg):
    return {
        name: cfg[f'{name}_dataloader'].dataset.pipeline
        for name in ('train', 'val', 'test')
    }


def find(pipeline, kind):
    found = [step for step in pipeline if step.type == kind]
    assert len(found) == 1
    return found[0]


def test_there_are_configs():
    assert len(FILES) >= 11


@pytest.mark.parametrize('file', FILES)
def test_overrides_reach_their_place(file):
    cfg = load(file)
    decoder = plain(cfg.model.head.decoder)
    loaders = pipelines(cfg)
    target = find(loaders['train'], 'GenerateTarget')
    assert plain(target.encoder) == decoder == plain(cfg.codec)
    for pipeline in loaders.values():
        assert find(pipeline, 'TopdownAffine').input_size == tuple(
            decoder['input_size'])
    # What a reader of the config sees is what the loaders use.
    for name, pipeline in loaders.items():
        assert plain(cfg[f'{name}_pipeline']) == plain(pipeline)

    if '/fld/' in file:
        for name in ('train', 'val', 'test'):
            dataset = cfg[f'{name}_dataloader'].dataset
            assert (dataset.type, dataset.split) == ('FLDDataset', name)
            assert dataset.get('test_mode', False) == (name != 'train')
        metrics = [m.type for m in cfg.test_evaluator]
        assert metrics == [m.type for m in cfg.val_evaluator]
        assert metrics[:2] == ['NormalizedError', 'LandmarkFailures']
    loss = cfg.model.head.loss
    assert (loss.type == 'PCLoss') == ('_pc' in file)
    if '_pc' in file:
        assert plain(loss.base) == dict(
            type='KeypointMSELoss', use_target_weight=True)
        assert (loss.get('groups') == 'left-right') == ('_pc-skel' in file)
    assert 'pcloss_mmpose' in cfg.custom_imports.imports


@pytest.mark.parametrize('file', FILES)
def test_builds_learns_and_predicts(file):
    cfg = load(file)
    model = build(cfg).train()
    data = batch(model, cfg)
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    assert torch.isfinite(loss)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name

    model.eval()
    assert model.test_cfg.flip_test
    with torch.no_grad():
        samples = model(**data, mode='predict')
    for sample in samples:
        assert sample.pred_instances.keypoints.shape == (1, 8, 2)


@pytest.mark.parametrize('file', [f for f in FILES if '_pc' in f])
def test_dumped_config_builds_the_same_model(file, tmp_path):
    cfg = load(file)
    dumped = tmp_path / 'dumped.py'
    cfg.dump(dumped)
    again = Config.fromfile(dumped)
    assert again.to_dict() == cfg.to_dict()
    first, second = build(cfg), build(again)
    assert list(first.state_dict()) == list(second.state_dict())
    ours, theirs = first.head.loss_module, second.head.loss_module
    for name in ('alpha', 'beta', 'topk', 'groups'):
        assert getattr(ours, name) == getattr(theirs, name)
    if '_pc-skel' in file:
        assert ours.groups == [[0, 2, 4, 6], [1, 3, 5, 7]]


@pytest.mark.parametrize('file', [
    'fashion_2d_keypoint/topdown_heatmap/fld/'
    'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py',
    'fashion_2d_keypoint/topdown_heatmap/deepfashion/'
    'td-hm_res50_pc-skel_8xb64-210e_deepfashion_full-256x192.py',
])
def test_checkpoint_serves_the_stock_config(file):
    """Trained with PCLoss, loaded with strict=True without it: same bits."""
    cfg = load(file)
    if '/fld/' in file:
        stock_cfg = load(file.replace('_pc-skel', ''))
    else:
        stock_cfg = get_config(f"mmpose::{file.replace('_pc-skel', '')}")
    model = build(cfg).train()
    data = batch(model, cfg)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        optimizer.zero_grad()
        loss, _ = model.parse_losses(model(**data, mode='loss'))
        loss.backward()
        optimizer.step()

    torch.manual_seed(1)
    stock = build_pose_estimator(stock_cfg.model)
    assert type(stock.head.loss_module).__name__ == 'KeypointMSELoss'
    stock.load_state_dict(model.state_dict(), strict=True)
    with torch.no_grad():
        ours = model.eval()(**data, mode='tensor')
        theirs = stock.eval()(**data, mode='tensor')
    assert torch.equal(ours, theirs)
    with torch.no_grad():
        ours = model(**batch(model, cfg), mode='predict')
        theirs = stock(**batch(stock, cfg), mode='predict')
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(a.pred_instances.keypoints,
                                      b.pred_instances.keypoints)
        np.testing.assert_array_equal(a.pred_instances.keypoint_scores,
                                      b.pred_instances.keypoint_scores)


def test_weights_from_a_local_path(tmp_path):
    """The stock key takes a file in place of the download."""
    cfg = load('fashion_2d_keypoint/topdown_heatmap/fld/'
               'td-hm_res50_pc_8xb64-210e_fld-256x192.py')
    init_cfg = cfg.model.backbone.init_cfg
    assert init_cfg.checkpoint == 'torchvision://resnet50'
    torch.manual_seed(3)
    weights = MODELS.build(dict(type='ResNet', depth=50))
    weights.init_weights()
    torch.save(weights.state_dict(), tmp_path / 'resnet50.pth')
    cfg.merge_from_dict({
        'model.backbone.init_cfg.checkpoint':
        str(tmp_path / 'resnet50.pth')
    })
    model = build_pose_estimator(cfg.model)
    model.init_weights()
    torch.testing.assert_close(model.backbone.layer3[0].conv1.weight,
                               weights.layer3[0].conv1.weight)
