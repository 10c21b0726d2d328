"""The position constraint between the landmarks of an image."""
from typing import Callable, List, Optional, Sequence, Tuple, Union

import torch
from torch import Tensor

from .heatmaps import at_least_float32
from .kept import kept

Groups = Sequence[Sequence[int]]
#: What :func:`log_penalty` takes, without tau, and gives.
Penalty = Callable[[Tensor, Tensor, Tensor], Tensor]


def squared_penalty(square: Tensor, weight: Tensor, total: Tensor) -> Tensor:
    r"""The paper's: :math:`\sum_j w_j |e_i - e_j|^2` as it is, (..., M)."""
    return square


def log_penalty(square: Tensor, weight: Tensor, total: Tensor,
                tau: float) -> Tensor:
    r"""The robust one, with which a large error does not outweigh the others.

    .. math::
        L_i = w_i \tau \log(1 + d_i / \tau), \quad
        d_i^2 = \sum_j w_j |e_i - e_j|^2 / \sum_{j \ne i} w_j

    about :math:`d_i`, the root mean square of the relative errors, where it
    is small, and the slower the larger it is. As a mean over the pairs it
    does not grow with the size of the group. (The root, which has no slope at
    zero, is taken of :math:`d_i^2 + \tau^2 / 10^6`, less
    :math:`\tau / 1000`.)

    Args:
        square (Tensor): :math:`\sum_j w_j |e_i - e_j|^2`, (..., M).
        weight (Tensor): w, (..., M).
        total (Tensor): :math:`\sum_j w_j`, (..., 1).
        tau (float): :math:`\tau`, in the unit of the coordinates.

    Returns:
        Tensor: :math:`L_i / w_i`, (..., M).

    Raises:
        ValueError: If ``tau`` is not from 1e-6 to 1e6.
    """
    if not 1e-6 <= tau <= 1e6:
        raise ValueError(f'tau must be from 1e-6 to 1e6, found {tau}')
    # Not below what rounding leaves of it.
    limits = torch.finfo(square.dtype)
    others = torch.maximum(total - weight, limits.eps * total)
    square = square / others.clamp_min(limits.tiny)
    # A root has no slope at zero; here it has, and is zero: as a quotient
    # to the last digit, which the difference of two roots is not.
    tiny = 1e-3 * tau
    distance = square / ((square + tiny**2).sqrt() + tiny)
    return tau * torch.log1p(distance / tau)


def position_constraint(pred: Tensor,
                        target: Tensor,
                        weights: Optional[Tensor] = None,
                        groups: Union[Groups, Tensor, None] = None,
                        topk: Optional[int] = None,
                        penalise: Penalty = squared_penalty) -> Tensor:
    r"""Position constraint between the landmarks of an image.

    With the landmark error :math:`e_i = p_i - p^*_i`, the relative position
    vectors :math:`v_{ij} = p_i - p_j` and visibility weights :math:`w`,

    .. math::
        L_i &= w_i \sum_j w_j |v_{ij} - v^*_{ij}|^2
             = w_i \sum_j w_j |e_i - e_j|^2 \\
        L_{PC} &= \sum_g f_k \{L_i : i \in g\}

    where j runs over the group of i and :math:`f_k` is the mean of the k
    largest (of all, if fewer landmarks of the group are labelled). Source:
    "Position Constraint Loss for Fashion Landmark Estimation", 2020.

    Time and memory are linear in K: with the weighted mean m of the errors
    in a group and :math:`W = \sum_j w_j`,
    :math:`\sum_j w_j |e_i - e_j|^2 = W |e_i - m|^2 + \sum_j w_j |e_j - m|^2`.

    Args:
        pred (Tensor): (B, K, D) predicted coordinates, in any unit.
        target (Tensor): (B, K, D) true coordinates.
        weights (Tensor, optional): (B, K), not negative. 0 takes a landmark
            out: a pair counts only when both its landmarks are labelled.
            All landmarks count equally if ``None``.
        groups (sequence of sequences of int | Tensor, optional): Landmark
            indices of each group, or, where the images differ, which landmark
            is in which of G groups, 0 or 1 in shape (B, G, K). Groups may
            overlap. One group of all if ``None``.
        topk (int, optional): k above. All landmarks if ``None``.
        penalise (Callable): What makes :math:`L_i / w_i` of the sum over j,
            such as ``partial(log_penalty, tau=0.03)``. Defaults to
            :func:`squared_penalty`, the sum itself.

    Returns:
        Tensor: Scalar, the mean of :math:`L_{PC}` over the batch. An image
        or a group with fewer than two labelled landmarks adds a zero that
        stays connected to the graph.

    Raises:
        ValueError: If the shapes do not fit, a group is empty, holds an
            index twice or one outside [0, K), ``topk`` is not positive, or
            a weight is negative (on the CPU: asking a GPU would stall it).

    Example:
        >>> import torch
        >>> from pcloss_mmpose.functional import position_constraint
        >>> target = torch.rand(2, 8, 2)
        >>> float(position_constraint(target + 0.1, target).round(decimals=6))
        0.0
        >>> pred = target.clone()
        >>> pred[:, 0, 0] += 1.  # an outlier: L_0 = 7, the others 1
        >>> float(position_constraint(pred, target, topk=2).round(decimals=4))
        4.0
    """
    if pred.dim() != 3 or pred.shape != target.shape:
        raise ValueError('pred and target must both be (B, K, D), found '
                         f'{tuple(pred.shape)} and {tuple(target.shape)}')
    if weights is not None and weights.shape != pred.shape[:2]:
        raise ValueError(f'weights must be {tuple(pred.shape[:2])}, found '
                         f'{tuple(weights.shape)}')
    if topk is not None and topk < 1:
        raise ValueError(f'topk must be at least 1 or None, found {topk}')
    if (weights is not None and weights.device.type == 'cpu'
            and bool((weights < 0).any())):
        raise ValueError('weights must not be negative, found '
                         f'{float(weights.min())}')

    # Differences of half precision numbers have no digits left.
    error = at_least_float32(pred) - at_least_float32(target)
    if weights is None:
        weight = error.new_ones(error.shape[:2])
    else:
        weight = weights.to(error.dtype)
        # An unlabelled landmark may carry any coordinates, NaN included.
        error = error.masked_fill((weight == 0)[..., None], 0.)
    if groups is None:
        error, weight = error[:, None], weight[:, None]
    elif torch.is_tensor(groups):
        error, weight = error[:, None], weight[:, None] * groups
    else:
        index, member = _pack_groups(
            tuple(tuple(group) for group in groups), pred.shape[1],
            error.device)
        error, weight = error[:, index], weight[:, index] * member

    # From here on (B, groups, landmarks, ...).
    count = (weight > 0).sum(-1)
    total = weight.sum(-1, keepdim=True)
    mean = (error * weight[..., None]).sum(-2, keepdim=True) / total.clamp_min(
        torch.finfo(error.dtype).tiny)[..., None]
    square = (error - mean).square().sum(-1)
    spread = (weight * square).sum(-1, keepdim=True)
    loss = weight * penalise(total * square + spread, weight, total)

    # Of one landmark alone, rounding would leave an error.
    share = (count > 1).to(loss.dtype)
    if topk is not None and topk < loss.shape[-1]:
        loss = loss.topk(topk, dim=-1, sorted=False).values
        count = count.clamp_max(topk)
    # Unlabelled landmarks have L_i = 0, and all L_i >= 0: the largest are
    # those of labelled ones, and the rest adds nothing to the sum.
    share = share / count.clamp_min(1)
    return (loss.sum(-1) * share).sum(-1).mean()


