import pytest
from inference_tools import ROOT, Trained, save_detector
from mmengine.hub import get_config
from mmengine.registry import DefaultScope
from processes import run_python

from pcloss_mmpose.inference import GarmentInferencer
from pcloss_mmpose.inference.onnx_export import describe_model, export_onnx
from pcloss_mmpose.rendering import render_dataset

CONFIG = ROOT / ('configs/fashion_2d_keypoint/topdown_heatmap/fld/'
                 'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py')


@pytest.fixture(scope='session')
def trained(tmp_path_factory) -> Trained:
    """A model after some steps on rendered pictures."""
    folder = tmp_path_factory.mktemp('trained')
    render_dataset('fld', 16, 1, str(folder / 'data'), 96, workers=1)
    loaders = [
        f'{split}_dataloader.{setting}' for split in ('train', 'val')
        for setting in (f'dataset.data_root={folder / "data"}',
                        'num_workers=0', 'persistent_workers=False')
    ]
    run_python(
        ROOT / 'tools/train.py',
        CONFIG,
        '--work-dir',
        folder / 'out',
        '--cfg-options',
        *loaders,
        'train_dataloader.batch_size=4',
        'train_cfg.max_epochs=1',
        'train_cfg.val_interval=2',
        'default_hooks.checkpoint.interval=1',
        'default_hooks.checkpoint.save_best=None',
        'randomness.seed=0',
        cwd=folder)
    return Trained(
        str(CONFIG), str(folder / 'out/epoch_1.pth'), folder / 'data')


@pytest.fixture(scope='session')
def exported(trained, tmp_path_factory) -> str:
    """The model as a file for onnxruntime."""
    for package in 'onnx', 'onnxruntime':
        pytest.importorskip(package)
    path = str(tmp_path_factory.mktemp('exported') / 'model.onnx')
    inferencer = GarmentInferencer(
        trained.config, trained.checkpoint, device='cpu')
    export_onnx(inferencer.model, describe_model(inferencer, True), path)
    return path


@pytest.fixture(scope='session')
def detector(tmp_path_factory) -> tuple:
    """Config and checkpoint of an RTMDet that finds lower-body garments."""
    cfg = get_config('mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py')
    cfg.model.backbone.update(widen_factor=.125, init_cfg=None)
    cfg.model.neck.update(in_channels=[32, 64, 128], out_channels=32)
    cfg.model.bbox_head.update(num_classes=3, in_channels=32, feat_channels=32)
    for transform in cfg.test_dataloader.dataset.pipeline:
        for key in ('scale', 'size'):
            if key in transform:
                transform[key] = (64, 64)
    return save_detector(cfg, tmp_path_factory.mktemp('detector'), 1)


@pytest.fixture(autouse=True)
def _leave_no_scope():
    """Tests of other files start without the scope that models set."""
    yield
    DefaultScope._instance_dict.clear()
