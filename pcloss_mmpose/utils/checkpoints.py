"""Checkpoints of mmengine under torch 2.6 and later."""
from pickle import UnpicklingError

import numpy as np
import torch
from mmengine.logging import HistoryBuffer


def accept_mmengine_checkpoints() -> None:
    """Let ``torch.load`` read what mmengine's CheckpointHook writes.

    From 2.6 on torch loads tensors and plain containers only, and mmengine
    0.10 also saves its log: without this, ``--resume`` and ``test.py`` refuse
    the checkpoints that ``train.py`` has just written. The log's classes are
    named to torch, one by one; its protection stays on for all else.
    """
    if not hasattr(torch.serialization, 'add_safe_globals'):
        return
    # numpy.core was renamed in NumPy 2; a checkpoint may be from either.
    multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray
    names = [(getattr(multiarray, name), f'numpy.{core}.multiarray.{name}')
             for name in ('_reconstruct', 'scalar')
             for core in ('core', '_core')]
    dtypes = [type(np.dtype(t)) for t in '?bBhHiIlLqQefd']
    torch.serialization.add_safe_globals([
        HistoryBuffer, np.ndarray, np.dtype, *dtypes, *names,
        (_statistic, 'builtins.getattr')
    ])


def _statistic(owner, name):
    """The one use of getattr in a checkpoint: HistoryBuffer's methods."""
    if owner is HistoryBuffer and name in ('min', 'max', 'mean', 'current'):
        return getattr(owner, name)
    raise UnpicklingError(
        f'a checkpoint must not ask for {name!r} of {owner!r}')
