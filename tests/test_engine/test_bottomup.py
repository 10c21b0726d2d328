"""The hooks in a training that sees an image with all its objects."""
import json
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner
from unformatted import unformatted

from pcloss_mmpose.datasets.transforms import LoadGarmentImage
from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.utils import counted

# torch's own note on the meshgrid of MMPose's head
pytestmark = pytest.mark.filterwarnings('ignore:torch.meshgrid')
ROOT = Path(__file__).resolve().parents[2]
CONFIG = f"""
_base_ = [
    'mmpose::body_2d_keypoint/cid/coco/cid_hrnet-w32_8xb20-140e_coco-512x512.py',
    '{ROOT}/configs/_base_/hooks.py']
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)
codec = dict(_base_.codec, input_size=(128, 128), heatmap_size=(32, 32))
model = dict(
    backbone=dict(init_cfg=None),
    head=dict(decoder=codec, decoupled_heatmap_loss=dict(
        _delete_=True, type='PCLoss', start=0,
        base=_base_.model.head.decoupled_heatmap_loss)))
_base_.train_pipeline[0].type = 'LoadGarmentImage'
_base_.train_pipeline[1].input_size = codec['input_size']
_base_.train_pipeline[-3].encoder = codec
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(pipeline=_base_.train_pipeline))
default_hooks = dict(_base_.fault_hooks)
train_cfg = dict(max_epochs=1)
val_cfg = val_dataloader = val_evaluator = None
randomness = dict(seed=0)
"""  # noqa: E501


@pytest.fixture
def cfg(shared, tmp_path):
    """MMPose's CID with PCLoss, and four images of which one is broken."""
    shutil.copytree(shared / 'data/mmpose_samples/coco', tmp_path / 'coco')
    file = tmp_path / 'coco/test_coco.json'
    content = json.loads(file.read_text())
    broken = content['images'][1]['file_name']
    (tmp_path / 'coco' / broken).write_bytes(b'')
    # the others are masked, which xtcocotools can't with numpy 2
    content['annotations'] = [
        a for a in content['annotations'] if a['num_keypoints']
    ]
    file.write_text(json.dumps(content))
    (tmp_path / 'cid.py').write_text(CONFIG)
    cfg = unformatted(Config.fromfile(tmp_path / 'cid.py'))
    cfg.train_dataloader.dataset.update(
        data_root='',
        ann_file=str(file),
        data_prefix=dict(img=f'{tmp_path}/coco/'))
    cfg.default_hooks.checkpoint.update(save_last=False, save_best=None)
    cfg.work_dir = str(tmp_path / 'w')
    cfg.experiment_name = cfg.visualizer.name = tmp_path.name
    return cfg


def test_an_unreadable_image_is_counted_once_per_sample(
        cfg, tmp_path, monkeypatch):
    load = LoadGarmentImage.transform
    loaded = []

    def count(self, results):
        loaded.append(load(self, results))
        return loaded[-1]

    monkeypatch.setattr(LoadGarmentImage, 'transform', count)
    cfg.train_dataloader.dataset.pipeline[0].unreadable = 'skip'
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2
    assert sum(isinstance(r and r['raw_ann_info'], list) for r in loaded) == 4
    log, = (tmp_path / 'w').glob('*/*.log')
    lines = [x for x in log.read_text().splitlines() if 'WARNING' in x]
    assert sum('skipped: ' in x and 'an empty file' in x for x in lines) == 1
    replaced = counted(loaded.count(None), 'sample')
    assert any(f'{replaced} replaced so far, for 1 image ' in x for x in lines)


def test_stops_at_it(cfg):
    with pytest.raises(Fault, match='000000040083.jpg: an empty file'):
        Runner.from_cfg(cfg).train()


def test_a_loss_that_is_not_finite_names_the_images(cfg, monkeypatch):
    cfg.train_dataloader.dataset.indices = [0]
    runner = Runner.from_cfg(cfg)
    parse = runner.model.parse_losses
    monkeypatch.setattr(
        runner.model, 'parse_losses', lambda losses: parse(
            {k: v * float('nan') for k, v in losses.items()}))
    with pytest.raises(Fault, match='step 1 is nan; .*000000000785.jpg;'):
        runner.train()
