"""Coordinates from what a stock head passes to its loss.

Shapes: B images, K landmarks, D of 2 or 3 coordinates, T frames. Coordinates
are (x, y), or (x, y, z).
"""
from typing import Optional, Sequence, Tuple

import torch
import torch.nn as nn
from mmpose.models.losses import KLDiscretLoss
from mmpose.models.losses.heatmap_loss import CombinedTargetMSELoss
from torch import Tensor

from ...functional import peak_moments, soft_argmax

# Stock losses that compare something else than the landmarks of one object.
# Where another loss does, the shapes tell at the first step.
UNSUITABLE = dict(
    AssociativeEmbeddingLoss='tags that group the landmarks of an image',
    BCELoss='labels',
    CombinedLoss='nothing itself; wrap a loss in it',
    FeaLoss='features',
    InfoNCELoss='features',
    IoULoss='boxes',
    JSDiscretLoss='distributions; wrap the coordinates\' loss beside it',
    KDLoss='a model with its teacher',
    MLECCLoss='distributions over bins that move with each predicted box',
    MultipleLossWrapper='several outputs; wrap the coordinates\' loss in it, '
    'the first of its losses',
    OKSLoss='all objects of an image, in its pixels',
    PCLoss='landmarks already, with a constraint',
    SemiSupervisionLoss='poses without labels',
    VariFocalLoss='labels')

# Of a heatmap that is as good as empty.
_MASS = 1e-6


def check_base(base: nn.Module) -> None:
    """Refuse a stock loss that does not compare landmarks of one object.

    Args:
        base (nn.Module): The loss that the constraint joins.

    Raises:
        ValueError: Saying what the loss compares instead.
    """
    name = type(base).__name__
    if name in UNSUITABLE:
        raise ValueError(
            f'PCLoss: {name} cannot be base, it compares {UNSUITABLE[name]}; '
            'allowed are losses that compare the landmarks of one object')


def read_coordinates(output,
                     target,
                     base: nn.Module,
                     alpha: Optional[float] = None
                     ) -> Tuple[Tensor, Tensor, Optional[Tensor]]:
    """Predicted and true coordinates, and how certain the former are.

    Those of a regression head as they are, others in float32 or more.
    Heatmaps and SimCC vectors go through an integral operation, target and
    prediction through the same one. The error of a heatmap with less mass
    than a whole peak is scaled down to its share: the weaker its peaks, the
    less they say about a position. One without a target has no error.

    Args:
        output: Heatmaps (B, K, H, W), of which ``CombinedTargetMSELoss`` has
            two maps of offsets after each; coordinates (B, K, D) or
            (B, T, K, D); or a pair of SimCC vectors (B, K, W), (B, K, H).
        target: The same for the targets.
        base (nn.Module): The loss that compares them.
        alpha (float, optional): Sharpness of a softmax over heatmaps. The
            mean position of their peaks if ``None``.

    Returns:
        tuple: Predicted and true coordinates, both (B, K, D) or
        (B, T, K, D): those of a regression as they are, others in units of
        the maps' width and height, [0, 1]. And of heatmaps read by their
        peaks the certainty (B, K), the share of a whole peak's mass, else
        None.

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
        # The distributions that the base loss compares.
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
        return _expectation(pred), _expectation(true), None
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
    size = output.new_tensor([output.shape[-1], output.shape[-2]],
                             dtype=torch.float32)
    if alpha is not None:
        return (soft_argmax(output, alpha) / size,
                soft_argmax(target, alpha) / size, None)
    first, mass = peak_moments(output)
    true_first, true_mass = peak_moments(target)
    true = true_first / true_mass.clamp_min(_MASS)
    # Of the image's largest target: that of a landmark at or beyond the border
    # has little mass or none. Not a part of the graph: fading away must not
    # look like an improvement.
    whole = true_mass.amax(-2, keepdim=True).clamp_min(_MASS)
    share = (mass / whole).clamp_max(1) * (true_mass > _MASS)
    share = share.detach()
    error = (first / mass.clamp_min(_MASS) - true) * share
    return (true + error) / size, true / size, share[..., 0]


def _expectation(probabilities: Sequence[Tensor]) -> Tensor:
    """Mean positions (B, K, D) in [0, 1] of D marginals (B, K, bins)."""
    return torch.stack([
        p @ torch.arange(p.shape[-1], dtype=p.dtype, device=p.device) /
        p.shape[-1] for p in probabilities
    ], -1)
