"""What the scripts of this folder share."""
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import List, Optional

import torch
from mmengine.config import Config

from pcloss_mmpose.utils import replacing, run_stock_tool

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / 'benchmarks/results/reliability'
CONFIG = ROOT / ('configs/fashion_2d_keypoint/topdown_heatmap/fld/'
                 'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py')
OURS = ('epoch_seed', 'finite', 'unreadable')


def store(name: str, rows: List[dict], work: Optional[Path] = None) -> None:
    """Replace results as a whole; paths in ``work`` are told from there."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rows, indent=1) + '\n'
    with replacing(RESULTS / f'{name}.json') as part:
        part.write_text(text.replace(f'{work}/', '') if work else text)


def render(folder: Path, num: int = 160) -> Path:
    """A small set in the layout of FLD, unless it is there."""
    done = subprocess.run([
        sys.executable,
        str(ROOT / 'tools/dataset_converters/render_garments.py'), '--layout',
        'fld', '--num',
        str(num), '--size', '128', '--workers', '1', '--split',
        'train:0.8,val:0.1,test:0.1', '--out',
        str(folder)
    ])
    if done.returncode:
        sys.exit(done.returncode)
    return folder


def write_config(file: Path,
                 data: Path,
                 epochs: int,
                 stock: bool = False,
                 keep: int = 1,
                 source: Path = CONFIG) -> Config:
    """The shipped config for the small set, or with mmengine's own hooks."""
    cfg = Config.fromfile(source)
    for loader in ('train', 'val', 'test'):
        cfg[f'{loader}_dataloader'].dataset.data_root = str(data)
    cfg.randomness = dict(seed=0)
    cfg.train_cfg.update(max_epochs=epochs, val_interval=2)
    cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=keep)
    cfg.default_hooks.logger.interval = 1
    if stock:
        cfg.default_hooks.checkpoint.type = 'CheckpointHook'
        for name in OURS:
            cfg.default_hooks.pop(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(file)
    return cfg


def train(config: Path,
          work_dir: Path,
          *options: str,
          env: Optional[dict] = None) -> subprocess.Popen:
    """Start tools/train.py in a process group of its own."""
    work_dir.mkdir(parents=True, exist_ok=True)
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
                'PYTHONPATH': str(Path(__file__).parent),
                **(env or {})
            })


def state(file: Path, what: str = 'state_dict') -> Optional[dict]:
    """Tensors of a checkpoint, None where it cannot be read."""
    try:
        content = torch.load(file, map_location='cpu')[what]
    except Exception:  # a broken file raises all sorts
        return None
    if what == 'optimizer':
        return {(i, k): torch.as_tensor(v)
                for i, s in content['state'].items() for k, v in s.items()}
    return content


def equal(first: Optional[dict], second: Optional[dict]) -> bool:
    """Whether all tensors are the same, bit by bit."""
    return (first is not None and second is not None
            and first.keys() == second.keys()
            and all(torch.equal(first[k], second[k]) for k in first))


class Forked:
    """tools/train.py in a process that has imported MMPose already.

    On a busy machine most of a short training is to import it.
    """

    def __init__(self, config: Path, work_dir: Path, *options: str,
                 env: Optional[dict] = None) -> None:
        import mmpose.apis  # noqa: F401
        work_dir.mkdir(parents=True, exist_ok=True)
        self._process = multiprocessing.get_context('fork').Process(
            target=self._run,
            args=([str(config), '--work-dir', str(work_dir), *options],
                  work_dir / 'output.log', env or {}))
        self._process.start()
        self.pid = self._process.pid

    @staticmethod
    def _run(arguments, log, env):
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.update(env)
        sys.path.insert(0, str(Path(__file__).parent))
        sys.argv[1:] = arguments
        run_stock_tool('train.py')

    def poll(self) -> Optional[int]:
        return self._process.exitcode

    def wait(self) -> int:
        self._process.join()
        return self._process.exitcode
