"""What mmpose's train.py leaves in a work directory."""
import json
import math
import os
from pathlib import Path
from typing import Callable, Dict, Optional

import numpy as np
from mmengine.config import Config

from ..utils import call_stock_tool

PREDICTIONS = 'predictions.pkl'
# What test.py --dump adds to the metrics.
_DUMP = 'DumpResults'


def find_config(work_dir: Path) -> Path:
    """The config of the training, the latest one of several.

    mmengine stores it beside the log. That in the directory itself is
    replaced whenever ``test.py`` runs, by a config without the options that
    the training was given; it serves where there is no log.

    Raises:
        ValueError: If there is neither, or more than one in the directory.
    """
    for log in reversed(list(_training_logs(work_dir))):
        if log.with_name('config.py').is_file():
            return log.with_name('config.py')
    configs = sorted(Path(work_dir).glob('*.py'))
    if len(configs) != 1:
        found = ' and '.join(c.name for c in configs) or 'none'
        raise ValueError(
            f'{work_dir}: a work directory of train.py holds one config, '
            f'found {found}; the pickle of test.py --dump can be given '
            'instead')
    return configs[0]


def last_checkpoint(work_dir: Path) -> Optional[Path]:
    """Where mmengine notes its last checkpoint to be, once it is complete."""
    note = Path(work_dir) / 'last_checkpoint'
    if not note.is_file():
        return None
    return Path(work_dir) / Path(note.read_text().strip()).name


def find_checkpoint(work_dir: Path) -> Optional[Path]:
    """The best checkpoint, without one the last, else None."""
    work_dir = Path(work_dir)
    best = sorted(
        work_dir.glob('best_*.pth'), key=lambda p: (p.stat().st_mtime, p.name))
    if best:
        return best[-1]
    last = last_checkpoint(work_dir)
    return last if last and last.is_file() else None


def find_predictions(work_dir: Path,
                     watch: Optional[Callable[[str], None]] = None) -> Path:
    """Predictions of a trained model for its test set.

    ``predictions.pkl`` in the directory, if it is newer than the best
    checkpoint, or the last one where there is no best. Else mmpose's test.py
    makes it, with the config of the training. Beside it, only ``test/`` and
    ``test.log`` in the directory are written.

    Args:
        work_dir (Path): That of ``train.py``.
        watch (callable, optional): Gets each line that test.py prints.

    Returns:
        Path: A pickle as of ``test.py --dump``.

    Raises:
        ValueError: If there is no checkpoint or no config.
        RuntimeError: If test.py fails.
    """
    work_dir = Path(work_dir)
    predictions = work_dir / PREDICTIONS
    checkpoint = find_checkpoint(work_dir)
    if checkpoint is None and not predictions.is_file():
        raise ValueError(
            f'{work_dir}: a work directory without a checkpoint: neither '
            f'best_*.pth nor what last_checkpoint names, and no {PREDICTIONS}')
    if predictions.is_file() and (checkpoint is None
                                  or predictions.stat().st_mtime
                                  >= checkpoint.stat().st_mtime):
        return predictions
    unfinished = predictions.with_suffix('.part.pkl')
    cfg = Config.fromfile(find_config(work_dir), import_custom_modules=False)
    _write_nothing_else(cfg)
    config = work_dir / 'test/config.py'
    config.parent.mkdir(exist_ok=True)
    cfg.dump(config)
    try:
        call_stock_tool('test.py', [
            config, checkpoint, '--work-dir', config.parent, '--dump',
            unfinished
        ], work_dir / 'test.log', watch)
        os.replace(unfinished, predictions)
    finally:
        if unfinished.exists():
            unfinished.unlink()
    return predictions


def _write_nothing_else(cfg: Config) -> None:
    """Drop what writes files of the user's choice, and drawing.

    A stored config has it from the options of an earlier ``test.py``, maybe
    for another checkpoint.
    """
    metrics = cfg.get('test_evaluator') or []
    metrics = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    cfg.test_evaluator = [
        m for m in metrics if str(m.get('type')).split('.')[-1] != _DUMP
    ]
    for metric in cfg.test_evaluator:
        metric.pop('outfile_prefix', None)
        metric.pop('format_only', None)
    hooks = cfg.get('default_hooks') or {}
    for name in ('visualization', 'badcase'):
        if hooks.get(name):
            hooks[name].enable = False


def _training_logs(work_dir: Path) -> Dict[Path, Dict[int, float]]:
    """Of each start of train.py, the log and the time of its steps.

    Those of test.py have no training steps and are not among them.
    """
    logs = {}
    for log in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        # A killed training leaves the beginning of a line.
        lines = log.read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.endswith('}')]
        steps = {
            e['iter']: e['time']
            for e in entries if 'lr' in e and 'time' in e
        }
        if steps:
            logs[log] = steps
    return logs


def train_seconds(work_dir: Path) -> float:
    """Time in training steps, from mmengine's logs of all resumptions.

    Waiting for data is included. NaN where there is no log.
    """
    step_time: Dict[int, float] = {}
    for steps in _training_logs(work_dir).values():
        step_time.update(steps)
    if not step_time:
        return math.nan
    # Each entry is the mean of the steps since the one before.
    return float(np.mean(list(step_time.values()))) * max(step_time)
