"""Pure tensor functions of the Position Constraint Loss, without MMPose.

Shapes: B images, K landmarks, heatmaps of H rows and W columns. Coordinates
are (x, y); a heatmap's pixel in row r and column c is the point (c, r).
"""
import math
from functools import lru_cache
from typing import List, Optional, Sequence, Tuple, Union

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

Groups = Sequence[Sequence[int]]

# Numbers of the heatmaps that a core works on at a time: they stay in its
# cache between the steps of a function.
_BLOCK = 2**17


def _at_least_float32(x: Tensor) -> Tensor:
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def soft_argmax(heatmaps: Tensor, alpha: float = 25.) -> Tensor:
    r"""Differentiable position of a heatmap's peak.

    .. math:: p = \sum_l l \cdot e^{\alpha H(l)} / \sum_l e^{\alpha H(l)}

    the integral operation of `Integral Human Pose Regression`_ (ECCV 2018).
    A flat background pulls the result towards the centre of the heatmap;
    compare it only with a target that went through the same operation. It
    can be differentiated once.

    Args:
        heatmaps (Tensor): (..., H, W).
        alpha (float): Sharpness of the softmax. Defaults to 25.

    Returns:
        Tensor: (..., 2), (x, y) in heatmap pixels, float32 for half
        precision input, else of the input's type.

    Raises:
        ValueError: If ``alpha`` is not positive.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.functional import soft_argmax
        >>> heatmaps = torch.zeros(1, 1, 64, 48)
        >>> heatmaps[0, 0, 10, 20] = 1.
        >>> soft_argmax(heatmaps, alpha=50.)
        tensor([[[20., 10.]]])

    .. _Integral Human Pose Regression: https://arxiv.org/abs/1711.08229
    """
    if not alpha > 0:
        raise ValueError(f'alpha must be positive, found {alpha}')
    heatmaps = _at_least_float32(heatmaps)
    if _is_compiling():
        softmax = (heatmaps * alpha).flatten(-2).softmax(-1)
        return _moments(softmax.view(heatmaps.shape))[..., :2]
    return _SoftArgmax.apply(heatmaps, alpha)


def peak_moments(heatmaps: Tensor) -> Tuple[Tensor, Tensor]:
    r"""Where the mass of a heatmap's peaks lies, and how much there is.

    .. math:: s = \sum_l l \cdot m(l), \quad M = \sum_l m(l), \quad
              m(l) = \max(H(l), 0)^2

    s / M is the position: the soft-argmax of :math:`2 \log H`, which
    :class:`~pcloss_mmpose.codecs.SoftArgmaxHeatmap` starts from in a window,
    over the whole heatmap. The square of a Gaussian is a narrower Gaussian at
    the same place, and where the heatmap is zero it has no say, so that a flat
    background does not pull the position towards the centre, the bias of
    :func:`soft_argmax` ("Removing the Bias of Integral Pose Regression",
    ICCV 2021). It can be differentiated once.

    Args:
        heatmaps (Tensor): (..., H, W).

    Returns:
        tuple[Tensor, Tensor]: s (..., 2), (x, y) in heatmap pixels times
        mass, and M (..., 1), zero for a heatmap without a positive value;
        float32 for half precision input, else of the input's type.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.functional import peak_moments
        >>> heatmaps = torch.zeros(1, 64, 48)
        >>> heatmaps[0, 10, 20] = 0.5
        >>> first, mass = peak_moments(heatmaps)
        >>> first / mass, mass
        (tensor([[20., 10.]]), tensor([[0.2500]]))
    """
    heatmaps = _at_least_float32(heatmaps)
    if _is_compiling():
        moments = _moments(heatmaps.clamp_min(0).square())
    else:
        moments = _PeakMoments.apply(heatmaps)
    return moments[..., :2], moments[..., 2:]


def _is_compiling() -> bool:
    """Whether torch.compile follows, which joins plain steps by itself."""
    for module in (getattr(torch, 'compiler', None), torch._utils):
        if hasattr(module, 'is_compiling'):
            return module.is_compiling()
    return False


def _moments(mass: Tensor) -> Tensor:
    """Sums of mass * x, mass * y and mass, (..., 3)."""
    x, y = _pixels(mass)
    mass = mass.flatten(-2)
    return torch.stack(((mass * x).sum(-1), (mass * y).sum(-1), mass.sum(-1)),
                       -1)


# Both functions have their derivative written out. Autograd would keep and
# pass over several maps of the heatmaps' size; this is one, or none.


class _SoftArgmax(Function):
    """dp/dH(l) = alpha m(l) (l - p), m the softmax."""

    @staticmethod
    def forward(ctx, heatmaps: Tensor, alpha: float) -> Tensor:
        maps = heatmaps.reshape(-1, heatmaps.shape[-2] * heatmaps.shape[-1])
        x, y = _pixels(heatmaps)
        position = maps.new_empty(2, len(maps))
        softmax = torch.empty_like(maps)
        for block in _blocks(maps):
            part = softmax[block]
            torch.softmax(maps[block] * alpha, -1, out=part)
            torch.mv(part, x, out=position[0, block])
            torch.mv(part, y, out=position[1, block])
        position = position.t().contiguous()
        ctx.save_for_backward(softmax.view(heatmaps.shape), position)
        ctx.alpha = alpha
        return position.view(*heatmaps.shape[:-2], 2)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor):
        softmax, position = ctx.saved_tensors
        grad = grad.reshape(-1, 2) * ctx.alpha
        offset = (grad * position).sum(-1)
        return _times_plane(softmax, grad, -offset), None


