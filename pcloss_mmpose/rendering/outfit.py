"""The garment of the picture, whoever wears it, and what else they wear."""
from typing import List, Sequence, Set, Tuple

import numpy as np

from . import body, lower, upper
from .cloth import flat, random_colour
from .front import collar, inside_back
from .geometry import SIDES, Frame, Points, bow, ellipse, length, lerp, unit
from .layers import Patch, Shadow, Stroke
from .shape_model import sample_points
from .style import Style, random_style


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
    below: List = []
    behind: List = []
    above: List = []
    if who:
        tuck = category != 'dress' and {'top_hem_left', 'top_hem_right'
                                        } <= hidden
        (above if tuck else below).extend(
            _worn_below(f, who, category, tuck, shape, rng))
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
    main = lower.MAKE[category](p, style, rng)
    out = _shadow(main, rng) + main
    if not who:
        return out
    wl, wr = p['waistband_left'], p['waistband_right']
    down = lower.down_of(p)
    over = {'waistband_left', 'waistband_right'} <= hidden
    top = _worn_above(wl, wr, down, over, who, shape, rng)
    if category == 'skirt':
        under = body.legs(who, p['hemline_left'], p['hemline_right'], down,
                          1.3 * length(wr - wl), rng)
    else:
        under = _feet(p, who, length(wr - wl), rng)
    return under + out + top if over else under + top + out


def strangers(layers: List, second: bool = False) -> List:
    """Mark layers as not of the garment that the picture is about."""
    for layer in layers:
        if isinstance(layer, Patch):
            layer.second = second and bool(layer.part)
            layer.part, layer.marks = '', ()
    return layers


def whole_upper(p: Points, style: Style, who, rng) -> List:
    """A complete garment with sleeves, worn when ``who`` is a person."""
    f = Frame(p)
    out = inside_back(p, f, style)
    if who:
        out += body.head_and_neck(who, f, p, False, rng)
    out += upper.torso(p, f, style, set(), rng) + collar(p, f, style, rng)
    for side in SIDES:
        if who:
            out += body.sleeved_hand(who, f, p, side, rng)
        out += upper.sleeve(p, f, style, side, True, 0., rng)
    return out


def _worn_below(f, who, category, tuck, shape, rng) -> List:
    """Bare legs, or a skirt or trousers, from the hem downwards."""
    if category == 'dress':
        return body.legs(who, f.hem_left, f.hem_right, f.down,
                         rng.uniform(.7, 1.1) * f.u, rng)
    style = random_style('trousers', rng, max(shape) / 256.)
    half = .5 * (f.hem_right - f.hem_left) * (1.12 if tuck else .92)
    centre = f.at(f.hem, 0, -.09 if tuck else -.25)
    q = dict(waistband_left=centre - half, waistband_right=centre + half)
    size = rng.uniform(1.7, 2.3) * f.u
    if rng.random() < .7:
        end = centre + size * f.down
        q['crotch'] = centre + .36 * size * f.down
        for side, s in zip(SIDES, (-1, 1)):
            q[f'bottom_{side}_out'] = end + s * half * rng.uniform(.8, 1.1)
            q[f'bottom_{side}_in'] = end + s * half * .3
        return strangers(lower.trousers(q, style, rng), True)
    end = centre + rng.uniform(.6, 1.4) * f.u * f.down
    q['hemline_left'] = end - half * rng.uniform(1., 1.6)
    q['hemline_right'] = end + half * rng.uniform(1., 1.6)
    return strangers(
        body.legs(who, q['hemline_left'], q['hemline_right'], f.down, f.u,
                  rng) + lower.skirt(q, style, rng), True)


def _feet(p: Points, who, width: float, rng) -> List:
    """Shoes, and the bare legs below shorts."""
    out, shoe = [], flat(random_colour(rng))
    for side in SIDES:
        a, b = p[f'bottom_{side}_out'], p[f'bottom_{side}_in']
        end = lerp(a, b, .5)
        way = unit(end - lerp(p[f'waistband_{side}'], p['crotch'], .6))
        rest = 1.9 * width - length(end - p['crotch'])
        r = min(.38 * length(a - b), .2 * width)
        if rest > .4 * width:
            end = end + rest * way
            out.append(body.bare(
                who, [end - 1.1 * rest * way, end - .6 * rest * way, end],
                [r, r * .9, r * .6]))
            r *= .7
        out.append(Patch([ellipse(end + .5 * r * way, r * rng.uniform(.8, 1.1),
                                  r)], shoe))
    return out


def _worn_above(wl, wr, down, over, who, shape, rng) -> List:
    """A blouse on the same person, tucked in or over the waistband."""
    q = sample_points('blouse', rng)
    width = length(wr - wl)
    a, b = q['top_hem_left'], q['top_hem_right']
    grow = width * (1.35 if over else .95) / length(b - a)
    across = unit(wr - wl)
    origin = lerp(wl, wr, .5) + (.28 if over else .06) * width * down
    middle = lerp(a, b, .5)
    q = {n: origin + grow * ((v - middle)[0] * across +
                             (v - middle)[1] * down) for n, v in q.items()}
    style = random_style('blouse', rng, max(shape) / 256.)
    return strangers(whole_upper(q, style, who, rng), True)
