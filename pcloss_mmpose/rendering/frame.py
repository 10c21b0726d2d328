"""The directions and the size of a garment on the picture."""
from typing import Dict

import numpy as np

from .geometry import angle_of, length, lerp, unit

Points = Dict[str, np.ndarray]
SIDES = ('left', 'right')


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
