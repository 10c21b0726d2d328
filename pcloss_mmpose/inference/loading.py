"""Configs and weights, refused in one sentence where they do not fit."""
import os.path as osp
import re

import torch
from mmengine.config import Config
from torch import nn


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


def check_checkpoint(path: str) -> None:
    """Refuse what torch cannot load, before anything else is done with it.

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
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{path}: holds a {type(checkpoint).__name__}, not a '
                         'checkpoint')


def check_weights(model: nn.Module, checkpoint: dict, path: str) -> None:
    """Refuse weights of another model, which mmengine only warns of.

    Parameters of a loss do not count, since predictions are without it.

    Args:
        model (nn.Module): As built from the config.
        checkpoint (dict): What ``torch.load`` returned.
        path (str): Where it is from, for the message.

    Raises:
        ValueError: If weights are missing, of another shape, or too many.
    """
    state = checkpoint.get('state_dict', checkpoint)
    found = {
        re.sub(r'^module\.', '', key): value
        for key, value in state.items() if hasattr(value, 'shape')
    }
    needed = {
        key: value
        for key, value in model.state_dict().items()
        if 'loss_module.' not in key
    }
    other = [k for k in needed if k in found
             and found[k].shape != needed[k].shape]  # yapf: disable
    faults = [(f'{len(other)} of another shape, such as {other[0]} of '
               f'{tuple(found[other[0]].shape)} in the place of '
               f'{tuple(needed[other[0]].shape)}') if other else '']
    for what, keys in (('missing', [
            k for k in needed if k not in found
    ]), ('not in the config\'s model',
         [k for k in found if k not in needed and 'loss_module.' not in k])):
        if keys:
            faults.append(f'{len(keys)} {what}, such as {keys[0]}')
    faults = [fault for fault in faults if fault]
    if faults:
        raise ValueError(f'{path}: the weights of another model than the '
                         f'config\'s: {"; ".join(faults)}')


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f'{type(error).__name__}: {lines[0]}' if lines else \
        type(error).__name__
