"""Where the names of landmarks go in a picture."""
from typing import List, Sequence, Tuple

import numpy as np

# Right and left of a point first: names are wider than high.
_DIRECTIONS = np.array([(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1),
                        (1, 1), (-1, 1)])


def place_labels(points: np.ndarray, sizes: Sequence[Tuple[int, int]],
                 canvas: Tuple[int, int], radius: float) -> List[np.ndarray]:
    """Place a rectangle beside each point, with as little overlap as found.

    Rectangles keep clear of each other, of the points' markers and of the
    border, where a place within twelve radii allows it.

    Args:
        points (np.ndarray): (x, y) in pixels, in shape (N, 2).
        sizes (Sequence[Tuple[int, int]]): Width and height of each.
        canvas (Tuple[int, int]): Width and height of the picture.
        radius (float): Of the markers, in pixels.

    Returns:
        list[np.ndarray]: (x1, y1, x2, y2) of each rectangle.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.deploy.labels import place_labels
        >>> place_labels(np.array([[50., 50.]]), [(20, 10)], (100, 100), 4)
        [array([56., 45., 76., 55.])]
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    markers = np.concatenate([points - radius, points + radius], axis=1)
    placed: List[np.ndarray] = []
    for point, size in zip(points, np.asarray(sizes, dtype=np.float64)):
        best, lowest = None, np.inf
        for distance in (1.5, 3, 5, 8, 12):
            # the nearest edge or corner is that far from the point
            centres = point + _DIRECTIONS * (distance * radius + size / 2)
            for centre in centres:
                box = np.concatenate([centre - size / 2, centre + size / 2])
                outside = _area(box) - _overlap(
                    box, np.array([[0, 0, *canvas]], dtype=np.float64))
                cost = outside * 4 + _overlap(
                    box, markers) + 2 * _overlap(box, np.array(placed))
                if cost < lowest:
                    best, lowest = box, cost
            if lowest <= 0:
                break
        placed.append(best)
    return placed


def _area(box: np.ndarray) -> float:
    return float(np.prod(box[2:] - box[:2]))


def _overlap(box: np.ndarray, others: np.ndarray) -> float:
    if not len(others):
        return 0.
    sides = (
        np.minimum(box[2:], others[:, 2:]) -
        np.maximum(box[:2], others[:, :2]))
    return float(np.prod(np.maximum(sides, 0), axis=1).sum())
