"""The weight of a loss in units of another one's gradient."""
from typing import List, Optional, Sequence

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
    of_base = _gradients(base.mean(), wanted, again=True)
    of_term = _gradients(term, wanted, again=False)
    sums = [
        torch.stack([x.square().sum() for x in of]).sum()
        for of in (of_base, of_term)
    ]
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
    return _WithGradient.apply(weight, term.detach(), *wanted, *of_term)


def _gradients(loss: Tensor, outputs: Sequence[Tensor],
               again: bool) -> List[Tensor]:
    """Of a loss in each output; its graph remains if it is used again."""
    found = torch.autograd.grad(
        loss, outputs, retain_graph=again, allow_unused=True)
    return [
        torch.zeros_like(x) if gradient is None else gradient
        for x, gradient in zip(outputs, found)
    ]


class _WithGradient(Function):
    """weight * term, of outputs in each of which the gradient is known."""

    @staticmethod
    def forward(ctx, weight: Tensor, term: Tensor, *tensors: Tensor):
        """``tensors`` are the outputs, then the term's gradients in them."""
        ctx.save_for_backward(weight, *tensors[len(tensors) // 2:])
        return weight * term

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor):
        weight, *gradients = ctx.saved_tensors
        weight = weight * grad
        return (None, None, *(weight * x for x in gradients),
                *[None] * len(gradients))


# Below, a square of a float32 has lost its digits.
_TINY = 1e-30
