"""What a garment is made of and how it is cut, apart from its landmarks."""
from typing import NamedTuple, Optional, Tuple

import numpy as np

from .cloth import (Cloth, Colour, as_colour, flat, random_cloth,
                    random_colour, tint)


class Style(NamedTuple):
    """The choices of one garment."""
    cloth: Cloth
    trim: Cloth  # of collar, cuffs and bands
    seam: Colour
    neck: str  # 'round', 'v', 'square' or 'boat'
    collar: str  # 'none', 'rib', 'shirt', 'lapel' or 'hood'
    closure: str  # 'none', 'buttons', 'zip' or 'open'
    extras: Tuple[str, ...]  # some of the keys of _EXTRAS
    back: bool  # seen from behind: no closure, no print
    wave: float  # how wavy hems are, a fraction of their width
    side: Tuple[float, ...]  # curvature of the left and the right side


_COLLARS = {
    'blouse': (('none', 'rib', 'shirt', 'hood'), (.35, .28, .29, .08)),
    'dress': (('none', 'rib', 'shirt'), (.60, .22, .18)),
    'outwear': (('lapel', 'shirt', 'hood', 'none'), (.38, .27, .20, .15)),
}
_CLOSURES = {
    'blouse': (('none', 'buttons', 'zip'), (.62, .34, .04)),
    'dress': (('none', 'buttons', 'zip'), (.74, .20, .06)),
    'outwear': (('buttons', 'zip', 'open'), (.42, .24, .34)),
}
_EXTRAS = dict(
    cuffs=.4, hem=.45, pockets=.3, print=.25, belt=.3, pleats=.3, flare=.4,
    creases=.8)


def random_style(category: str,
                 rng: np.random.Generator,
                 scale: float,
                 cloth: Optional[Cloth] = None) -> Style:
    """Choose fabrics and cut.

    Args:
        category: FashionAI category.
        rng: Source of randomness.
        scale: Longer side of the picture / 256.
        cloth: Take this fabric instead of a random one.
    """
    cloth = cloth or random_cloth(rng, scale)
    ground = cloth.colours[0]
    dark = sum(ground) < 150
    seam = tint(ground, rng.uniform(.5, .8))
    if dark:
        seam = as_colour(min(255, c + 30) for c in ground)
    trims = [cloth, flat(ground), flat(cloth.colours[1]),
             flat(random_colour(rng))]
    back = rng.random() < .12
    collars, p = _COLLARS.get(category, (('none', ), (1., )))
    closures, q = _CLOSURES.get(category, (('none', ), (1., )))
    return Style(
        cloth=cloth,
        trim=trims[rng.choice(4, p=(.45, .2, .2, .15))],
        seam=seam,
        neck=str(rng.choice(['round', 'v', 'square', 'boat'],
                            p=(.55, .25, .08, .12))),
        collar=str(rng.choice(collars, p=p)),
        closure='none' if back else str(rng.choice(closures, p=q)),
        extras=tuple(k for k, v in _EXTRAS.items() if rng.random() < v),
        back=back,
        wave=float(abs(rng.normal(0, .03))),
        side=tuple(float(v) for v in rng.normal(0, .035, 2)))