class _PeakMoments(Function):
    """d(s, M)/dH(l) = 2 max(H(l), 0) (l, 1)."""

    @staticmethod
    def forward(ctx, heatmaps: Tensor) -> Tensor:
        maps = heatmaps.reshape(-1, heatmaps.shape[-2] * heatmaps.shape[-1])
        x, y = _pixels(heatmaps)
        moments = maps.new_empty(3, len(maps))
        for block in _blocks(maps):
            mass = maps[block].clamp_min(0)
            mass *= mass
            torch.mv(mass, x, out=moments[0, block])
            torch.mv(mass, y, out=moments[1, block])
            torch.sum(mass, -1, out=moments[2, block])
        ctx.save_for_backward(heatmaps)
        return moments.t().reshape(*heatmaps.shape[:-2], 3)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> Tensor:
        heatmaps, = ctx.saved_tensors
        grad = grad.reshape(-1, 3) * 2
        return _times_plane(heatmaps, grad[:, :2], grad[:, 2], positive=True)


def _pixels(heatmaps: Tensor) -> Tuple[Tensor, Tensor]:
    """x and y of each pixel, (H * W)."""
    x, y = _axes(heatmaps)
    return x.repeat(len(y)), y.repeat_interleave(len(x))


def _axes(heatmaps: Tensor) -> Tuple[Tensor, Tensor]:
    """x of each column, (W), and y of each row, (H)."""
    height, width = heatmaps.shape[-2:]
    return (torch.arange(width, dtype=heatmaps.dtype, device=heatmaps.device),
            torch.arange(height, dtype=heatmaps.dtype, device=heatmaps.device))


