"""Plane geometry in pixels: (x, y) order, a pixel's centre is an integer."""
from functools import lru_cache
from typing import List, Sequence

import cv2
import numpy as np


def lerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """Point at the fraction ``t`` of the way from ``a`` to ``b``."""
    return a + (b - a) * t


def length(v: np.ndarray) -> float:
    return float(np.hypot(v[0], v[1]))


def unit(v: np.ndarray) -> np.ndarray:
    """``v`` at length one; the zero vector becomes (0, 1)."""
    size = length(v)
    return v / size if size > 1e-6 else np.array([0., 1.])


def angle_of(v: np.ndarray) -> float:
    """Angle of ``v`` in degrees, 0 for an arrow that points down."""
    return float(np.degrees(np.arctan2(-v[0], v[1])))


def turned(v: np.ndarray, degrees: float) -> np.ndarray:
    """``v`` turned clockwise on the picture."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([c * v[0] - s * v[1], s * v[0] + c * v[1]])


@lru_cache(maxsize=None)
def _bernstein(n: int) -> np.ndarray:
    """(n, 3) weights of a quadratic curve's control points."""
    t = np.linspace(0., 1., n)
    return np.stack([(1 - t)**2, 2 * t * (1 - t), t**2], 1)


@lru_cache(maxsize=None)
def _circle(n: int) -> np.ndarray:
    """(n, 2) points of the unit circle."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.cos(t), np.sin(t)], 1)


def bezier(a: np.ndarray,
           control: np.ndarray,
           b: np.ndarray,
           n: int = 9) -> np.ndarray:
    """Quadratic curve from ``a`` to ``b``, both ends exact, (n, 2)."""
    return _bernstein(n) @ np.array([a, control, b])


def bow(a: np.ndarray, b: np.ndarray, amount: float, n: int = 9) -> np.ndarray:
    """Curve from ``a`` to ``b``, bent by ``amount`` times their distance.

    Positive bends to the right hand of somebody walking from ``a`` to ``b``
    on the picture (whose y axis points down).
    """
    normal = np.array([a[1] - b[1], b[0] - a[0]])
    return bezier(a, (a + b) / 2 + 2 * amount * normal, b, n)


def ellipse(centre: np.ndarray,
            rx: float,
            ry: float,
            degrees: float = 0.,
            n: int = 24) -> np.ndarray:
    """Closed outline of an ellipse, turned clockwise, (n, 2)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    axes = np.array([[rx * c, rx * s], [-ry * s, ry * c]])
    return _circle(n) @ axes + centre


def limb(joints: Sequence[np.ndarray],
         radii: Sequence[float]) -> List[np.ndarray]:
    """Outlines whose union is a rounded limb along ``joints``."""
    rings = [_circle(14) * r + j for j, r in zip(joints, radii)]
    return [
        cv2.convexHull(np.concatenate(pair).astype(np.float32))[:, 0]
        for pair in zip(rings, rings[1:])
    ]
