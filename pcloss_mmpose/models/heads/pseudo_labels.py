"""DFA's pseudo-labels: which of some typical layouts an image is like.

Shapes: B images, P points (landmarks, or their offsets, or both), C clusters.
Weights (B, P) are 0 for points that an image does not have.
"""
import warnings

import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor


def cluster_layouts(points: Tensor, weights: Tensor, clusters: int,
                    seed: int) -> Tensor:
    """Centres of layouts, by scipy's k-means.

    That layouts are clustered so is recalled of the paper; our choice: a
    point that an image does not have is taken at its mean over the images
    that have it.

    Args:
        points (Tensor): (B, P, 2), in any unit.
        weights (Tensor): (B, P).
        clusters (int): C.
        seed (int): Of the images that k-means starts from: the same centres
            for the same seed.

    Returns:
        Tensor: (C, P, 2), float32.

    Raises:
        ValueError: If there are fewer images than clusters.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.pseudo_labels import (
        ...     cluster_layouts)
        >>> points = torch.tensor([[[0., 0.]], [[0., 2.]], [[9., 9.]]])
        >>> centres = cluster_layouts(points, torch.ones(3, 1), 2, seed=0)
        >>> sorted(centres[:, 0].tolist())
        [[0.0, 1.0], [9.0, 9.0]]
    """
    if len(points) < clusters:
        raise ValueError(f'{clusters} clusters of pseudo-labels need as many '
                         f'images, found {len(points)}')
    there = (weights > 0).cpu()[..., None]
    points = points.double().cpu().masked_fill(~there, 0.)
    mean = points.sum(0) / there.sum(0).clamp_min(1)
    rows = torch.where(there, points, mean).flatten(1).numpy()
    start = np.random.RandomState(seed).choice(
        len(rows), clusters, replace=False)
    with warnings.catch_warnings():
        # A centre that nothing is nearest to stays where it was.
        warnings.filterwarnings('ignore', 'One of the clusters is empty')
        centres, _ = kmeans2(rows, rows[start], iter=100, minit='matrix')
    return torch.from_numpy(centres).float().view(clusters, -1, 2)


def layout_distances(points: Tensor, weights: Tensor,
                     centres: Tensor) -> Tensor:
    """How far layouts are from centres: root mean square over the points.

    Args:
        points (Tensor): (B, P, 2).
        weights (Tensor): (B, P): only points above zero count.
        centres (Tensor): (C, P, 2).

    Returns:
        Tensor: (B, C), in the unit of the points.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.pseudo_labels import (
        ...     layout_distances)
        >>> points = torch.tensor([[[3., 4.], [77., 77.]]])
        >>> layout_distances(points, torch.tensor([[1., 0.]]),
        ...                  torch.zeros(1, 2, 2))
        tensor([[5.]])
    """
    there = (weights > 0)[:, None]
    square = (points[:, None] - centres).square().sum(-1)
    square = square.masked_fill(~there, 0.).sum(-1)
    return (square / there.sum(-1).clamp_min(1)).sqrt()
