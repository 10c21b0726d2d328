"""Skirts and trousers: landmarks -> pieces, in painting order."""
from typing import List

import numpy as np

from .cloth import tint
from .geometry import SIDES, Points, angle_of, bow, length, lerp, unit
from .layers import Dots, Patch, Stroke
from .style import Style


def _waist(p: Points, bend: float) -> np.ndarray:
    return bow(p['waistband_left'], p['waistband_right'], bend)


def _band(p: Points, style: Style, bend: float) -> List:
    """The waistband, loops and a button."""
    top, down = _waist(p, bend), down_of(p)
    width = length(top[-1] - top[0])
    low = top + .07 * width * down
    marks = ('waistband_left', 'waistband_right')
    out = [
        Patch([np.concatenate([top, low[::-1]])], style.trim, angle_of(down),
              volume=.15, part='waistband', marks=marks,
              edges=dict(waist=top)),
        Stroke(low, style.seam)
    ]
    if 'belt' in style.extras:
        out += [Stroke(np.stack([top[i], low[i]]), style.seam, .025 * width)
                for i in (1, 3, 5, 7)]
    if not style.back:
        out.append(Dots(lerp(top[4], low[4], .5)[None],
                        tint(style.trim.colours[1], 1.3), .02 * width))
    return out


def down_of(p: Points) -> np.ndarray:
    """Unit vector from the middle of the waistband to that of the hem."""
    end = 'hemline_{}' if 'hemline_left' in p else 'bottom_{}_out'
    waist = lerp(p['waistband_left'], p['waistband_right'], .5)
    left, right = (p[end.format(s)] for s in SIDES)
    return unit(lerp(left, right, .5) - waist)


def skirt(p: Points, style: Style, rng) -> List:
    """One piece, a band, perhaps pleats."""
    down = down_of(p)
    bend = rng.uniform(-.06, .03)
    wl, wr = p['waistband_left'], p['waistband_right']
    hl, hr = p['hemline_left'], p['hemline_right']
    hip = rng.uniform(-.02, .10)
    t = np.linspace(0, 1, 25)[:, None]
    width = length(hr - hl)
    drop = rng.uniform(0, .12) * 4 * t * (1 - t)
    if 'flare' in style.extras:
        drop = drop + .03 * np.sin(t * np.pi * rng.integers(4, 9))**2
    hem = hl + (hr - hl) * t + drop * width * down
    hem[[0, -1]] = hl, hr
    left, right = bow(wl, hl, hip), bow(hr, wr, hip)
    outline = np.concatenate(
        [left[:-1], hem[:-1], right[:-1], _waist(p, bend)[::-1]])
    folds = []
    n = rng.integers(6, 14) if 'pleats' in style.extras else \
        rng.integers(2, 6)
    for i in range(n):
        s = (i + .5) / n + rng.normal(0, .02)
        a, b = lerp(wl, wr, s), hem[int(np.clip(s, 0, 1) * 24)]
        if 'pleats' not in style.extras:
            a = lerp(a, b, rng.uniform(.1, .6))
        folds.append((bow(a, b, rng.normal(0, .03)),
                      (-1)**i * rng.uniform(.15, .45)))
    marks = ('waistband_left', 'waistband_right', 'hemline_left',
             'hemline_right')
    out: List = [
        Patch([outline], style.cloth, angle_of(down), folds,
              rng.uniform(.15, .5), 'torso', marks,
              dict(side_left=left, side_right=right[::-1], hem=hem))
    ]
    if 'hem' in style.extras:
        out.append(Stroke((hem - .04 * width * down)[1:-1], style.seam))
    if 'pockets' in style.extras:
        out += _pockets(p, style, hl, hr)
    return out + _band(p, style, bend)


def _pockets(p: Points, style: Style, left, right) -> List:
    wl, wr = p['waistband_left'], p['waistband_right']
    return [
        Stroke(bow(lerp(a, b, .25), lerp(lerp(a, end, .22), b, .04), bend),
               style.seam)
        for a, b, end, bend in ((wl, wr, left, .1), (wr, wl, right, -.1))
    ]


def trousers(p: Points, style: Style, rng) -> List:
    """Two legs, the second over the first, a fly and a band."""
    bend = rng.uniform(-.06, .03)
    waist = _waist(p, bend)
    crotch, middle = p['crotch'], waist[4]
    first = int(rng.integers(2))
    out = []
    for k in (first, 1 - first):
        side, sign = SIDES[k], (-1, 1)[k]
        top = waist[:5] if k == 0 else waist[:3:-1]
        o, i = p[f'bottom_{side}_out'], p[f'bottom_{side}_in']
        hip = -sign * rng.uniform(-.01, .05)
        knee = rng.normal(0, .02)
        inner, outer = bow(i, crotch, knee), bow(top[0], o, hip)
        outline = np.concatenate([
            outer[:-1],
            bow(o, i, rng.uniform(-.05, .05), 5)[:-1], inner, top[::-1][:-1]
        ])
        folds = [(bow(lerp(top[0], top[-1], .5), lerp(o, i, .5), 0.), .12)] \
            if 'creases' in style.extras else []
        for _ in range(rng.integers(3, 8)):
            s = rng.choice([.1, .5, .55, .6, .9]) + rng.normal(0, .04)
            a, b = lerp(lerp(top[0], crotch, .3), o, s), lerp(crotch, i, s)
            folds.append((bow(a, lerp(a, b, rng.uniform(.4, .9)),
                              rng.normal(0, .15)),
                          rng.choice([-1, 1]) * rng.uniform(.1, .4)))
        marks = (f'waistband_{side}', f'bottom_{side}_out',
                 f'bottom_{side}_in', 'crotch')
        out += [Patch([outline], style.cloth,
                      angle_of(lerp(o, i, .5) - lerp(top[0], crotch, .5)),
                      folds, rng.uniform(.2, .5), 'torso', marks,
                      {f'side_{side}': outer, f'inner_{side}': inner}),
                Stroke(inner, style.seam)]
        if 'cuffs' in style.extras:
            a, b = lerp(o, top[0], .06), lerp(i, crotch, .07)
            out.append(Stroke(np.stack([a, b]), style.seam))
    out.append(Stroke(np.stack([middle, crotch]), style.seam))
    if not style.back:
        fly = bow(middle + .06 * (waist[-1] - waist[0]),
                  lerp(middle, crotch, .7), -.1)
        out.append(Stroke(fly, style.seam))
    out += _pockets(p, style, p['bottom_left_out'], p['bottom_right_out'])
    return out + _band(p, style, bend)


MAKE = dict(skirt=skirt, trousers=trousers)
