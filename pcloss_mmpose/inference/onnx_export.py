"""Write the network of a trained model as ONNX, and check it."""
import inspect
import warnings
from importlib.util import find_spec
from typing import List, NamedTuple, Optional, Sequence

import numpy as np
import torch
from torch import nn

from ..utils import replacing

#: The highest opset that torch 2.0 writes, so that all write the same.
OPSET = 17

#: Allowed difference between onnxruntime and torch, relative to the largest
#: value of an output: float32 sums in another order differ by 1e-6 or so.
TOLERANCE = 1e-4


class Exported(NamedTuple):
    """What was written.

    Attributes:
        outputs (list[str]): Names of the outputs.
        difference (float | None): The largest one to torch's outputs,
            relative to the largest value; None without onnxruntime.
    """
    outputs: List[str]
    difference: Optional[float]


class _Network(nn.Module):
    """A pose estimator from the preprocessed picture to the head's output."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: torch.Tensor) -> Sequence[torch.Tensor]:
        output = self.model(inputs, None, mode='tensor')
        return tuple(_flatten(output))


def export_onnx(model: nn.Module, input_size: Sequence[int],
                path: str) -> Exported:
    """Export backbone, neck and head, and compare with onnxruntime.

    The input ``inputs`` is what ``data_preprocessor`` hands to the network:
    (N, 3, H, W), float32, normalised. N is free. The output is that of the
    head before decoding: ``heatmaps`` (N, K, h, w), ``coordinates``
    (N, K, 2 or more), ``simcc_x`` and ``simcc_y``, else ``output_0``, ...

    torch's older exporter, by tracing, is taken: torch 2.0 and 2.1 have only
    that one in full, 2.11 still has it, and its successor needs onnxscript.

    Args:
        model (nn.Module): A pose estimator of mmpose.
        input_size (Sequence[int]): Width and height.
        path (str): A .onnx; its folder must exist. It is replaced when its
            successor is complete and right.

    Returns:
        Exported: Names and difference.

    Raises:
        ModuleNotFoundError: If onnx, which torch's exporter needs, is absent.
        ValueError: If onnxruntime's outputs are not those of torch.
    """
    if find_spec('onnx') is None:
        raise ModuleNotFoundError(
            'torch\'s exporter needs the package onnx: pip install onnx')
    network = _Network(model).eval()
    device = next(model.parameters()).device
    width, height = input_size
    generator = torch.Generator().manual_seed(0)
    # neither of the sizes is the one that is traced
    inputs = [
        torch.randn(n, 3, height, width, generator=generator).to(device)
        for n in (2, 1, 3)
    ]
    with torch.no_grad():
        expected = [network(x) for x in inputs]
    names = _output_names(expected[0])
    options = {}
    if 'dynamo' in inspect.signature(torch.onnx.export).parameters:
        options['dynamo'] = False
    with replacing(path) as part:
        with torch.no_grad(), warnings.catch_warnings():
            # of the tracing, which the comparison below is the answer to,
            # and of the age of the exporter
            warnings.simplefilter('ignore')
            torch.onnx.export(
                network, (inputs[0], ),
                str(part),
                input_names=['inputs'],
                output_names=names,
                dynamic_axes={n: {
                    0: 'batch'
                }
                              for n in ['inputs', *names]},
                opset_version=OPSET,
                **options)
        difference = None
        if find_spec('onnxruntime') is not None:
            difference = _compare(str(part), inputs, expected)
            if not difference <= TOLERANCE:
                raise ValueError(
                    f'{path}: not written, onnxruntime differs from torch by '
                    f'{difference:.1e} of the largest value, allowed is '
                    f'{TOLERANCE:.0e}')
    return Exported(names, difference)


def _compare(path: str, inputs: List[torch.Tensor],
             expected: List[Sequence[torch.Tensor]]) -> float:
    import onnxruntime
    session = onnxruntime.InferenceSession(
        path, providers=['CPUExecutionProvider'])
    worst = 0.
    for x, outputs in zip(inputs, expected):
        found = session.run(None, {'inputs': x.cpu().numpy()})
        for a, b in zip(found, outputs):
            b = b.cpu().numpy()
            if a.shape != b.shape:
                return np.inf
            scale = max(float(np.abs(b).max()), 1e-12)
            worst = np.maximum(worst, np.abs(a - b).max() / scale)
    return float(worst)


def _flatten(output) -> List[torch.Tensor]:
    if isinstance(output, torch.Tensor):
        return [output]
    return [tensor for part in output for tensor in _flatten(part)]


def _output_names(outputs: Sequence[torch.Tensor]) -> List[str]:
    ranks = [output.dim() for output in outputs]
    if ranks == [4]:
        return ['heatmaps']
    if ranks == [3]:
        return ['coordinates']
    if ranks == [3, 3]:
        return ['simcc_x', 'simcc_y']
    if ranks == [3, 4]:
        return ['coordinates', 'heatmaps']
    return [f'output_{i}' for i in range(len(outputs))]
