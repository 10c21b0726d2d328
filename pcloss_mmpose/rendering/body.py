"""The person in or behind the garment: head, neck, arms, legs."""
from typing import List, NamedTuple

import numpy as np

from .cloth import Cloth, as_colour, flat, random_colour, tint
from .geometry import (Frame, Points, bow, ellipse, length, lerp, limb, normal,
                       turned, unit)
from .layers import Dots, Patch, Stroke
from .upper import arm_root

_SKINS = ((176, 205, 240), (150, 185, 228), (120, 160, 210), (85, 125, 180),
          (60, 90, 140), (45, 65, 100))
_HAIRS = ((20, 22, 28), (30, 40, 60), (50, 75, 115), (90, 140, 190),
          (60, 60, 150), (160, 160, 165))


class Person(NamedTuple):
    """Colours and build of a person."""
    skin: Cloth
    hair: Cloth
    long_hair: bool
    arm: float  # thickness of the upper arm, shoulder widths


def random_person(rng: np.random.Generator) -> Person:
    skin = as_colour(
        np.clip(c + rng.normal(0, 8), 10, 250)
        for c in _SKINS[rng.integers(len(_SKINS))])
    hair = _HAIRS[rng.integers(len(_HAIRS))]
    return Person(flat(skin), flat(hair), bool(rng.random() < .6),
                  float(rng.uniform(.085, .12)))


def head_and_neck(who: Person, f: Frame, p: Points, back: bool,
                  rng: np.random.Generator) -> List:
    """Behind the garment's front: hair, head, neck and the open chest."""
    u = f.u
    head = f.at(f.neck, rng.normal(0, .05), -rng.uniform(.40, .48))
    rx, ry = .20 * u, .27 * u
    lean = f.angle + rng.normal(0, 6)
    low, wide, high = (.14, 1.35, 1.5) if who.long_hair else (-.05, 1.1, 1.)
    out: List = [
        Patch([ellipse(f.at(head, 0, low), rx * wide, ry * high, lean)],
              who.hair, volume=.3)
    ]
    chest = p['center_front']
    a, b = p['neckline_left'], p['neckline_right']
    half = min(.12 * u, .5 * length(b - a))
    neck = np.stack([
        f.at(head, 0, .1) - half * f.right,
        lerp(f.neck, a, .9), lerp(f.neck, a, .95) + .3 * (chest - f.neck),
        chest + .02 * u * f.down,
        lerp(f.neck, b, .95) + .3 * (chest - f.neck),
        lerp(f.neck, b, .9),
        f.at(head, 0, .1) + half * f.right
    ])
    out.append(Patch([neck], who.skin, volume=.25))
    if back:
        return out + [Patch([ellipse(head, rx, ry * 1.05, lean)], who.hair,
                            volume=.5)]
    out.append(Patch([ellipse(head, rx, ry, lean)], who.skin, volume=.35))
    eyes = np.stack([f.at(head, -.07, -.01), f.at(head, .07, -.01)])
    out += [
        Dots(eyes, (40, 35, 35), .018 * u),
        Stroke(bow(f.at(head, -.06, .13), f.at(head, .06, .13), -.15),
               (80, 80, 170), .02 * u),
        Stroke(bow(f.at(head, 0, .0), f.at(head, .015, .06), .1),
               tint(who.skin.colours[0], .8), .012 * u)
    ]
    fringe = np.concatenate([
        ellipse(head, rx * 1.05, ry * 1.05, lean, 24)[12:],
        bow(f.at(head, .19, -.02), f.at(head, -.19, -.02),
            -rng.uniform(.2, .45), 9)
    ])
    return out + [Patch([fringe], who.hair, volume=.3)]


def bare(who: Person, joints, radii) -> Patch:
    """A bare arm or leg along ``joints``."""
    return Patch(limb(joints, radii), who.skin, volume=.45)


def hand(at: np.ndarray, direction: np.ndarray, size: float, skin: Cloth,
         rng: np.random.Generator) -> List:
    """A palm and four fingers; ``size`` is the palm's radius in pixels."""
    d = unit(direction)
    n = normal(d)
    polygons = [ellipse(at, size, size * .9)]
    spread = rng.uniform(4, 14)
    for k in range(4):
        way = turned(d, (k - 1.5) * spread)
        root = at + n * size * (k - 1.5) * .5 + d * size * .4
        polygons += limb([root, root + way * size * rng.uniform(1.1, 1.7)],
                         [size * .27, size * .2])
    side = n * rng.choice([-1, 1])
    polygons += limb([at, at + side * size * 1.1 + d * size * .6],
                     [size * .3, size * .2])
    return [Patch(polygons, skin, volume=.3)]


