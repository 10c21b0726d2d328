"""What the tests of prediction share."""
from pathlib import Path
from typing import NamedTuple

import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

ROOT = Path(__file__).resolve().parents[2]

#: Runs a script, the first argument, where nothing of MMPose is installed.
BARE = """
import importlib.util, runpy, sys
ABSENT = {'torch', 'torchvision', 'mmcv', 'mmengine', 'mmpose', 'mmdet',
          'mmpretrain', 'scipy', 'matplotlib', 'xtcocotools', 'onnx'}

class Finder:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, *arguments):
        if name.split('.')[0] not in ABSENT:
            return self.finder.find_spec(name, *arguments)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = map(Finder, sys.meta_path)
assert importlib.util.find_spec('mmpose') is None
del sys.argv[0]
try:
    runpy.run_path(sys.argv[0], run_name='__main__')
finally:
    assert not ABSENT & set(sys.modules), ABSENT & set(sys.modules)
"""


class Trained(NamedTuple):
    config: str
    checkpoint: str
    data: Path


def save_detector(cfg: Config, folder: Path, favourite: int) -> tuple:
    """A detector that knows nothing, but is sure of one of three types."""
    init_default_scope('mmdet')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    with torch.no_grad():
        for layer in model.bbox_head.rtm_cls:
            layer.weight.normal_(0, .01)
            layer.bias.fill_(-5)
            layer.bias[favourite] = 3
        for layer in model.bbox_head.rtm_reg:
            layer.weight.normal_(0, .01)
            layer.bias.fill_(2)  # strides from the middle to each edge
    meta = dict(dataset_meta=dict(classes=('upper', 'lower', 'full')))
    config, checkpoint = folder / 'det.py', folder / 'det.pth'
    cfg.dump(config)
    torch.save(dict(meta=meta, state_dict=model.state_dict()), str(checkpoint))
    return str(config), str(checkpoint)
