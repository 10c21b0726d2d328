"""The weight of a loss in units of another one's gradient."""
from typing import Optional, Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def with_gradient_share(share: float,
                        base: Tensor,
                        term: Tensor,
                        outputs: Sequence[Tensor],
                        certainty: Optional[Tensor] = None,
                        labelled: Optional[Tensor] = None) -> Tensor:
    r"""A term with the weight that gives it a share of the base's gradient.

    .. math:: \lambda = c^2 \cdot share \cdot |\nabla base| / |\nabla term|

    with the norms, and the mean certainty c of the labelled landmarks, over
    a batch on all processes together. Two backward passes from the losses to
    the head's output, none through the network. The term's is the only one
    that it needs: what is returned passes its gradient on.

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
        Tensor: :math:`\lambda \cdot term`, which can be differentiated once,
        and with respect to ``outputs`` alone. Zero where the term has no
        gradient, where there is none at all, as in a validation, and where
        one is beyond the numbers.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.losses.gradient_share import (
        ...     with_gradient_share)
        >>> x = torch.ones(3, requires_grad=True)
        >>> term = with_gradient_share(0.5, 4 * x.sum(), 8 * x.sum(), [x])
        >>> term
        tensor(6., grad_fn=<_WithGradientBackward>)
        >>> torch.autograd.grad(term, x)
        (tensor([2., 2., 2.]),)
    """
    # Each once, or its gradient would count twice.
    wanted = list({id(x): x for x in outputs if x.requires_grad}.values())
    if not (wanted and torch.is_grad_enabled() and term.requires_grad):
        return torch.zeros_like(term)
    gradients = [
        torch.autograd.grad(
            loss, wanted, retain_graph=again, allow_unused=True)
        for loss, again in ((base.mean(), True), (term, False))
    ]
    sums = [_square(of) for of in gradients]
    if certainty is not None:
        counts = torch.ones_like(certainty)
        if labelled is not None:
            counts = (labelled > 0).to(certainty)
        sums += (certainty * counts).sum(), counts.sum()
    found = torch.stack(sums)
    # Of a mean over all processes' images; its factor is that of both.
    all_reduce(found)
    weight = share * (found[0] / found[1].clamp_min(_TINY)).sqrt()
    if certainty is not None:
        weight = weight * (found[2] / found[3].clamp_min(1)).square()
    good = (found[1] > _TINY) & found.isfinite().all()
    weight = weight.where(good, torch.zeros_like(weight))
    known = [(x, gradient) for x, gradient in zip(wanted, gradients[1])
             if gradient is not None]
    return _WithGradient.apply(weight, term.detach(), len(known),
                               *(x for pair in zip(*known) for x in pair))


def _square(gradients: Sequence[Optional[Tensor]]) -> Tensor:
    """Of the norm of all together."""
    return torch.stack([x.square().sum() for x in gradients if x is not None
                        ]).sum()


class _WithGradient(Function):
    """weight * term, whose gradient in each of some tensors is known."""

    @staticmethod
    def forward(ctx, weight: Tensor, term: Tensor, number: int, *tensors):
        ctx.save_for_backward(weight, *tensors[number:])
        return weight * term

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor):
        weight, *gradients = ctx.saved_tensors
        weight = weight * grad
        return (None, None, None, *(weight * x for x in gradients),
                *[None] * len(gradients))


# Below, a square of a float32 has lost its digits.
_TINY = 1e-30
