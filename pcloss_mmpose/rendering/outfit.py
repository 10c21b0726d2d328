"""What else a person wears: the other half of the outfit, and shoes."""
from typing import List

from . import body, lower, upper
from .cloth import flat, random_colour
from .frame import SIDES, Frame, Points
from .front import collar, inside_back
from .geometry import ellipse, length, lerp, limb, unit
from .layers import Patch
from .shape_model import sample_points
from .style import Style, random_style


def strangers(layers: List) -> List:
    """Mark layers as not of the garment that the picture is about."""
    for layer in layers:
        if isinstance(layer, Patch):
            layer.part, layer.marks = 'other', ()
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


def worn_below(p, f, who, category, tuck, shape, rng) -> List:
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
        return strangers(lower.trousers(q, style, rng))
    end = centre + rng.uniform(.6, 1.4) * f.u * f.down
    q['hemline_left'] = end - half * rng.uniform(1., 1.6)
    q['hemline_right'] = end + half * rng.uniform(1., 1.6)
    return strangers(
        body.legs(who, q['hemline_left'], q['hemline_right'], f.down, f.u,
                  rng) + lower.skirt(q, style, rng))


def feet(p: Points, who, width: float, rng) -> List:
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
            out.append(
                Patch(limb([end - 1.1 * rest * way, end - .6 * rest * way,
                            end], [r, r * .9, r * .6]), who.skin, volume=.45,
                      part='leg'))
            r *= .7
        out.append(Patch([ellipse(end + .5 * r * way, r * rng.uniform(.8, 1.1),
                                  r)], shoe, part='shoe'))
    return out


def worn_above(wl, wr, down, over, who, shape, rng) -> List:
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
    return strangers(whole_upper(q, style, who, rng))
