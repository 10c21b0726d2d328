"""The weight of a loss in units of another one's gradient."""
from typing import Optional, Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor


def gradient_share(share: float,
                   base: Tensor,
                   term: Tensor,
                   outputs: Sequence[Tensor],
                   certainty: Optional[Tensor] = None,
                   labelled: Optional[Tensor] = None) -> Tensor:
    r"""Weight that gives a term a share of the base loss's gradient.

    .. math:: \lambda = c^2 \cdot share \cdot |\nabla base| / |\nabla term|

    with the norms, and the mean certainty c of the labelled landmarks, over
    a batch on all processes together. Two backward passes from the losses to
    the head's output, none through the network.

    Args:
        share (float): Of the base's gradient, such as 1.
        base (Tensor): The base loss, of any shape: its mean counts.
        term (Tensor): A scalar.
        outputs (sequence of Tensor): What both were computed from, in
            float32 or more: gradients of half precision vanish.
        certainty (Tensor, optional): (B, K), from 0 to 1. 1 if ``None``.
        labelled (Tensor, optional): (B, K), the landmarks whose certainty
            counts, where above zero. All if ``None``.

    Returns:
        Tensor: A scalar without a graph. Zero where the term has no gradient,
        where there is none at all, as in a validation, and where one is
        beyond the numbers.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.losses.gradient_share import (
        ...     gradient_share)
        >>> x = torch.ones(3, requires_grad=True)
        >>> gradient_share(0.5, 4 * x.sum(), 8 * x.sum(), [x])
        tensor(0.2500)
    """
    wanted = [x for x in outputs if x.requires_grad]
    sums = outputs[0].new_zeros(4, dtype=torch.float32)
    if wanted and torch.is_grad_enabled():
        for number, loss in enumerate((base.mean(), term)):
            gradients = torch.autograd.grad(
                loss, wanted, retain_graph=True, allow_unused=True)
            for gradient in filter(torch.is_tensor, gradients):
                sums[number] += gradient.square().sum()
    if certainty is not None:
        counts = torch.ones_like(certainty)
        if labelled is not None:
            counts = (labelled > 0).to(certainty)
        sums[2], sums[3] = (certainty * counts).sum(), counts.sum()
    # Of a mean over all processes' images; its factor is that of both.
    all_reduce(sums)
    weight = share * (sums[0] / sums[1].clamp_min(_TINY)).sqrt()
    if certainty is not None:
        weight = weight * (sums[2] / sums[3].clamp_min(1)).square()
    good = (sums[1] > _TINY) & sums.isfinite().all()
    return torch.where(good, weight, torch.zeros_like(weight))


# Below, a square of a float32 has lost its digits.
_TINY = 1e-30
