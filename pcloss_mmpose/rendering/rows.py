"""Landmark layouts read from a FashionAI key-point csv."""
import csv
from typing import List, Tuple

import numpy as np

from .shape_model import Shape, figures, names

_SIDE = 512.  # pixels, the longer side of every FashionAI picture


def complete(category: str, points: np.ndarray) -> np.ndarray:
    """Fill the landmarks that a row lacks with their likeliest position.

    The mean shape is scaled and moved to the known landmarks, then its modes
    are fitted by ridge regression.

    Args:
        category: FashionAI category.
        points: (24, 2) pixels, NaN where unknown.

    Returns:
        (24, 2): ``points`` with every landmark of the category finite.
    """
    c = figures()['categories'][category]
    index = np.array(c['landmark_indices'])
    have = np.isfinite(points[index, 0])
    if have.all():
        return points
    target = points[index][have]
    low, high = target.min(0), target.max(0)
    scale = max((high - low).max(), 1.) / np.ptp(c['mean'][have], 0).max()
    unit = (target - (low + high) / 2) / scale
    mean = c['mean'] - (c['mean'][have].min(0) + c['mean'][have].max(0)) / 2
    basis = c['modes'].transpose(1, 2, 0)
    a = basis[have].reshape(-1, basis.shape[-1])
    b = (unit - mean[have]).reshape(-1)
    z = np.linalg.solve(a.T @ a + 1e-3 * np.eye(a.shape[1]), a.T @ b)
    shape = (mean + basis @ z) * scale + (low + high) / 2
    out = np.full((24, 2), np.nan)
    out[index] = np.where(have[:, None], points[index], shape)
    return out


def read_shapes(path: str) -> List[Shape]:
    """Shapes of all rows of a FashionAI key-point csv, in its order.

    Rows with fewer than three known landmarks are left out.

    Raises:
        ValueError: naming file and line, when a row does not have the official
            form.
    """
    with open(path, newline='') as file:
        rows = list(csv.reader(file))
    header = ['image_id', 'image_category'] + names()
    if not rows or rows[0] != header:
        raise ValueError(f'{path}:1: the header is not that of a FashionAI '
                         'key-point csv (image_id, image_category, 24 names)')
    layouts = []
    for number, row in enumerate(rows[1:], 2):
        category, values = _parse(path, number, row)
        own = figures()['categories'][category]['landmark_indices']
        known = np.zeros(24, bool)
        known[own] = values[own, 2] >= 0
        if known.sum() < 3:
            continue
        points = np.where(known[:, None], values[:, :2], np.nan)
        layouts.append(
            Shape(category, points, ~known, known & (values[:, 2] == 0)))
    if not layouts:
        raise ValueError(f'{path}: no row with three known landmarks')
    return layouts


def _parse(path: str, number: int, row: List[str]) -> Tuple[str, np.ndarray]:
    where = f'{path}:{number}: '
    if len(row) != 26:
        raise ValueError(f'{where}{len(row)} fields, 26 are needed')
    if row[1] not in figures()['categories']:
        raise ValueError(f'{where}unknown category {row[1]!r}, one of '
                         f'{", ".join(figures()["categories"])} is needed')
    try:
        values = np.array([f.split('_') for f in row[2:]]).astype(int)
        if values.shape != (24, 3):
            raise ValueError
    except ValueError:
        raise ValueError(f'{where}a landmark is not of the form x_y_v with '
                         'three integers') from None
    return row[1], values


def place_row(layout: Shape, size: int) -> np.ndarray:
    """Shape of a real row -> whole pixels on a square picture."""
    points = complete(layout.category, layout.points)
    points = np.round(points * size / _SIDE)
    known = ~layout.absent
    points[known] = np.clip(points[known], 0, size - 1)
    return points
