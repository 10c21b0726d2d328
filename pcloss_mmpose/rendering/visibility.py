"""What of a garment can be seen, from the outlines alone."""
from typing import Callable, Dict, List, Mapping, Sequence, Tuple, TypeVar

import cv2
import numpy as np

from .geometry import Points, ellipse
from .layers import Patch, cut_mask

Name = TypeVar('Name')
VISIBLE, OCCLUDED, CUT_OFF = 0, 1, 2


def inside(points: np.ndarray, shape: Tuple[int, int]) -> np.ndarray:
    """Whether points (..., 2) lie on a picture of (height, width)."""
    with np.errstate(invalid='ignore'):
        return ((points >= 0) & (points <= (shape[1] - 1, shape[0] - 1))
                ).all(-1)


def landmark_states(p: Mapping[Name, np.ndarray], layers: Sequence,
                    shape: Tuple[int, int],
                    owns: Callable = lambda x, name: name in x.marks
                    ) -> Dict[Name, int]:
    """Visible, occluded or cut off.

    A landmark is occluded when something painted after the pieces that own
    it, by default those whose corner it is, lies over it by more than a pixel
    (of a picture of 256), or over all of these pieces around it.
    """
    pixel = max(shape) / 256.
    patches = [x for x in layers if isinstance(x, Patch)]
    states = {}
    for name, point in p.items():
        if not inside(point, shape):
            states[name] = CUT_OFF
            continue
        own = [k for k, x in enumerate(patches) if owns(x, name)]
        later = [] if not own else patches[own[-1] + 1:]
        over = [(x, x.depth(point)) for x in later]
        near = [x for x, depth in over if depth > -3 * pixel]
        covered = any(depth > max(.75, pixel) for _, depth in over)
        if not covered and near:
            covered = _buried(point, [patches[k] for k in own], near,
                              2.5 * pixel)
        states[name] = OCCLUDED if covered else VISIBLE
    return states


def _buried(point: np.ndarray, own: Sequence[Patch], near: Sequence[Patch],
            radius: float) -> bool:
    """Whether ``near`` covers what ``own`` has around ``point``."""
    ring = [q for q in ellipse(point, radius, radius, n=12)
            if any(x.depth(q) > 0 for x in own)]
    return bool(ring) and all(any(x.depth(q) > 0 for x in near) for q in ring)


def garment_box(layers: Sequence, p: Points,
                shape: Tuple[int, int]) -> Tuple[int, int, int, int]:
    """Box around the garment and its landmarks on the picture.

    Returns:
        x1, y1, x2, y2 in pixels, inclusive.
    """
    corners: List[np.ndarray] = [q for q in p.values() if inside(q, shape)]
    for x in layers:
        if not isinstance(x, Patch) or not x.part:
            continue
        corner, mask = cut_mask(x.polygons, shape)
        if mask is None:
            continue
        x, y, w, h = cv2.boundingRect((mask > 127).astype(np.uint8))
        if w:
            corners += [corner + (x, y), corner + (x + w - 1, y + h - 1)]
    low, high = np.min(corners, 0), np.max(corners, 0)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
