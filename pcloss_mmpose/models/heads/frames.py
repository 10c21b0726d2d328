"""Frames: the spatial transformers of DLAN, as functions of tensors.

A frame is a window in what is around it, its parent, and has its aspect: a
scale and a shift, (s, x, y) in the last dimension. A point p in the frame is
at s p + (x, y) in the parent. There is no rotation. Coordinates, x to the
right and y down, run from -1 to 1 in the frame and in the parent, from edge to
edge: -1 is the left or upper edge of an image, not the middle of its first
pixel. Source: "Spatial Transformer Networks", NeurIPS 2015.
"""
import math

import torch
import torch.nn as nn
from torch import Tensor


def bounded_frames(raw: Tensor, max_zoom: float) -> Tensor:
    """Frames of unbounded numbers.

    Args:
        raw (Tensor): (..., 3), a scale's logarithm before it is bounded, and
            the shift. Zeros are the identity.
        max_zoom (float): Above 1; scales are from 1 / max_zoom to max_zoom.

    Returns:
        Tensor: (..., 3).

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.frames import bounded_frames
        >>> bounded_frames(torch.tensor([[0., 0., 0.], [-99., 1., 2.]]), 4)
        tensor([[1.0000, 0.0000, 0.0000],
                [0.2500, 1.0000, 2.0000]])
    """
    limit = math.log(max_zoom)
    scale = (limit * torch.tanh(raw[..., :1] / limit)).exp()
    return torch.cat([scale, raw[..., 1:]], -1)


def map_back(frames: Tensor, points: Tensor) -> Tensor:
    """Points of a frame, in its parent.

    Args:
        frames (Tensor): (..., 3).
        points (Tensor): (..., 2), (x, y) in the frame.

    Returns:
        Tensor: (..., 2), (x, y) in the parent.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.frames import map_back
        >>> right_upper_quarter = torch.tensor([.5, .5, -.5])
        >>> map_back(right_upper_quarter, torch.tensor([-1., 1.]))
        tensor([0., 0.])
    """
    return frames[..., :1] * points + frames[..., 1:]


def compose(outer: Tensor, inner: Tensor) -> Tensor:
    """Frames in a frame, in the parent of the latter.

    Args:
        outer (Tensor): (..., 3).
        inner (Tensor): (..., 3), whose parent is ``outer``.

    Returns:
        Tensor: (..., 3).

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.frames import compose
        >>> compose(torch.tensor([.5, .5, -.5]), torch.tensor([.5, 1., 0.]))
        tensor([ 0.2500,  1.0000, -0.5000])
    """
    return torch.cat(
        [outer[..., :1] * inner[..., :1],
         map_back(outer, inner[..., 1:])], -1)


def cut_out(features: Tensor, frames: Tensor, size: int) -> Tensor:
    """What lies in each frame, in bilinear interpolation; 0 outside the map.

    Args:
        features (Tensor): (B, C, H, W).
        frames (Tensor): (B, N, 3), whose parent is the map.
        size (int): Cells of the cut-out, in width and height.

    Returns:
        Tensor: (B, N, C, size, size).

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.frames import cut_out
        >>> features = torch.arange(16.).view(1, 1, 4, 4)
        >>> cut_out(features, torch.tensor([[[.5, .5, -.5]]]), 2)
        tensor([[[[[2., 3.],
                   [6., 7.]]]]])
    """
    cells = torch.arange(size, dtype=features.dtype, device=features.device)
    middles = (2 * cells + 1) / size - 1
    y, x = torch.meshgrid(middles, middles, indexing='ij')
    points = map_back(frames[:, :, None], torch.stack([x, y], -1).view(-1, 2))
    # one row of cells for each frame: the map is not repeated
    seen = nn.functional.grid_sample(features, points, align_corners=False)
    return seen.transpose(1, 2).reshape(*frames.shape[:2], -1, size, size)


def extent(points: Tensor, labelled: Tensor) -> Tensor:
    """Scale of the smallest frame, anywhere, that holds the points.

    Args:
        points (Tensor): (B, K, 2), (x, y) in the parent.
        labelled (Tensor): (B, K), above 0 for the points that count.

    Returns:
        Tensor: (B, ), 0 where one point counts, or none.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.frames import extent
        >>> points = torch.tensor([[[-.5, 0.], [.5, .2], [9., 9.]]])
        >>> extent(points, torch.tensor([[1., 1., 0.]]))
        tensor([0.5000])
    """
    absent = (labelled <= 0)[..., None]
    highest = points.masked_fill(absent, -torch.inf).amax(1)
    lowest = points.masked_fill(absent, torch.inf).amin(1)
    return ((highest - lowest) / 2).amax(-1).clamp_min(0)
