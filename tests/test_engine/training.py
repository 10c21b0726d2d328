"""Small trainings of the shipped config, in this process."""
import sys
from pathlib import Path

from mmengine.runner import Runner
from unformatted import unformatted

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'benchmarks/reliability'))
from common import write_config  # noqa: E402

sys.path.pop(0)


def configure(work_dir, data, epochs=2, workers=0, **kwargs):
    cfg = unformatted(
        write_config(work_dir / 'config.py', data, epochs, **kwargs))
    for name in ('train', 'val', 'test'):
        cfg[f'{name}_dataloader'].update(
            batch_size=8, num_workers=workers, persistent_workers=workers > 0)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = cfg.visualizer.name = work_dir.parent.name + (
        work_dir.name)
    return cfg


def train(cfg):
    """The runner, after its training."""
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner
