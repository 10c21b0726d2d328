"""What mmpose's train.py leaves in a work directory."""
import json
import math
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np
from mmengine.config import Config

from ..utils import call_stock_tool, replacing

PREDICTIONS = 'predictions.pkl'
# What test.py --dump adds to the metrics.
_DUMP = 'DumpResults'
_LOSSES = ('loss', 'loss_base', 'loss_pc')


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
    cfg = Config.fromfile(find_config(work_dir), import_custom_modules=False)
    _write_nothing_else(cfg)
    config = work_dir / 'test/config.py'
    config.parent.mkdir(exist_ok=True)
    cfg.dump(config)
    with replacing(predictions) as part:
        call_stock_tool(
            'test.py',
            [config, checkpoint, '--work-dir', config.parent, '--dump', part],
            work_dir / 'test.log', watch)
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


def read_scalars(log: Path) -> List[dict]:
    """Entries of an mmengine ``scalars.json``, in its order."""
    # A killed training leaves the beginning of a line.
    lines = log.read_text().splitlines()
    return [json.loads(line) for line in lines if line.endswith('}')]


def _training_logs(work_dir: Path) -> Dict[Path, Dict[int, float]]:
    """Of each start of train.py, the log and the time of its steps.

    Those of test.py have no training steps and are not among them.
    """
    logs = {}
    for log in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        steps = {
            e['iter']: e['time']
            for e in read_scalars(log) if 'lr' in e and 'time' in e
        }
        if steps:
            logs[log] = steps
    return logs


def training_curves(work_dir: Path) -> Dict[str, List[Tuple[int, float]]]:
    """What was logged of the losses and of the validation's NE.

    A resumption goes on from its checkpoint: what the training before it
    logged after that step is dropped.

    Returns:
        dict[str, list[tuple[int, float]]]: Of each name, ``'loss'``,
        ``'loss_base'``, ``'loss_pc'`` and ``'NE'``, steps and values. NE is
        put at the last step that was logged before it.
    """
    curves: Dict[str, List[Tuple[int, float]]] = {}
    for log in _training_logs(work_dir):
        step = None
        for entry in read_scalars(log):
            if 'lr' in entry and 'iter' in entry:
                if step is None:  # the first one of this start
                    first = entry['iter']
                    curves = {
                        name: [p for p in points if p[0] < first]
                        for name, points in curves.items()
                    }
                step = entry['iter']
            names = ('NE', ) if 'lr' not in entry else _LOSSES
            for name in names:
                if step is not None and name in entry:
                    curves.setdefault(name, []).append((step, entry[name]))
    return {name: points for name, points in curves.items() if points}


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