def bare_arm(who: Person, f: Frame, p: Points, side: str, pose: str,
             rng: np.random.Generator) -> List:
    """A whole arm from the shoulder; for what the sleeve leaves bare.

    ``pose``: 'hang', 'hip', 'raised', 'across' or 'behind'.
    """
    sign = -1 if side == 'left' else 1
    root = f.at(arm_root(p, side), -sign * .02, 0)
    r = who.arm * f.u
    (ex, ey), (wx, wy) = {
        'hang': ((.10, .52), (.04, .5)),
        'hip': ((.30, .40), (-.24, .30)),
        'raised': ((.32, -.30), (-.05, -.50)),
        'across': ((.06, .48), (-.42, .05)),
        'behind': ((.14, .45), (-.22, .25)),
    }[pose]
    elbow = f.at(root, sign * (ex + rng.normal(0, .04)),
                 ey + rng.normal(0, .04))
    wrist = f.at(elbow, sign * (wx + rng.normal(0, .05)),
                 wy + rng.normal(0, .05))
    arm = bare(who, [root, elbow, wrist], [r, r * .8, r * .55])
    return [arm] + hand(wrist + .05 * f.u * unit(wrist - elbow),
                        wrist - elbow, .075 * f.u, who.skin, rng)


def sleeved_hand(who: Person, f: Frame, p: Points, side: str,
                 rng: np.random.Generator) -> List:
    """What comes out of a sleeve: the rest of the forearm and a hand."""
    out_, in_ = p[f'cuff_{side}_out'], p[f'cuff_{side}_in']
    end = lerp(out_, in_, .5)
    axis = end - arm_root(p, side)
    rest = max(.12, 1.02 - length(axis) / f.u) * f.u
    way = turned(unit(axis), rng.normal(0, 14))
    if rest > .45 * f.u:  # a short sleeve: down to the elbow and on
        elbow = end + .3 * rest * unit(axis)
        way = turned(unit(axis), rng.choice([-1, 1]) * rng.uniform(0, 60))
    else:
        elbow = end
    wrist = elbow + way * (rest - length(elbow - end))
    start = lerp(end, arm_root(p, side), .15)
    wide = max(.05 * f.u, min(.42 * length(out_ - in_), .1 * f.u))
    arm = bare(who, [start, elbow, wrist], [wide, wide * .9, .05 * f.u])
    return [arm] + hand(wrist + .05 * f.u * way, way, .072 * f.u, who.skin,
                        rng)


def legs(who: Person, left: np.ndarray, right: np.ndarray, down: np.ndarray,
         size: float, rng: np.random.Generator) -> List:
    """Two bare legs from a hem downwards, with shoes."""
    out = []
    shoe = flat(random_colour(rng))
    for t in (.27, .73):
        top = lerp(left, right, t) - .3 * size * down
        end = top + size * turned(down, rng.normal(0, 4))
        knee = lerp(top, end, .45)
        r = min(.26 * length(right - left), .16 * size)
        out += [bare(who, [top, knee, end], [r, r * .75, r * .5]),
                Patch([ellipse(end + .05 * size * down, r * .7, r * .9)],
                      shoe)]
    return out


def strands(who: Person, f: Frame, point: np.ndarray, avoid: List[np.ndarray],
            rng: np.random.Generator) -> List:
    """Long hair that falls from the head over ``point``."""
    best, least = None, 99
    for _ in range(5):
        sign = 1 if (point - f.neck) @ f.right > 0 else -1
        top = f.at(f.neck, sign * rng.uniform(.17, .22), -.45)
        width = rng.uniform(.06, .12) * f.u
        end = point + rng.uniform(.08, .3) * f.u * f.down + \
            rng.normal(0, .02, 2) * f.u
        temple = f.at(f.neck, sign * rng.uniform(.18, .26), -.2)
        polygons = limb([top, temple, point, end],
                        [width * .6, width * .8, width, width * .4])
        lock = Patch(polygons, who.hair, volume=.4)
        hit = sum(lock.depth(q) > -1 for q in avoid)
        if hit < least:
            best, least = lock, hit
    return [best]
