"""How long an exported model takes, beside the one it was made of."""
from statistics import median
from time import perf_counter
from typing import Any, Callable, Dict, NamedTuple

import torch
from torch import nn

from .onnx_network import Network

_RUNS = 9


class Seconds(NamedTuple):
    """Of one preprocessed picture on one core.

    Attributes:
        onnxruntime (float): With the file.
        torch (float): With the model.
    """
    onnxruntime: float
    torch: float


def time_one_core(model: nn.Module, info: Dict[str, Any],
                  path: str) -> Seconds:
    """Time a picture by onnxruntime and by torch, in turns.

    The median of some runs, each from the network's input to what the file
    gives, flip test included.

    Args:
        model (nn.Module): On the CPU, in mode ``eval``.
        info (dict): The file's metadata.
        path (str): What ``export_onnx`` has written of the model.

    Returns:
        Seconds: Of each.
    """
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        path, options, providers=['CPUExecutionProvider'])
    width, height = info['input_size']
    network = Network(model, (width, height), info['flip_test'])
    inputs = torch.zeros(1, 3, height, width)
    array = inputs.numpy()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            runs = [
                Seconds(
                    _time(lambda: session.run(None, {'inputs': array})),
                    _time(lambda: network(inputs))) for _ in range(_RUNS)
            ]
    finally:
        torch.set_num_threads(threads)
    return Seconds(*map(median, zip(*runs)))


def _time(run: Callable[[], Any]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start
