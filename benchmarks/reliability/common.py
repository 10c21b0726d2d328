"""Small trainings that can be killed, and what they leave behind."""
import os
import subprocess
import sys
from pathlib import Path
from typing import Optional

import torch
from mmengine.config import Config

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ('configs/fashion_2d_keypoint/topdown_heatmap/fld/'
                 'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py')
OURS = ('epoch_seed', 'finite', 'unreadable')


def write_config(file: Path,
                 data: Path,
                 epochs: int,
                 stock: bool = False) -> Config:
    """The shipped config for a small set, or with mmengine's own hooks."""
    cfg = Config.fromfile(CONFIG)
    for loader in ('train', 'val', 'test'):
        cfg[f'{loader}_dataloader'].dataset.data_root = str(data)
    cfg.randomness = dict(seed=0)
    cfg.train_cfg.update(max_epochs=epochs, val_interval=2)
    cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=1)
    cfg.default_hooks.logger.interval = 1
    if stock:
        cfg.default_hooks.checkpoint.type = 'CheckpointHook'
        for name in OURS:
            cfg.default_hooks.pop(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(file)
    return cfg


def train(config: Path, work_dir: Path, *options: str,
          **env: str) -> subprocess.Popen:
    """Start tools/train.py in a process group of its own."""
    work_dir.mkdir(parents=True, exist_ok=True)
    path = [str(Path(__file__).parent), os.environ.get('PYTHONPATH')]
    with open(work_dir / 'output.log', 'ab') as log:
        return subprocess.Popen(
            [
                sys.executable, '-W', 'ignore',
                str(ROOT / 'tools/train.py'),
                str(config), '--work-dir',
                str(work_dir), *options
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={
                **os.environ, 'OMP_NUM_THREADS': '1',
                'PYTHONPATH': os.pathsep.join(filter(None, path)),
                **env
            })


def state(file: Path) -> Optional[dict]:
    """Weights and the optimizer's tensors, None where they cannot be read."""
    try:
        content = torch.load(file, map_location='cpu')
    except Exception:  # a broken file raises all sorts
        return None
    optimizer = content.get('optimizer', {}).get('state', {})
    return {
        **content['state_dict'],
        **{(i, key): torch.as_tensor(value)
           for i, of in optimizer.items() for key, value in of.items()}
    }


def equal(*files: Path) -> bool:
    """Whether two checkpoints are the same, bit by bit."""
    first, second = map(state, files)
    return (first is not None and second is not None
            and first.keys() == second.keys()
            and all(torch.equal(first[k], second[k]) for k in first))
