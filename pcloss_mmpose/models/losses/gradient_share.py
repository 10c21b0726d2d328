"""The weight of a loss in units of another one's gradient."""
from typing import Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor


def gradient_share(share: float, base: Tensor, term: Tensor,
                   outputs: Sequence[Tensor]) -> Tensor:
    r"""Weight that gives a term a share of the base loss's gradient.

    .. math:: \lambda = share \cdot |\nabla base| / |\nabla term|

    with the norms over all that the head has put out: a batch, on all
    processes together. Two backward passes from the losses to the head's
    output, none through the network.

    Args:
        share (float): Of the base's gradient, such as 0.5.
        base (Tensor): The base loss, of any shape: its mean counts.
        term (Tensor): A scalar.
        outputs (sequence of Tensor): What both were computed from, in
            float32 or more: gradients of half precision vanish.

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
    squares = torch.zeros(2, dtype=torch.float32, device=outputs[0].device)
    if wanted and torch.is_grad_enabled():
        for number, loss in enumerate((base.mean(), term)):
            gradients = torch.autograd.grad(
                loss, wanted, retain_graph=True, allow_unused=True)
            for gradient in filter(torch.is_tensor, gradients):
                squares[number] += gradient.square().sum()
    # Of a mean over all processes' images; its factor is that of both.
    all_reduce(squares)
    ratio = (squares[0] / squares[1].clamp_min(_TINY)).sqrt()
    counts = (squares[1] > _TINY) & squares.isfinite().all()
    return torch.where(counts, share * ratio, torch.zeros_like(ratio))


# Below, a square of a float32 has lost its digits.
_TINY = 1e-30
