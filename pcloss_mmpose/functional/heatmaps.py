"""From heatmaps to positions.

Heatmaps have H rows and W columns. Coordinates are (x, y); a heatmap's pixel
in row r and column c is the point (c, r).
"""
import math
from typing import List, Tuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from .kept import kept

# Numbers of the heatmaps that a core works on at a time: they stay in its
# cache between the steps of a function.
_BLOCK = 2**17


def at_least_float32(x: Tensor) -> Tensor:
    """Half precision numbers as float32, others as they are."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def _checked(heatmaps: Tensor) -> Tensor:
    """In float32 or more; ValueError unless they are (..., H, W)."""
    if heatmaps.dim() < 2 or 0 in heatmaps.shape[-2:]:
        raise ValueError('heatmaps must be (..., H, W), found '
                         f'{tuple(heatmaps.shape)}')
    return at_least_float32(heatmaps)


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
        ValueError: If ``alpha`` is not positive, or the heatmaps have less
            than two dimensions or no pixels.

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
    heatmaps = _checked(heatmaps)
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

    Raises:
        ValueError: If the heatmaps have less than two dimensions or no
            pixels.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.functional import peak_moments
        >>> heatmaps = torch.zeros(1, 64, 48)
        >>> heatmaps[0, 10, 20] = 0.5
        >>> first, mass = peak_moments(heatmaps)
        >>> first / mass, mass
        (tensor([[20., 10.]]), tensor([[0.2500]]))
    """
    heatmaps = _checked(heatmaps)
    if _is_compiling():
        moments = _moments(heatmaps.clamp_min(0).square())
    else:
        moments = _PeakMoments.apply(heatmaps)
    return moments[..., :2], moments[..., 2:]


def _is_compiling() -> bool:
    """Whether torch.compile follows, which joins plain steps by itself."""
    for module in (getattr(torch, 'compiler', None), torch._utils):
        is_compiling = getattr(module, 'is_compiling', None)
        if is_compiling:
            return is_compiling()
    return False


def _moments(mass: Tensor) -> Tensor:
    """Sums of mass * x, mass * y and mass, (..., 3)."""
    x, y = _pixels(*_place(mass))
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
        x, y = _PIXELS(*_place(heatmaps))
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
        x, y = _PIXELS(*_place(heatmaps))
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


def _place(heatmaps: Tensor) -> tuple:
    """What their pixels' coordinates depend on."""
    return (*heatmaps.shape[-2:], heatmaps.dtype, heatmaps.device)


def _axes(height: int, width: int, dtype: torch.dtype,
          device: torch.device) -> Tuple[Tensor, Tensor]:
    """x of each column, (W), and y of each row, (H)."""
    return (torch.arange(width, dtype=dtype, device=device),
            torch.arange(height, dtype=dtype, device=device))


def _pixels(height: int, width: int, *of) -> Tuple[Tensor, Tensor]:
    """x and y of each pixel, (H * W)."""
    x, y = _axes(height, width, *of)
    # repeat_interleave would wait for a GPU.
    return (x.expand(height, width).reshape(-1),
            y[:, None].expand(height, width).reshape(-1))


_AXES, _PIXELS = kept(_axes), kept(_pixels)


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
    x, y = _AXES(*_place(heatmaps))
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

    Raises:
        ValueError: If ``sigma`` is not positive, or the heatmaps have less
            than two dimensions or no pixels.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.functional import fit_peak
        >>> x = torch.arange(48.)
        >>> heatmap = torch.exp(-((x - 20.3)**2 + (x[:, None] - 9)**2) / 8)
        >>> position, height = fit_peak(heatmap, sigma=2.)
        >>> [round(v, 2) for v in position.tolist()]
        [20.3, 9.0]
    """
    if not sigma > 0:
        raise ValueError(f'sigma must be positive, found {sigma}')
    heatmaps = _checked(heatmaps)
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
    whole = whole & (total > 0)
    position = start + step * whole
    return position.masked_fill(~(peak > 0)[..., None], -1.), peak


def _window_mean(mass: Tensor, x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
    """Mean (..., 2) of x and y (..., N) under mass (..., N, N); its sum."""
    columns, rows = mass.sum(-2), mass.sum(-1)
    first = torch.stack(((columns * x).sum(-1), (rows * y).sum(-1)), -1)
    total = rows.sum(-1, keepdim=True)
    return first / total.clamp_min(torch.finfo(total.dtype).tiny), total
