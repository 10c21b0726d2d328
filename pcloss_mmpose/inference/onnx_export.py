"""Write a trained model as ONNX, and check it."""
import inspect
import json
import warnings
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import torch
from torch import nn

from ..utils import replacing
from .onnx_decode import find_decoder

#: The highest opset that torch 2.0 writes, so that all write the same.
OPSET = 17

#: Allowed difference between onnxruntime and torch, relative to the largest
#: value of an output: float32 sums in another order differ by 1e-6 or so.
TOLERANCE = 1e-4

#: The key of the file's metadata that holds what is known of the model.
METADATA_KEY = 'pcloss_mmpose'


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
    """A pose estimator from the preprocessed picture to landmarks.

    The flip test is that of the head: what it hands to its codec is caught.
    """

    def __init__(self, model: nn.Module, input_size: Sequence[int],
                 flip_test: bool) -> None:
        super().__init__()
        self.model, self.flip_test = model, flip_test
        self.decoder = find_decoder(model.head.decoder)
        flipped = model.dataset_meta['flip_indices'] if flip_test else None
        self.samples = [
            SimpleNamespace(
                metainfo=dict(flip_indices=flipped, input_size=input_size))
        ]

    @property
    def names(self) -> Optional[List[str]]:
        if self.decoder is None:
            return None
        return ['keypoints', 'scores', *self.decoder.outputs]

    def forward(self, inputs: torch.Tensor) -> Sequence[torch.Tensor]:
        if self.decoder is None:
            return tuple(_flatten(self.model(inputs, None, mode='tensor')))
        feats = self.model.extract_feat(inputs)
        if self.flip_test:
            feats = [feats, self.model.extract_feat(inputs.flip(-1))]
        outputs = self._outputs(feats)
        read = self.decoder.read(self.model.head.decoder, *outputs)
        return (*read, *outputs)

    def _outputs(self, feats) -> Sequence[torch.Tensor]:
        head, caught = self.model.head, []
        settings = dict(
            self.model.test_cfg or {}, flip_test=self.flip_test,
            output_heatmaps=False)

        def catch(outputs) -> list:
            caught.extend(_flatten(outputs))
            return []

        head.decode = catch
        try:
            head.predict(feats, self.samples, settings)
        finally:
            del head.decode
        if self.decoder and self.decoder.outputs == ('coordinates', ):
            caught = [caught[0][:, 0]]  # of the one instance
        return caught


def describe_model(inferencer, flip_test: bool) -> Dict[str, Any]:
    """All that is needed to run an exported model: the file's metadata.

    Args:
        inferencer (GarmentInferencer): With the model and its pipeline.
        flip_test (bool): Whether the file averages with the mirrored input.

    Returns:
        dict: ``dataset``, ``landmarks`` (names), ``types`` (garment type ->
        indices), ``skeleton`` (pairs of indices), ``input_size`` (width,
        height), ``mean``, ``std``, ``rgb`` (their order), ``padding`` (factor
        of a box), ``udp``, ``codec`` (its config), ``flip_test``.
    """
    model = inferencer.model
    meta, codec = model.dataset_meta, model.cfg.model.head.decoder
    settings = model.cfg.model.get('data_preprocessor', {})
    steps = inferencer.pipeline.transforms
    affine = next(step for step in steps if hasattr(step, 'input_size'))
    around = next(step for step in steps if hasattr(step, 'padding'))
    names = meta['keypoint_id2name']
    return dict(
        dataset=meta['dataset_name'],
        landmarks=[names[i] for i in range(len(names))],
        types=inferencer.landmarks,
        skeleton=[[int(a), int(b)] for a, b in meta['skeleton_links']],
        input_size=[int(side) for side in affine.input_size],
        mean=list(settings.get('mean') or [0.] * 3),
        std=list(settings.get('std') or [1.] * 3),
        rgb=bool(settings.get('bgr_to_rgb')),
        padding=float(around.padding),
        udp=bool(getattr(affine, 'use_udp', False)),
        codec={
            key: value
            for key, value in codec.to_dict().items() if key != '_scope_'
        },
        flip_test=flip_test)


def export_onnx(model: nn.Module,
                info: Dict[str, Any],
                path: str) -> Exported:
    """Export a model with its flip test and decoding, compare, write.

    The input ``inputs`` is what ``data_preprocessor`` hands to the network:
    (N, 3, H, W), float32, normalised. N is free. The outputs are
    ``keypoints`` (N, K, 2), in pixels of the input, and ``scores`` (N, K),
    and what they are read from: ``heatmaps`` (N, K, h, w), ``coordinates``
    (N, K, 2 or more), ``simcc_x`` and ``simcc_y``. Of a codec that cannot be
    exported (:func:`find_decoder`) the output is that of the head alone,
    before decoding and without flip test.

    torch's older exporter, by tracing, is taken: torch 2.0 and 2.1 have only
    that one in full, 2.11 still has it, and its successor needs onnxscript.

    Args:
        model (nn.Module): A pose estimator of mmpose, with ``dataset_meta``.
        info (dict): Of :func:`describe_model`, which becomes the file's
            metadata.
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
    width, height = info['input_size']
    network = _Network(model, (width, height), info['flip_test']).eval()
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(0)
    # neither of the sizes is the one that is traced
    inputs = [
        torch.randn(n, 3, height, width, generator=generator).to(device)
        for n in (2, 1, 3)
    ]
    with torch.no_grad():
        expected = [network(x) for x in inputs]
    names = network.names or _output_names(expected[0])
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
        _add_metadata(str(part), info)
        difference = None
        if find_spec('onnxruntime') is not None:
            difference = _compare(str(part), network, inputs, expected)
            if not difference <= TOLERANCE:
                raise ValueError(
                    f'{path}: not written, onnxruntime differs from torch by '
                    f'{difference:.1e} of the largest value, allowed is '
                    f'{TOLERANCE:.0e}')
    return Exported(names, difference)


def _add_metadata(path: str, info: Dict[str, Any]) -> None:
    import onnx
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {METADATA_KEY: json.dumps(info)})
    onnx.save(model, path)


def _compare(path: str, network: _Network, inputs: List[torch.Tensor],
             expected: List[Sequence[torch.Tensor]]) -> float:
    """The largest difference relative to the largest value."""
    import onnxruntime
    session = onnxruntime.InferenceSession(
        path, providers=['CPUExecutionProvider'])
    worst = 0.
    for x, outputs in zip(inputs, expected):
        found = session.run(None, {'inputs': x.cpu().numpy()})
        if network.decoder is not None:
            # Of two peaks of nearly one height either may be the higher one:
            # positions are compared with those of the very same output.
            raw = [torch.from_numpy(a) for a in found[2:]]
            read = network.decoder.read(network.model.head.decoder, *raw)
            outputs = (*read, *outputs[2:])
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
