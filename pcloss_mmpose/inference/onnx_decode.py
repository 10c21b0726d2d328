"""What codecs do in numpy, as steps of a network that can be exported."""
from typing import Callable, Dict, NamedTuple, Optional, Tuple

import torch
from mmpose.codecs.base import BaseKeypointCodec
from torch import Tensor

from ..functional import fit_peak

Decoded = Tuple[Tensor, Tensor]


class Decoder(NamedTuple):
    """How the output of a head is read.

    Attributes:
        outputs (tuple[str]): Names of what the head gives to the codec.
        read (callable): Gets the codec and these, returns positions
            (B, K, 2) in input pixels and scores (B, K).
    """
    outputs: Tuple[str, ...]
    read: Callable[..., Decoded]


def find_decoder(codec: BaseKeypointCodec) -> Optional[Decoder]:
    """The one of a codec, None where there is none.

    Those of ``MSRAHeatmap`` with ``unbiased=True``, UDP and SimCC with
    ``use_dark=True`` blur and fit with OpenCV, which no graph can.
    """
    if getattr(codec, 'unbiased', False) or getattr(codec, 'use_dark', False):
        return None
    return _DECODERS.get(type(codec).__name__)


def _soft_argmax(codec, heatmaps: Tensor) -> Decoded:
    position, score = fit_peak(heatmaps, codec.sigma)
    scale = heatmaps.new_tensor(codec.scale_factor)
    return position * scale + heatmaps.new_tensor(codec._origin), score


def _msra(codec, heatmaps: Tensor) -> Decoded:
    """The maximum, a quarter of a pixel towards the higher neighbour."""
    height, width = heatmaps.shape[-2:]
    flat = heatmaps.flatten(-2)
    score, index = flat.max(-1)
    x, y = index % width, torch.div(index, width, rounding_mode='floor')

    def slope(step: int, inside: Tensor) -> Tensor:
        ends = (flat.gather(-1, (index + s).clamp(0, height * width - 1)
                            [..., None])[..., 0] for s in (step, -step))
        after, before = ends
        return torch.sign(after - before) * inside

    # Where MMPose looks: neither at a border nor in the second column or row.
    shift = torch.stack(
        (slope(1, (x > 1) & (x < width - 1) & (y > 0)),
         slope(width, (y > 1) & (y < height - 1) & (x > 0))), -1)
    position = torch.stack((x, y), -1) + .25 * shift
    position = position.masked_fill(~(score > 0)[..., None], -1.)
    return position * heatmaps.new_tensor(codec.scale_factor), score


def _regression(codec, coordinates: Tensor) -> Decoded:
    """The codec gives no score where the head gives no deviation."""
    size = coordinates.new_tensor(codec.input_size)
    position, deviation = coordinates[..., :2], coordinates[..., 2:]
    if not deviation.shape[-1]:
        return position * size, torch.ones_like(position[..., 0])
    return position * size, (1 - deviation).mean(-1)


def _integral(codec, coordinates: Tensor) -> Decoded:
    return _regression(codec.keypoint_codec, coordinates)


def _simcc(codec, simcc_x: Tensor, simcc_y: Tensor) -> Decoded:
    (high_x, x), (high_y, y) = simcc_x.max(-1), simcc_y.max(-1)
    score = torch.minimum(high_x, high_y)
    position = torch.stack((x, y), -1).to(score.dtype)
    position = position.masked_fill(~(score > 0)[..., None], -1.)
    return position / codec.simcc_split_ratio, score


_DECODERS: Dict[str, Decoder] = {
    'SoftArgmaxHeatmap': Decoder(('heatmaps', ), _soft_argmax),
    'MSRAHeatmap': Decoder(('heatmaps', ), _msra),
    'RegressionLabel': Decoder(('coordinates', ), _regression),
    'IntegralRegressionLabel': Decoder(('coordinates', ), _integral),
    'SimCCLabel': Decoder(('simcc_x', 'simcc_y'), _simcc),
}
