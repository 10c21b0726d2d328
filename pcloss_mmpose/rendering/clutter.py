"""Other garments behind the one that the picture is about."""
from typing import List

import numpy as np

from . import lower
from .cloth import random_cloth
from .geometry import lerp
from .outfit import strangers, whole_upper
from .shape_model import figures, sample_points
from .style import Style, random_style


def neighbours(style: Style, shape, rng: np.random.Generator) -> List:
    """Up to three garments, mostly cut off, some of ``style``'s fabric.

    They have collars, cuffs and hems of their own: what a network takes for
    the landmarks it looks for.
    """
    out = []
    h, w = shape
    scale = max(shape) / 256.
    categories = list(figures()['categories'])
    for _ in range(rng.choice([0, 1, 2, 3], p=(.42, .32, .18, .08))):
        category = categories[rng.integers(len(categories))]
        size = rng.uniform(.45, .85) * max(shape)
        side = rng.choice([-1, 1])
        centre = np.array([w / 2 + side * rng.uniform(.3, .55) * w,
                           rng.uniform(.1, .9) * h])
        p = {n: v * size + centre
             for n, v in sample_points(category, rng).items()}
        cloth = style.cloth if rng.random() < .3 else random_cloth(rng, scale)
        other = random_style(category, rng, scale, cloth)
        if category == 'trousers':
            out += lower.trousers(p, other, rng)
        elif category == 'skirt':
            out += lower.skirt(p, other, rng)
        else:
            middle = lerp(p['neckline_left'], p['neckline_right'], .5)
            p.setdefault('center_front', middle + (0., .05 * size))
            out += whole_upper(p, other, None, rng)
    return strangers(out)