def _blocks(maps: Tensor) -> List[slice]:
    """The maps in parts, on a GPU all in one."""
    count = max(1, len(maps))
    step = count
    if maps.device.type == 'cpu':
        block = _BLOCK * torch.get_num_threads()
        step = max(1, block // max(1, maps[:1].numel()))
    return [slice(i, i + step) for i in range(0, count, step)]


def _times_plane(heatmaps: Tensor,
                 slope: Tensor,
                 offset: Tensor,
                 positive: bool = False) -> Tensor:
    """H(l) (slope l + offset), with slope (N, 2) and offset (N)."""
    x, y = _axes(heatmaps)
    maps = heatmaps.reshape(-1, len(y), len(x))
    along_x = slope[:, :1] * x
    along_y = slope[:, 1:] * y + offset[:, None]
    product = torch.empty_like(maps)
    for block in _blocks(maps):
        part = product[block]
        torch.add(along_x[block, None], along_y[block, :, None], out=part)
        part *= maps[block].clamp_min(0) if positive else maps[block]
    return product.view(heatmaps.shape)


def fit_peak(heatmaps: Tensor, sigma: float) -> Tuple[Tensor, Tensor]:
    r"""Sub-pixel position of a heatmap's highest peak, and its height.

    In the square window of 3 sigma around the maximum, cut at the border,
    first the soft-argmax of :math:`2 \log H`,

    .. math:: p = \sum_l l \cdot m(l) / \sum_l m(l), \quad
              m(l) = \max(H(l), 0)^2

    The square of a Gaussian is a narrower Gaussian with the same centre, so
    that there is no bias, whatever the peak's width and height; and neither
    background nor a second peak moves the result. Then, in x and in y where
    the border does not cut the window, one Gauss-Newton step to the Gaussian
    G of ``sigma`` that fits best, under white noise the most likely position:

    .. math:: p \leftarrow p + 2 \left( \frac{\sum_l l \cdot H(l) G(l - p)}
              {\sum_l H(l) G(l - p)} - p \right)

    The product of both peaks is a peak halfway between them. The step is half
    a pixel at most.

    Args:
        heatmaps (Tensor): (..., H, W).
        sigma (float): The encoder's sigma in heatmap pixels.

    Returns:
        tuple[Tensor, Tensor]: Positions (..., 2), (x, y) in heatmap pixels,
        and heights (...). A heatmap without a positive value has the
        position (-1, -1), as in MMPose's ``get_heatmap_maximum``.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.functional import fit_peak
        >>> x = torch.arange(48.)
        >>> heatmap = torch.exp(-((x - 20.3)**2 + (x[:, None] - 9)**2) / 8)
        >>> position, height = fit_peak(heatmap, sigma=2.)
        >>> [round(v, 2) for v in position.tolist()]
        [20.3, 9.0]
    """
    heatmaps = _at_least_float32(heatmaps)
    height, width = heatmaps.shape[-2:]
    flat = heatmaps.flatten(-2)
    peak, index = flat.max(-1)
    radius = math.ceil(3 * sigma)
    offset = torch.arange(-radius, radius + 1, device=flat.device)
    x = (index % width)[..., None] + offset
    y = torch.div(index, width, rounding_mode='floor')[..., None] + offset
    x_in, y_in = x.clamp(0, width - 1), y.clamp(0, height - 1)
    pixels = y_in[..., :, None] * width + x_in[..., None, :]
    window = flat.gather(-1, pixels.flatten(-2)).view_as(pixels)
    # Relative to the peak, else a weak peak's square underflows.
    window = window / peak.clamp_min(1e-12)[..., None, None]
    inside_x, inside_y = x == x_in, y == y_in
    # Pixels beyond the border repeat those at it; they do not count.
    window = window * inside_x[..., None, :] * inside_y[..., :, None]

    start, _ = _window_mean(window.clamp_min(0).square(), x, y)
    along_x, along_y = (
        torch.exp((pixel - middle[..., None]).square() / (-2 * sigma**2))
        for pixel, middle in zip((x, y), start.unbind(-1)))
    product = window * along_x[..., None, :] * along_y[..., :, None]
    halfway, total = _window_mean(product, x, y)
    # Not by more than half a pixel: beyond, noise alone would be fitted.
    step = 2 * (halfway - start).clamp(-.25, .25)
    whole = torch.stack((inside_x.all(-1), inside_y.all(-1)), -1)
    # Among negative values there may be nothing to fit.
    whole &= total > 0
    position = start + step * whole
    return position.masked_fill(~(peak > 0)[..., None], -1.), peak


def _window_mean(mass: Tensor, x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
    """Mean (..., 2) of x and y (..., N) under mass (..., N, N); its sum."""
    columns, rows = mass.sum(-2), mass.sum(-1)
    first = torch.stack(((columns * x).sum(-1), (rows * y).sum(-1)), -1)
    total = rows.sum(-1, keepdim=True)
    return first / total.clamp_min(torch.finfo(total.dtype).tiny), total


def position_constraint(pred: Tensor,
                        target: Tensor,
                        weights: Optional[Tensor] = None,
                        groups: Union[Groups, Tensor, None] = None,
                        topk: Optional[int] = None,
                        scale: Optional[float] = None) -> Tensor:
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

    With a ``scale`` :math:`\tau`, in the unit of the coordinates, a large
    error does not outweigh the others:

    .. math::
        L_i = w_i \tau \log(1 + d_i / \tau), \quad
        d_i^2 = \sum_j w_j |e_i - e_j|^2 / \sum_{j \ne i} w_j

    about :math:`d_i`, the root mean square of the relative errors, where it
    is small, and the slower the larger it is. As a mean over the pairs it
    does not grow with the size of the group. (The root, which has no slope at
    zero, is taken of :math:`d_i^2 + \tau^2 / 10^6`, less
    :math:`\tau / 1000`.)

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
        scale (float, optional): :math:`\tau` above. The paper's squares if
            ``None``.

    Returns:
        Tensor: Scalar, the mean of :math:`L_{PC}` over the batch. An image
        or a group with fewer than two labelled landmarks adds a zero that
        stays connected to the graph.

    Raises:
        ValueError: If the shapes do not fit, a group is empty, holds an
            index twice or one outside [0, K), ``topk`` is not positive,
            ``scale`` not from 1e-6 to 1e6, or a weight is negative (on the
            CPU: asking a GPU would stall it).

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
    if scale is not None and not 1e-6 <= scale <= 1e6:
        raise ValueError('scale must be from 1e-6 to 1e6 or None, found '
                         f'{scale}')
    if (weights is not None and weights.device.type == 'cpu'
            and bool((weights < 0).any())):
        raise ValueError('weights must not be negative, found '
                         f'{float(weights.min())}')

    # Differences of half precision numbers have no digits left.
    error = _at_least_float32(pred) - _at_least_float32(target)
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
    loss = total * square + spread
    if scale is not None:
        # Not below what rounding leaves of it.
        limits = torch.finfo(loss.dtype)
        others = torch.maximum(total - weight, limits.eps * total)
        others = others.clamp_min(limits.tiny)
        # Of one landmark alone, rounding would leave an error.
        loss = loss * (count > 1)[..., None]
        # A root has no slope at zero; here it has, and is zero: as a quotient
        # to the last digit, which the difference of two roots is not.
        tiny = 1e-3 * scale
        square = loss / others
        distance = square / ((square + tiny**2).sqrt() + tiny)
        loss = scale * torch.log1p(distance / scale)
    loss = weight * loss

    if topk is not None and topk < loss.shape[-1]:
        loss = loss.topk(topk, dim=-1, sorted=False).values
        count = count.clamp_max(topk)
    # Unlabelled landmarks have L_i = 0, and all L_i >= 0: the largest are
    # those of labelled ones, and the rest adds nothing to the sum.
    return (loss.sum(-1) / count.clamp_min(1)).sum(-1).mean()


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=64)
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
