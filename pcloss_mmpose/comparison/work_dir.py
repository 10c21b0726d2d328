"""What mmpose's train.py leaves in a work directory."""
import json
import math
import re
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np
from mmengine.config import Config

from ..utils import call_stock_tool, replacing
from .rules import evaluator_metrics, metric_name

PREDICTIONS = 'predictions.pkl'
# Which checkpoint they are of.
_NOTE = 'predictions.json'
# What test.py --dump adds to the metrics.
_DUMP = 'DumpResults'
_LOSSES = ('loss', 'loss_base', 'loss_pc')


def find_config(work_dir: Path) -> Path:
    """The config of the training, the latest one of several.

    That beside mmengine's log. That in the directory itself is replaced
    whenever ``test.py`` runs, by a config without the options that
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


def checkpoint_criterion(name: str) -> str:
    """By what a checkpoint was chosen among those of its training.

    Args:
        name (str): Of the file; mmengine's best ones begin with ``best_``.

    Examples:
        >>> checkpoint_criterion('best_coco_AP_epoch_210.pth')
        'best_coco_AP'
        >>> checkpoint_criterion('epoch_210.pth')
        'last'
    """
    best = re.fullmatch(r'(best_.+?)(_(epoch|iter)_\d+)?(-[0-9a-f]{8})?\.pth',
                        name)
    return best[1] if best else 'last'


def find_checkpoints(work_dir: Path) -> Dict[str, Path]:
    """The best checkpoint by each metric, and the last one, by criterion.

    Of several files with one, as a second training leaves them, the newest.
    Empty if the checkpoints are gone and only predictions are left.

    Raises:
        ValueError: If there are no predictions either.
    """
    found: Dict[str, Path] = {}
    for file in sorted(
            Path(work_dir).glob('best_*.pth'),
            key=lambda p: (p.stat().st_mtime, p.name)):
        found[checkpoint_criterion(file.name)] = file
    last = last_checkpoint(work_dir)
    if last and last.is_file():
        found['last'] = last
    if not found and not (Path(work_dir) / PREDICTIONS).is_file():
        raise ValueError(
            f'{work_dir}: a work directory without a checkpoint: neither '
            f'best_*.pth nor what last_checkpoint names, and no {PREDICTIONS}')
    return found


def choose_checkpoints(found: Dict[Path, Dict[str, Path]],
                       cfg: Config) -> Dict[Path, Path]:
    """One checkpoint of each work directory, all by the same criterion.

    That of the first ``save_best`` for which all have one, else of any other
    metric, else the last ones.

    Args:
        found (dict[Path, dict]): Of each work directory, its checkpoints as
            of :func:`find_checkpoints`; those that have none are left out.
        cfg (Config): Names the metrics, the most important first.

    Raises:
        ValueError: If they have no kind of checkpoint in common.
    """
    found = {path: files for path, files in found.items() if files}
    if not found:
        return {}
    common = set.intersection(*map(set, found.values()))
    if not common:
        kinds = '; '.join(f'{path} has {" and ".join(sorted(files))}'
                          for path, files in found.items())
        raise ValueError('the work directories have no kind of checkpoint in '
                         f'common: {kinds}; pickles of test.py --dump can be '
                         'given instead')
    hooks = cfg.get('default_hooks') or {}
    wanted = (hooks.get('checkpoint') or {}).get('save_best') or []
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    order = [f'best_{name}'.replace('/', '_') for name in wanted]
    order += sorted(common - {'last'}) + ['last']
    criterion = next(name for name in order if name in common)
    return {path: files[criterion] for path, files in found.items()}


def find_predictions(work_dir: Path,
                     checkpoint: Optional[Path],
                     watch: Optional[Callable[[str], None]] = None) -> Path:
    """Predictions of a trained model for its test set.

    ``predictions.pkl`` in the directory, if it was made here of this very
    checkpoint: ``predictions.json`` notes the size and time of both files.
    Else mmpose's test.py makes it, with the config of the training. Beside
    these, only ``test/`` and ``test.log`` in the directory are written.

    Args:
        work_dir (Path): That of ``train.py``.
        checkpoint (Path, optional): In this directory. Without one,
            ``predictions.pkl`` is taken as it is.
        watch (callable, optional): Gets each line that test.py prints.

    Raises:
        ValueError: If there is no config.
        RuntimeError: If test.py fails.
    """
    work_dir = Path(work_dir)
    predictions, note = work_dir / PREDICTIONS, work_dir / _NOTE
    if checkpoint is None or (predictions.is_file() and note.is_file()
                              and note.read_text() == _describe(
                                  checkpoint, predictions)):
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
    with replacing(note) as part:
        part.write_text(_describe(checkpoint, predictions))
    return predictions


def _describe(*files: Path) -> str:
    stats = {file.name: file.stat() for file in files}
    return json.dumps({
        name: dict(bytes=stat.st_size, changed=stat.st_mtime_ns)
        for name, stat in stats.items()
    })


def _write_nothing_else(cfg: Config) -> None:
    """Drop what writes files of the user's choice, and drawing.

    A stored config has it from the options of an earlier ``test.py``, maybe
    for another checkpoint.
    """
    cfg.test_evaluator = [
        m for m in evaluator_metrics(cfg) if metric_name(m) != _DUMP
    ]
    for metric in cfg.test_evaluator:
        metric.pop('outfile_prefix', None)
        metric.pop('format_only', None)
    hooks = cfg.get('default_hooks') or {}
    for name in ('visualization', 'badcase'):
        if hooks.get(name):
            hooks[name].enable = False


def _training_logs(work_dir: Path) -> Dict[Path, List[dict]]:
    """Of each start of train.py, mmengine's log and its entries.

    Those of test.py have no training steps and are not among them.
    """
    logs = {}
    for log in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        # A killed training leaves the beginning of a line.
        entries = [
            json.loads(line) for line in log.read_text().splitlines()
            if line.endswith('}')
        ]
        if any(map(_is_step, entries)):
            logs[log] = entries
    return logs


def _is_step(entry: dict) -> bool:
    return 'lr' in entry and 'time' in entry


def training_curves(work_dir: Path) -> Dict[str, List[Tuple[int, float]]]:
    """What was logged of the losses and of the validation's NE.

    A resumption goes on from its checkpoint: what the training before it
    logged after that step is dropped.

    Returns:
        dict: Of ``'loss'``, ``'loss_base'``, ``'loss_pc'`` and ``'NE'``,
        steps and values; NE is put at the last step logged before it.
    """
    curves: Dict[str, List[Tuple[int, float]]] = {}
    for entries in _training_logs(work_dir).values():
        step = None
        for entry in entries:
            if 'lr' in entry and 'iter' in entry:
                if step is None:  # the first one of this start
                    first = entry['iter']
                    curves = {
                        name: [p for p in points if p[0] < first]
                        for name, points in curves.items()
                    }
                step = entry['iter']
            for name in _LOSSES if 'lr' in entry else ('NE', ):
                if step is not None and name in entry:
                    curves.setdefault(name, []).append((step, entry[name]))
    return {name: points for name, points in curves.items() if points}


def train_seconds(work_dir: Path) -> float:
    """Time in training steps, from mmengine's logs of all resumptions.

    Waiting for data is included. NaN where there is no log.
    """
    step_time = {
        entry['iter']: entry['time']
        for entries in _training_logs(work_dir).values() for entry in entries
        if _is_step(entry)
    }
    if not step_time:
        return math.nan
    # Each entry is the mean of the steps since the one before.
    return float(np.mean(list(step_time.values()))) * max(step_time)
