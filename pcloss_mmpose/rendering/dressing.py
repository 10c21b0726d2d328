"""The garment of the picture together with whoever wears it."""
from typing import List, Sequence, Set, Tuple

import numpy as np

from . import body, lower, upper
from .cloth import random_colour
from .frame import SIDES, Frame, Points
from .front import collar, inside_back
from .geometry import bow, length, lerp, unit
from .layers import Patch, Shadow, Stroke
from .outfit import feet, worn_above, worn_below
from .style import Style


def _shadow(layers: Sequence, rng) -> List:
    """What the garment casts on the wall or table behind it."""
    parts = [q for x in layers if isinstance(x, Patch) for q in x.polygons]
    spread = np.ptp(np.concatenate(parts), 0).max()
    return [Shadow(parts, rng.normal(0, .02, 2) * spread,
                   rng.uniform(.1, .5))]


def dress_upper(category: str, p: Points, lacks: Set[str], hidden: Set[str],
                style: Style, who, shape, rng) -> List:
    """A blouse, coat or dress, in painting order.

    Args:
        category: FashionAI category.
        p: Landmarks in pixels; with 'center_front'.
        lacks: Landmarks that the garment does not have.
        hidden: Landmarks that should end up hidden, where the garment itself
            or the body can do it.
        style: Fabrics and cut.
        who: Who wears it, None for a shop picture.
        shape: (height, width) of the picture.
        rng: Source of randomness.
    """
    f = Frame(p)
    bare = {s for s in SIDES if f'cuff_{s}_out' in lacks}
    straps = {s for s in bare if f'shoulder_{s}' in lacks}
    below, behind, above = [], [], []
    if who:
        tuck = category != 'dress' and {'top_hem_left', 'top_hem_right'
                                        } <= hidden
        (above if tuck else below).extend(
            worn_below(p, f, who, category, tuck, shape, rng))
        behind = body.head_and_neck(who, f, p, style.back, rng)
    elif rng.random() < .35:
        behind = _hanger(p, f, rng)
    main = upper.torso(p, f, style, straps, rng) + collar(p, f, style, rng)
    early, late = [], []
    spare = [q for n, q in p.items() if n not in hidden and n not in lacks]
    for k in rng.permutation(2):
        a, b = _arm(p, f, style, SIDES[k], SIDES[k] in bare, who, hidden,
                    spare, rng)
        early += a
        late += b
    return (below + _shadow(main + early + late, rng) +
            inside_back(p, f, style) + behind + early + main + above +
            late)


def _arm(p, f, style, side, bare, who, hidden, spare, rng) -> Tuple:
    """Layers of one arm behind the garment's body, and in front of it."""
    armpit = f'armpit_{side}' in hidden
    if bare:
        if not who:
            return [], []
        pose = str(
            rng.choice(['hang', 'hip', 'raised', 'across', 'behind'],
                       p=(.55, .2, .05, .15, .05) if armpit else
                       (.38, .2, .22, .05, .15)))
        arm = body.bare_arm(who, f, p, side, pose, rng)
        behind = not armpit or pose == 'behind' or _hits(arm, spare) > 1
        return (arm, []) if behind else ([], arm)
    pieces = upper.sleeve(p, f, style, side, armpit, rng.normal(0, .05), rng)
    arm = body.sleeved_hand(who, f, p, side, rng) if who else []
    if {f'cuff_{side}_in', f'cuff_{side}_out'} <= hidden:
        return arm + pieces, []  # held behind the back
    if _hits(arm, spare) and rng.random() < .8:
        return arm, pieces
    return [], arm + pieces


def _hits(layers: Sequence, points: Sequence[np.ndarray]) -> int:
    patches = [x for x in layers if isinstance(x, Patch)]
    return sum(any(x.depth(q) > 1 for x in patches) for q in points)


def _hanger(p: Points, f: Frame, rng) -> List:
    top = f.at(f.neck, 0, -.12)
    wood = random_colour(rng)
    hook = np.concatenate([
        f.at(f.neck, 0, .03)[None],
        bow(top, f.at(top, .05, -.06), -.5), f.at(top, .0, -.1)[None]
    ])
    bar = np.stack([lerp(f.neck, p['neckline_left'], .9),
                    f.at(f.neck, 0, .02),
                    lerp(f.neck, p['neckline_right'], .9)])
    return [Stroke(hook, (150, 150, 155), .02 * f.u),
            Stroke(bar, wood, .05 * f.u)]


def dress_lower(category: str, p: Points, hidden: Set[str], style: Style,
                who, shape, rng) -> List:
    """A skirt or trousers, in painting order; arguments as above."""
    make = lower.trousers if category == 'trousers' else lower.skirt
    main = make(p, style, rng)
    out = _shadow(main, rng) + main
    if not who:
        return out
    wl, wr = p['waistband_left'], p['waistband_right']
    end = 'bottom_{}_out' if category == 'trousers' else 'hemline_{}'
    ends = [p[end.format(s)] for s in SIDES]
    down = unit(lerp(ends[0], ends[1], .5) - lerp(wl, wr, .5))
    over = {'waistband_left', 'waistband_right'} <= hidden
    top = worn_above(wl, wr, down, over, who, shape, rng)
    if category == 'skirt':
        under = body.legs(who, ends[0], ends[1], down, 1.3 * length(wr - wl),
                          rng)
    else:
        under = feet(p, who, length(wr - wl), rng)
    return under + out + top if over else under + top + out