@kept
def _pack_groups(groups: Tuple[Tuple[int, ...], ...], num_landmarks: int,
                 device: torch.device) -> Tuple[Tensor, Tensor]:
    """Groups of unequal size as index (G, M) and membership (G, M)."""
    check_groups(groups, num_landmarks)
    size = max(len(group) for group in groups)
    index = [list(group) + [0] * (size - len(group)) for group in groups]
    member = [[1.] * len(group) + [0.] * (size - len(group))
              for group in groups]
    return (torch.tensor(index, device=device),
            torch.tensor(member, device=device))


@kept
def group_members(groups: Tuple[Tuple[int, ...], ...], num_landmarks: int,
                  device: torch.device) -> Tensor:
    """Which landmark is in which group.

    Args:
        groups (tuple of tuples of int): Landmark indices of G groups.
        num_landmarks (int): K.
        device (torch.device): Where the result is.

    Returns:
        Tensor: 0 or 1 in shape (G, K), float32.

    Raises:
        ValueError: If a group is empty, or holds an index twice or one that
            is not a landmark's.

    Example:
        >>> from pcloss_mmpose.functional import group_members
        >>> group_members(((0, 2), (1, 2)), 3, torch.device('cpu'))
        tensor([[1., 0., 1.],
                [0., 1., 1.]])
    """
    check_groups(groups, num_landmarks)
    member = torch.zeros(len(groups), num_landmarks)
    for row, group in zip(member, groups):
        row[list(group)] = 1
    return member.to(device)


def check_groups(groups: Groups, num_landmarks: Optional[int] = None) -> None:
    """Refuse groups that are not lists of distinct landmark indices.

    Args:
        groups (sequence of sequences of int): Landmark indices.
        num_landmarks (int, optional): K, where it is known.

    Raises:
        ValueError: Naming the group and the index.
    """
    if not isinstance(groups, (list, tuple)) or not groups:
        raise ValueError('groups must be lists of landmark indices, found '
                         f'{groups!r}')
    for number, group in enumerate(groups):
        if not isinstance(group, (list, tuple)) or not group:
            raise ValueError(f'groups[{number}] must be a list of landmark '
                             f'indices, found {group!r}')
        seen: List[int] = []
        for index in group:
            if type(index) is not int or index < 0 or (
                    num_landmarks is not None and index >= num_landmarks):
                allowed = ('whole numbers from 0' if num_landmarks is None else
                           f'0 to {num_landmarks - 1}')
                raise ValueError(f'groups[{number}] holds {index!r}, allowed '
                                 f'are {allowed}')
            if index in seen:
                raise ValueError(f'groups[{number}] holds landmark {index} '
                                 'twice')
            seen.append(index)
