"""Coordinates from what a stock head passes to its loss.

Shapes: B images, K landmarks, D of 2 or 3 coordinates, T frames. Coordinates
are (x, y), or (x, y, z).
"""
from typing import Callable, Sequence, Tuple

import torch
import torch.nn as nn
from mmpose.models.losses import KLDiscretLoss
from mmpose.models.losses.heatmap_loss import CombinedTargetMSELoss
from torch import Tensor

from ...functional.kept import kept
from .forms import Positions, read_peaks


def read_coordinates(output,
                     target,
                     base: nn.Module,
                     read: Callable[..., Positions] = read_peaks) -> Positions:
    """Predicted and true coordinates, and how certain the former are.

    Args:
        output: Heatmaps (B, K, H, W), of which ``CombinedTargetMSELoss`` has
            two maps of offsets after each; coordinates (B, K, D) or
            (B, T, K, D); or a pair of SimCC vectors (B, K, W), (B, K, H).
        target: The same for the targets.
        base (nn.Module): The loss that compares them.
        read (Callable): How heatmaps are read, see :mod:`.forms`.

    Returns:
        tuple: Predicted and true coordinates as in the output: those of a
        regression as they are, others in float32 or more, in units of the
        maps' width and height, [0, 1]. And of heatmaps the certainty (B, K)
        that ``read`` gives, else None.

    Raises:
        ValueError: If these are not the landmarks of one object, or the
            heatmaps differ in size.

    Example:
        >>> import torch
        >>> from mmpose.models.losses import KeypointMSELoss
        >>> from pcloss_mmpose.models.losses.head_outputs import (
        ...     read_coordinates)
        >>> heatmaps = torch.zeros(1, 1, 64, 48)
        >>> heatmaps[0, 0, 16, 12] = 1.
        >>> pred, true, certainty = read_coordinates(
        ...     heatmaps / 2, heatmaps, KeypointMSELoss())
        >>> true, certainty
        (tensor([[[0.2500, 0.2500]]]), tensor([[0.2500]]))
    """
    if isinstance(output, (tuple, list)):
        return (*_read_simcc(output, target, base), None)
    if output.dim() in (3, 4) and output.shape[-1] in (2, 3):
        return output, target, None
    if output.dim() != 4:
        raise ValueError('PCLoss reads heatmaps (B, K, H, W), coordinates '
                         '(B, K, D) or (B, T, K, D) with D of 2 or 3, and '
                         'pairs of SimCC vectors, found an output of '
                         f'{tuple(output.shape)}')
    if output.shape != target.shape:
        raise ValueError(
            'PCLoss: heatmaps differ: the model gives (B, K, H, W) = '
            f'{tuple(output.shape)}, the encoder {tuple(target.shape)}; '
            "K, the landmarks, and W x H, the encoder's heatmap_size in "
            'the pipeline, must be those of the head')
    if isinstance(base, CombinedTargetMSELoss):
        output, target = output[:, ::3], target[:, ::3]
    pred, true, certainty = read(output, target)
    height, width = output.shape[-2:]
    size = _size(height, width, pred.dtype, pred.device)
    return pred / size, true / size, certainty


@kept
def _size(height: int, width: int, dtype: torch.dtype,
          device: torch.device) -> Tensor:
    """Width and height."""
    return torch.tensor([width, height], dtype=dtype, device=device)


def _read_simcc(output: Sequence[Tensor], target: Sequence[Tensor],
                base: nn.Module) -> Tuple[Tensor, Tensor]:
    """The mean positions of the distributions that the base loss compares."""
    if not isinstance(base, KLDiscretLoss):
        raise ValueError('PCLoss on SimCC vectors needs KLDiscretLoss as '
                         f'base, found {type(base).__name__}')
    pred = [(x.float() * base.beta).softmax(-1) for x in output]
    # MMPose 1.2 has one factor for both.
    label_beta = getattr(base, 'label_beta', base.beta)
    true = [
        (x.float() * label_beta).softmax(-1) if base.label_softmax
        else x.float() / x.float().sum(-1, keepdim=True).clamp_min(1e-12)
        for x in target
    ]
    return _expectation(pred), _expectation(true)


def _expectation(probabilities: Sequence[Tensor]) -> Tensor:
    """Mean positions (B, K, D) in [0, 1] of D marginals (B, K, bins)."""
    return torch.stack([
        p @ torch.arange(p.shape[-1], dtype=p.dtype, device=p.device) /
        p.shape[-1] for p in probabilities
    ], -1)
