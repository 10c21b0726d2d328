"""Checkpoints of mmengine under torch 2.6 and later."""
from pickle import UnpicklingError

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.optim import OneCycleParamScheduler

# The only methods that a checkpoint names, by getattr: those of its log, and
# the curve of one learning rate schedule.
_METHODS = {
    HistoryBuffer: ('min', 'max', 'mean', 'current'),
    OneCycleParamScheduler: ('_annealing_cos', '_annealing_linear'),
}


def accept_mmengine_checkpoints() -> None:
    """Let ``torch.load`` read what mmengine's CheckpointHook writes.

    From 2.6 on torch loads tensors and plain containers only, and mmengine
    0.10 also saves its log and learning rate schedules: without this,
    ``--resume`` and ``test.py`` refuse the checkpoints that ``train.py`` has
    just written. What they need is named to torch, one by one; its protection
    stays on for all else.
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
        *_METHODS, np.ndarray, np.dtype, *dtypes, *names,
        (_method, 'builtins.getattr')
    ])


def _method(owner, name):
    """What a checkpoint may use getattr for."""
    if isinstance(owner, type) and name in _METHODS.get(owner, ()):
        return getattr(owner, name)
    raise UnpicklingError(
        f'a checkpoint must not ask for {name!r} of {owner!r}')
