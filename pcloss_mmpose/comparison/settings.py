"""What makes two trained models seeds of one config."""
import json
from pathlib import Path
from typing import Optional

from mmengine.config import Config

# What makes a model, apart from chance: the rest of a config says where
# things are kept and how they are shown and tested.
_TRAINING = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper',
             'param_scheduler', 'custom_hooks')


def training_settings(cfg: Config, work_dir: Path) -> str:
    """What seeds of one config have in common, to be compared.

    The model, its training data and schedule, and the name of the
    checkpoint that the training started from.
    """
    settings = {key: cfg.get(key) for key in _TRAINING}
    # test.py and a resumption note a checkpoint of this work directory in
    # the same place.
    start = Path(cfg.get('load_from') or '').name
    settings['start'] = '' if (Path(work_dir) / start).is_file() else start
    return json.dumps(settings, sort_keys=True, default=str)


def first_difference(settings: str, other: str) -> Optional[str]:
    """The first setting that differs, and its two values.

    None if the two texts of :func:`training_settings` are the same.

    Examples:
        >>> first_difference('{"train_cfg": {"max_epochs": 18}}',
        ...                  '{"train_cfg": {"max_epochs": 2}}')
        'train_cfg.max_epochs 18 and 2'
    """
    return _difference(json.loads(settings), json.loads(other), '')


def _difference(ours, theirs, key: str) -> Optional[str]:
    if ours == theirs:
        return None
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f'{key}, a list of {len(ours)} and of {len(theirs)}'
        ours, theirs = (dict(enumerate(values)) for values in (ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = (
            _difference(
                ours.get(name, _ABSENT), theirs.get(name, _ABSENT),
                f'{key}.{name}' if key else str(name))
            for name in [*ours, *(n for n in theirs if n not in ours)])
        return next(filter(None, found))
    return f'{key} {_short(ours)} and {_short(theirs)}'


_ABSENT = object()


def _short(value) -> str:
    text = 'not set' if value is _ABSENT else str(value)
    return text if len(text) <= 60 else f'{text[:57]}...'
