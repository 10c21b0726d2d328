"""What mmpose's train.py leaves in a work directory."""
import json
import math
import os
from pathlib import Path
from typing import Callable, Optional

import numpy as np
from mmengine.config import Config

from ..utils import call_stock_tool

PREDICTIONS = 'predictions.pkl'
# What makes a model, apart from chance: the rest of a config says where
# things are kept and how they are shown and tested.
_TRAINING = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper',
             'param_scheduler', 'custom_hooks')


def find_config(work_dir: Path) -> Path:
    """The config that ``train.py`` has stored.

    Raises:
        ValueError: If there is none, or more than one.
    """
    configs = sorted(Path(work_dir).glob('*.py'))
    if len(configs) != 1:
        found = ' and '.join(c.name for c in configs) or 'none'
        raise ValueError(
            f'{work_dir}: a work directory of train.py holds one config, '
            f'found {found}; the pickle of test.py --dump can be given '
            'instead')
    return configs[0]


def training_settings(cfg: Config, work_dir: Path) -> str:
    """What seeds of one config have in common, to be compared.

    The model, its training data and schedule, and the name of the
    checkpoint that the training started from.
    """
    settings = {key: cfg.get(key) for key in _TRAINING}
    # test.py notes the checkpoint it has tested in the same place.
    start = Path(cfg.get('load_from') or '').name
    settings['start'] = '' if (Path(work_dir) / start).is_file() else start
    return json.dumps(settings, sort_keys=True, default=str)


def find_checkpoint(work_dir: Path) -> Optional[Path]:
    """The best checkpoint, without one the last, else None."""
    work_dir = Path(work_dir)
    best = sorted(
        work_dir.glob('best_*.pth'), key=lambda p: (p.stat().st_mtime, p.name))
    if best:
        return best[-1]
    # mmengine writes this note after the checkpoint is complete.
    note = work_dir / 'last_checkpoint'
    if note.is_file():
        last = work_dir / Path(note.read_text().strip()).name
        if last.is_file():
            return last
    return None


def find_predictions(work_dir: Path,
                     watch: Optional[Callable[[str], None]] = None) -> Path:
    """Predictions of a trained model for its test set.

    ``predictions.pkl`` in the directory, if it is newer than the best
    checkpoint, or the last one where there is no best. Else mmpose's test.py
    makes it, with the config in the directory.

    Args:
        work_dir (Path): That of ``train.py``.
        watch (callable, optional): Gets each line that test.py prints.

    Returns:
        Path: A pickle as of ``test.py --dump``.

    Raises:
        ValueError: If there is no checkpoint or not one config.
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
    try:
        call_stock_tool('test.py', [
            find_config(work_dir), checkpoint, '--work-dir', work_dir / 'test',
            '--dump', unfinished
        ], work_dir / 'test.log', watch)
        os.replace(unfinished, predictions)
    finally:
        if unfinished.exists():
            unfinished.unlink()
    return predictions


def train_seconds(work_dir: Path) -> float:
    """Time in training steps, from mmengine's logs of all resumptions.

    Waiting for data is included. NaN where there is no log.
    """
    step_time = {}
    for log in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        for line in log.read_text().splitlines():
            entry = json.loads(line)
            if 'lr' in entry and 'time' in entry:  # a training step's
                step_time[entry['iter']] = entry['time']
    if not step_time:
        return math.nan
    # Each entry is the mean of the steps since the one before.
    return float(np.mean(list(step_time.values()))) * max(step_time)
