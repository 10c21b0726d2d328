"""Where on the picture the garment lies."""
from typing import Tuple

import numpy as np

from .rows import complete
from .shape_model import Layout, figures

_CSV_SIDE = 512.  # pixels, the longer side of every FashionAI picture


def picture_shape(rng: np.random.Generator, size: int,
                  square: float) -> Tuple[int, int]:
    """(height, width), the longer side ``size``."""
    if rng.random() < square:
        return size, size
    short = int(round(size * rng.choice([.625, .667, .75, .8])))
    return (size, short) if rng.random() < .9 else (short, size)


def place(layout: Layout, shape: Tuple[int, int], close_up: bool,
          rng: np.random.Generator) -> np.ndarray:
    """Sampled layout -> whole pixels on a picture of ``shape``.

    Size and centre follow the shape model's. A close-up is cut off by the
    border, else all landmarks lie inside.

    Returns:
        (24, 2): x, y; NaN where the category has no landmark.
    """
    c = figures()['categories'][layout.category]
    h, w = shape
    points = layout.points.copy()
    turn = np.radians(rng.normal(0, 4) if rng.random() < .85 else
                      rng.normal(0, 16))
    cos, sin = np.cos(turn), np.sin(turn)
    points = points @ np.array([[cos, sin], [-sin, cos]])
    points[:, 0] *= rng.normal(1, .06)
    points[:, 0] += rng.normal(0, .06) * points[:, 1]  # shear
    low, high = np.nanmin(points, 0), np.nanmax(points, 0)
    points -= (low + high) / 2
    extent = high - low
    long_side = rng.normal(c['box_long_side_mean_512'],
                           c['box_long_side_std_512']) / 512 * max(shape)
    scale = np.clip(long_side, .36 * max(shape), max(shape))
    room = np.array([w - 9., h - 9.])
    scale = min(scale, (room / extent).min())
    centre = rng.normal(c['box_centre_mean_512'],
                        c['box_centre_std_512']) / 512 * (w, h)
    half = extent * scale / 2
    centre = np.clip(centre, half + 4, np.array([w, h]) - 5 - half)
    if close_up:
        scale *= rng.uniform(1.05, 1.5)
        drift = np.array([rng.normal(0, .10), abs(rng.normal(.12, .10))])
        if rng.random() < .12:
            drift[1] *= -1
        centre = centre + drift * scale * extent
    return np.round(points * scale + centre)


def place_row(layout: Layout, size: int) -> np.ndarray:
    """Layout of a real row -> whole pixels on a square picture."""
    points = complete(layout.category, layout.points)
    points = np.round(points * size / _CSV_SIDE)
    known = ~layout.absent
    points[known] = np.clip(points[known], 0, size - 1)
    return points
