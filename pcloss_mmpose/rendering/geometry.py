"""Plane geometry in pixels: (x, y) order, a pixel's centre is an integer."""
from functools import lru_cache
from typing import Dict, List, Sequence

import cv2
import numpy as np

Points = Dict[str, np.ndarray]
SIDES = ('left', 'right')


def lerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """Point at the fraction ``t`` of the way from ``a`` to ``b``."""
    return a + (b - a) * t


def along(line: np.ndarray, t: float) -> np.ndarray:
    """Point at the fraction ``t`` of a line's segments, (2,)."""
    k = min(int(t * (len(line) - 1)), len(line) - 2)
    return lerp(line[k], line[k + 1], t * (len(line) - 1) - k)


def length(v: np.ndarray) -> float:
    return float(np.hypot(v[0], v[1]))


def unit(v: np.ndarray) -> np.ndarray:
    """``v`` at length one; the zero vector becomes (0, 1)."""
    size = length(v)
    return v / size if size > 1e-6 else np.array([0., 1.])


def angle_of(v: np.ndarray) -> float:
    """Angle of ``v`` in degrees, 0 for an arrow that points down."""
    return float(np.degrees(np.arctan2(-v[0], v[1])))


def normal(v: np.ndarray) -> np.ndarray:
    """``v`` turned clockwise on the picture by a right angle."""
    return np.array([-v[1], v[0]])


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
    return bezier(a, (a + b) / 2 + 2 * amount * normal(b - a), b, n)


def box(centre: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Outline of a parallelogram with the half axes ``x`` and ``y``."""
    return np.stack([centre - x - y, centre + x - y, centre + x + y,
                     centre - x + y])


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


class Frame:
    """The garment's own directions and its size on the picture.

    Attributes:
        down, right: Unit vectors, hem-ward and to the image's right.
        u: Shoulder width in pixels (of a frontal view, when turned aside).
        neck, hem: Middle of the neckline and of the hem.
    """

    def __init__(self, p: Points):
        hem = 'hemline' if 'hemline_left' in p else 'top_hem'
        self.hem_left, self.hem_right = p[hem + '_left'], p[hem + '_right']
        self.neck = lerp(p['neckline_left'], p['neckline_right'], .5)
        self.hem = lerp(self.hem_left, self.hem_right, .5)
        self.down = unit(self.hem - self.neck)
        self.right = np.array([self.down[1], -self.down[0]])
        across = length(p['shoulder_right'] - p['shoulder_left'])
        depth = length(
            lerp(p['armpit_left'], p['armpit_right'], .5) - self.neck)
        self.u = max(across, 1.2 * depth, 8.)
        self.hem_name = hem
        self.angle = angle_of(self.down)

    def at(self, origin: np.ndarray, x: float, y: float) -> np.ndarray:
        """``origin`` moved by x, y shoulder widths along right, down."""
        return origin + self.u * (x * self.right + y * self.down)
