"""Tensors that are made once."""
from functools import lru_cache, wraps
from typing import Callable, TypeVar

import torch

_Function = TypeVar('_Function', bound=Callable)


def kept(function: _Function) -> _Function:
    """A cache of what a function makes of hashable arguments.

    To bring a few numbers to a GPU is to wait for it. What was first made in
    inference mode serves a training too.
    """

    @lru_cache(maxsize=64)
    @wraps(function)
    def make(*args):
        with torch.inference_mode(False):
            return function(*args)

    return make  # type: ignore[return-value]  # called as the function is
