"""Body and sleeves of blouses, coats and dresses: landmarks -> pieces."""
from typing import List, Set, Tuple

import numpy as np

from .front import neck_curve, trimmings
from .geometry import (SIDES, Frame, Points, angle_of, bezier, bow, length,
                       lerp, normal)
from .layers import Patch, Stroke
from .style import Style


def _side(p: Points, side: str, hem: np.ndarray, style: Style) -> np.ndarray:
    """From armpit to hem, through the waist where there is one."""
    armpit, waist = p[f'armpit_{side}'], p.get(f'waistline_{side}')
    bend = style.side[SIDES.index(side)] * (1 if side == 'left' else -1)
    if waist is None:
        return bow(armpit, hem, bend)
    return np.concatenate(
        [bow(armpit, waist, bend)[:-1],
         bow(waist, hem, bend)])


def _hem(f: Frame, style: Style, sag: float) -> np.ndarray:
    """From left to right, corners exact."""
    t = np.linspace(0, 1, 17)[:, None]
    line = f.hem_left + (f.hem_right - f.hem_left) * t
    drop = sag * 4 * t * (1 - t) + style.wave * np.sin(
        t * np.pi * 5)**2 * np.sin(t * np.pi)
    return line + drop * length(f.hem_right - f.hem_left) * f.down


def torso(p: Points, f: Frame, style: Style, straps: Set[str],
          rng: np.random.Generator) -> List:
    """The body of the garment and what is sewn to its front.

    ``straps``: sides on which a strap goes from neckline to armpit.
    """
    left = _side(p, 'left', f.hem_left, style)
    right = _side(p, 'right', f.hem_right, style)
    hem = _hem(f, style, rng.uniform(-.02, .10))
    sl, sr = p['shoulder_left'], p['shoulder_right']
    al, ar = p['armpit_left'], p['armpit_right']
    if 'left' in straps:
        sl = lerp(p['neckline_left'], al, .08) - .05 * f.u * f.right
    if 'right' in straps:
        sr = lerp(p['neckline_right'], ar, .08) + .05 * f.u * f.right
    hollow = rng.uniform(.08, .16)
    hole_left, hole_right = bow(sl, al, -hollow), bow(ar, sr, -hollow)
    neck = neck_curve(p, style)
    outline = np.concatenate([
        p['neckline_left'][None], hole_left[:-1], left[:-1], hem[:-1],
        right[:0:-1], hole_right, neck
    ])
    marks = ['neckline', 'shoulder', 'armpit', 'waistline', f.hem_name]
    layers = [
        Patch([outline], style.cloth, f.angle, _torso_folds(p, f, rng),
              rng.uniform(.15, .5), 'torso',
              tuple(f'{m}_{s}' for m in marks
                    for s in SIDES) + ('center_front', ),
              dict(neck=neck[::-1], hem=hem, side_left=left, side_right=right,
                   armhole_left=hole_left, armhole_right=hole_right[::-1]))
    ]
    front, edges = trimmings(p, f, style, hem, rng)
    layers[0].edges.update(edges)
    return layers + front


def _torso_folds(p: Points, f: Frame, rng) -> List[Tuple[np.ndarray, float]]:
    folds = []
    for side, sign in zip(SIDES, (1, -1)):
        for _ in range(rng.integers(1, 4)):
            a = f.at(p[f'armpit_{side}'], sign * .03, rng.uniform(-.05, .1))
            b = f.at(a, sign * rng.uniform(.1, .4), rng.uniform(0, .3))
            folds.append((bow(a, b, rng.normal(0, .1)),
                          rng.choice([-1, 1]) * rng.uniform(.15, .45)))
    for _ in range(rng.integers(2, 7)):
        a = lerp(f.hem_left, f.hem_right, rng.uniform(.05, .95))
        b = lerp(a, f.neck, rng.uniform(.15, .6))
        folds.append((bow(a, b, rng.normal(0, .06)),
                      rng.choice([-1, 1]) * rng.uniform(.1, .4)))
    return folds


def sleeve(p: Points, f: Frame, style: Style, side: str, over: bool,
           bend: float, rng) -> List:
    """One sleeve; ``over`` lets it hang in front of its armpit."""
    sign = -1 if side == 'left' else 1
    sh, ap = p[f'shoulder_{side}'], p[f'armpit_{side}']
    out_, in_ = p[f'cuff_{side}_out'], p[f'cuff_{side}_in']
    axis = lerp(out_, in_, .5) - lerp(sh, ap, .4)
    size = length(axis)
    push = bend * size * normal(axis) / max(size, 1.)
    puff = rng.uniform(0, .06) * size
    outward = sign * -normal(axis) / max(size, 1.)
    outer = bezier(sh, lerp(sh, out_, .5) + push + puff * outward, out_)
    if over:
        start = f.at(ap, -sign * .02, .17)
        root = [start, f.at(ap, -sign * .10, .03), f.at(
            lerp(ap, sh, .5), -sign * .07, 0.)]
    else:
        start, root = ap, [ap, lerp(ap, sh, .5) - sign * .06 * f.u * f.right]
    inner = bezier(in_, lerp(start, in_, .5) + push - .5 * puff * outward,
                   start)
    mouth = bow(out_, in_, -sign * rng.uniform(0, .08), 5)
    outline = np.concatenate(
        [outer[:-1], mouth[:-1], inner[:-1], np.stack(root)])
    marks: Tuple[str, ...] = (f'shoulder_{side}', f'cuff_{side}_out',
                              f'cuff_{side}_in')
    if not over:
        marks += (f'armpit_{side}', )
    folds = []
    for _ in range(rng.integers(2, 6)):
        i = rng.integers(2, 8)
        folds.append((bow(outer[i], inner[8 - i], rng.normal(0, .2))[2:7],
                      rng.choice([-1, 1]) * rng.uniform(.15, .45)))
    angle = angle_of(axis)
    layers = [
        Patch([outline], style.cloth, angle, folds, rng.uniform(.25, .6),
              f'sleeve_{side}', marks,
              {f'outer_{side}': outer, f'inner_{side}': inner}),
        Stroke(np.stack([sh, root[-1], root[-2]]), style.seam),
        Stroke(inner[::-1], style.seam)
    ]
    if 'cuffs' in style.extras and size > .3 * f.u:
        top = bow(outer[7], inner[1], -sign * .05, 5)
        layers.append(
            Patch([np.concatenate([top, mouth[::-1]])], style.trim, angle,
                  volume=.35, part='cuff', marks=marks[1:3]))
        layers.append(Stroke(top, style.seam))
    return layers


def arm_root(p: Points, side: str) -> np.ndarray:
    """The shoulder joint."""
    return lerp(p[f'shoulder_{side}'], p[f'armpit_{side}'], .45)
