"""Configs and weights, refused in one sentence where they do not fit."""
import os.path as osp
import re
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Iterator, List, NamedTuple, Optional

import torch
from mmengine.config import Config
from mmengine.registry import Registry
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from torch import nn

# What belongs to a loss, by its key.
_LOSS = re.compile(r'(^|\.)loss')
# What mmengine does without too.
_COUNTER = 'num_batches_tracked'
# What torch says of weights that do not fit.
_SHAPES = re.compile(r'size mismatch for (\S+): copying a param with shape '
                     r'(.*) from checkpoint, the shape in current model is '
                     r'(.*)\.')


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Put the name of a file before what is said of it.

    Raises:
        ValueError: In place of one without the name.
    """
    try:
        yield
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None


def load_config(path: str) -> Config:
    """Read a config file. It must be there: names are not looked up.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a config.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path}: no such config')
    try:
        cfg = Config.fromfile(path)
    except Exception as error:  # a config is a program
        raise ValueError(f'{path}: cannot be read as a config: '
                         f'{_first_line(error)}') from None
    if 'model' not in cfg or 'test_dataloader' not in cfg:
        raise ValueError(f'{path}: a config with model and test_dataloader is '
                         'needed')
    return cfg


class Checkpoint(NamedTuple):
    """What a file of weights holds.

    Attributes:
        path (str): Where it is.
        weights (dict): By key, as ``model.state_dict()`` gives them.
        meta (dict): What mmengine says of the training, or nothing.
    """
    path: str
    weights: dict
    meta: dict


def read_checkpoint(path: str) -> Checkpoint:
    """Read a file of weights: a checkpoint, or the bare weights.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a checkpoint.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'{path}: no such checkpoint')
    try:
        checkpoint = torch.load(path, map_location='cpu')
    except Exception as error:  # torch raises all sorts for broken files
        raise ValueError(f'{path}: not a checkpoint, or a broken one: '
                         f'{_first_line(error)}') from None
    weights = checkpoint
    if isinstance(checkpoint, dict):
        weights = checkpoint.get('state_dict', checkpoint)
    if not isinstance(weights, dict):
        raise ValueError(f'{path}: holds a {type(weights).__name__}, not a '
                         'checkpoint')
    return Checkpoint(path, weights, checkpoint.get('meta') or {})


def load_weights(model: nn.Module, checkpoint: Checkpoint) -> None:
    """Load weights as mmengine does, but refuse those of another model.

    The modules themselves rename the keys of older versions, as ever. A loss
    may differ, since predictions are without it, and so may what is no weight
    of the network.

    Args:
        model (nn.Module): As built from the config.
        checkpoint (Checkpoint): The weights.

    Raises:
        ValueError: If weights are missing, of another shape, or too many.
    """
    weights: Any = OrderedDict((re.sub(r'^module\.', '', str(key)), value)
                               for key, value in checkpoint.weights.items())
    # the versions of the modules, by which they know what to rename
    weights._metadata = getattr(checkpoint.weights, '_metadata', None)
    keys: List[list] = []
    failure = None
    hook = model.register_load_state_dict_post_hook(
        lambda module, found: keys.extend(map(list, found)))
    try:
        model.load_state_dict(weights, strict=False)
    except Exception as error:  # shapes that differ, whatever strict says
        failure = error
    finally:
        hook.remove()
    faults = []
    if not keys:  # it did not come to an end
        faults.append(f'their keys are not known ({_first_line(failure)})')
    missing, unexpected = keys or ([], [])
    shapes = str(failure).strip().split('\n\t')[1:]
    for what, found in (
        ('of another shape', [_describe(s) for s in shapes]),
        ('missing', [k for k in missing if not k.endswith(_COUNTER)]),
        ("not in the config's model", [k for k in unexpected if _is_weight(k)])
    ):  # yapf: disable
        found = [key for key in found if not _LOSS.search(key)]
        if found:
            faults.append(f'{len(found)} {what}, such as {found[0]}')
    if faults:
        raise ValueError(f'{checkpoint.path}: the weights of another model '
                         f'than the config\'s: {"; ".join(faults)}')


def _is_weight(key: str) -> bool:
    # What stands by itself is of a running average, as mmcv's ema_... and
    # steps, and the mean and deviation of the pixels are the config's.
    return '.' in key and not key.startswith('data_preprocessor.')


def _describe(error: str) -> str:
    """A shape that does not fit, of what torch says about it."""
    found = _SHAPES.match(error)
    if not found:
        return error
    key, *shapes = found.groups()
    there, needed = (tuple(map(int, re.findall(r'\d+', s))) for s in shapes)
    return f'{key} of {there} in the place of {needed}'


def read_dataset_meta(cfg: Config, datasets: Registry) -> dict:
    """The metainfo of the data set on which a config tests.

    Args:
        cfg (Config): Of a training.
        datasets (Registry): Where its data sets are registered.

    Raises:
        ValueError: If the config does not tell it.
    """
    try:
        dataset = cfg.test_dataloader.dataset
        # of several data sets in one, that of the one
        if 'datasets' in dataset and 'metainfo' in dataset:
            return parse_pose_metainfo(dataset.metainfo)
        dataset = _innermost(dataset)
        # built, as the class alone does not know what its arguments change
        meta = datasets.build(dict(dataset, pipeline=[], lazy_init=True))
        meta = meta.metainfo
        reason = 'it has no metainfo'
    except Exception as error:  # whatever the classes make of the arguments
        meta, reason = None, _first_line(error)
    if not meta:
        raise ValueError(
            'the model predicts something that neither this nor '
            'the data set of the config\'s test_dataloader tells: '
            f'{reason}')
    return meta


def sees_whole_images(cfg: Config) -> bool:
    """Whether a config tests on whole images, ``crop='image'``."""
    dataset = cfg.test_dataloader.get('dataset') or {}
    return _innermost(dataset).get('crop') == 'image'


def _innermost(dataset: dict) -> dict:
    """Of data sets in one another, the (first) one that reads files."""
    while 'dataset' in dataset or 'datasets' in dataset:
        dataset = dataset.get('dataset') or dataset['datasets'][0]
    return dataset


def _first_line(error: Optional[Exception]) -> str:
    lines = str(error).strip().splitlines()
    return f'{type(error).__name__}: {lines[0]}' if lines else \
        type(error).__name__
