from typing import NamedTuple, Optional, Sequence, Tuple, Union

import torch
import torch.nn as nn
from mmpose.registry import MODELS
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from .supported import check_base

Output = Union[Tensor, Tuple[Tensor, ...]]


class Labelled(NamedTuple):
    """What :meth:`LabelledLoss.pick` leaves of a batch.

    Attributes:
        output (Tensor | tuple[Tensor]): Of the L landmarks that were taken,
            (B, L, ...).
        target (Tensor | tuple[Tensor]): The same of the targets.
        weight (Tensor): (B, L), zero where an image has fewer than L.
        index (Tensor): Which landmarks of an image they are, (B, L).
        total (int): K, of how many.
    """
    output: Output
    target: Output
    weight: Tensor
    index: Tensor
    total: int


@MODELS.register_module()
class LabelledLoss(nn.Module):
    r"""A stock loss of the labelled landmarks alone.

    For data sets whose objects have but some of the landmarks, such as a
    garment of DeepFashion2 8 to 39 of 294. Of each image only the channels
    with a weight above zero go through the loss: as many as the image with
    the most has. The weights are such that each image counts as in a batch
    where all have no other landmarks than these: a stock loss divides by all
    of its K channels, so that a skirt's error would count a fifth of a
    coat's, and both next to nothing.

    Between a head and its loss, or as the ``base`` of a ``PCLoss``, which
    then looks at the same channels alone.

    Args:
        base (dict | nn.Module): The stock loss, or its config: one that takes
            weights (B, K) of the landmarks, of heatmaps (B, K, H, W) or SimCC
            vectors.

    Raises:
        ValueError: If ``base`` does not use target weights, or does not
            compare the landmarks of one object.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import LabelledLoss
        >>> base = dict(type='KeypointMSELoss', use_target_weight=True)
        >>> output, target = torch.ones(2, 294, 8, 6), torch.zeros(1)
        >>> weight = torch.zeros(2, 294)
        >>> weight[0, :8], weight[1, 25:58] = 1, 1
        >>> LabelledLoss(base)(output, target.expand_as(output), weight)
        tensor(1.)
    """

    def __init__(self, base: Union[dict, nn.Module]) -> None:
        super().__init__()
        self.base = MODELS.build(base) if isinstance(base, dict) else base
        check_base(self.base)
        if not getattr(self.base, 'use_target_weight', False):
            raise ValueError('LabelledLoss: base must have use_target_weight='
                             f'True, found {type(self.base).__name__} '
                             'without')

    def forward(self, output: Output, target: Output,
                target_weights: Tensor) -> Tensor:
        """Loss of a batch, called by the head as ``base`` would be.

        Args:
            output (Tensor | tuple[Tensor]): Heatmaps (B, K, H, W), or SimCC
                vectors (B, K, W) and (B, K, H).
            target (Tensor | tuple[Tensor]): The same for the targets.
            target_weights (Tensor): (B, K).

        Returns:
            Tensor: As ``base`` gives it.
        """
        return self.of(self.pick(output, target, target_weights))

    def of(self, labelled: Labelled) -> Tensor:
        """Loss of what :meth:`pick` has left."""
        weight = labelled.weight
        share = weight.shape[1] / (weight > 0).sum(
            1, keepdim=True).clamp_min(1)
        return self.base(labelled.output, labelled.target, weight * share)

    @staticmethod
    def pick(output: Output, target: Output, weight: Tensor) -> Labelled:
        """Take the labelled landmarks out of all.

        Args:
            output (Tensor | tuple[Tensor]): (B, K, ...) each.
            target (Tensor | tuple[Tensor]): The same for the targets.
            weight (Tensor): (B, K) or (B, K, 1).
        """
        if weight.dim() == 3:
            weight = weight[..., 0]
        first = output[0] if isinstance(output, (tuple, list)) else output
        if first.shape[:2] != weight.shape:
            raise ValueError(
                'LabelledLoss: a channel for each weight is needed, found an '
                f'output of {tuple(first.shape)} and weights '
                f'{tuple(weight.shape)}')
        labelled = weight > 0
        most = max(1, int(labelled.sum(1).max()))
        # The labelled ones first, in their order; no landmark twice.
        index = torch.sort(
            labelled.byte(), stable=True, dim=1, descending=True)[1][:, :most]
        rows = index + weight.shape[1] * torch.arange(
            len(weight), device=index.device)[:, None]

        def take(values: Output) -> Output:
            if isinstance(values, (tuple, list)):
                return tuple(map(take, values))
            return _Take.apply(values, rows)

        return Labelled(
            take(output), take(target), weight.gather(1, index), index,
            weight.shape[1])


class _Take(Function):
    """Rows (B, L, ...) of (B, K, ...), each at most once.

    The gradient of ``torch.gather`` is added up number by number.
    """

    @staticmethod
    def forward(ctx, values: Tensor, rows: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.shape = values.shape
        taken = values.flatten(0, 1).index_select(0, rows.flatten())
        return taken.view(*rows.shape, *values.shape[2:])

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> Sequence[Optional[Tensor]]:
        rows, = ctx.saved_tensors
        whole = grad.new_zeros(ctx.shape)
        whole.flatten(0, 1).index_copy_(0, rows.flatten(), grad.flatten(0, 1))
        return whole, None
