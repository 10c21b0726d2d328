"""Train by several configs, one after the other, in the same processes."""
import sys
import traceback
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import FlexibleRunner, Runner
from unformatted import unformatted


def train(file, launcher):
    cfg = unformatted(Config.fromfile(file))
    cfg.launcher = launcher
    cfg.work_dir = str(file.with_suffix(''))
    cfg.experiment_name = cfg.visualizer.name = file.stem
    runner = FlexibleRunner if 'strategy' in cfg else Runner
    try:
        runner.from_cfg(cfg).train()
    except Exception:
        file.with_suffix('.error').write_text(traceback.format_exc())


if __name__ == '__main__':
    for file in sys.argv[2:]:
        train(Path(file), sys.argv[1])
