"""What is sewn to the front: collar, closure, bands, pockets, print."""
from typing import Dict, List, Tuple

import numpy as np

from .cloth import Cloth, flat, tint
from .geometry import Frame, Points, along, bezier, bow, ellipse, length, lerp
from .layers import Dots, Patch, Stroke, Text
from .style import Style


def neck_curve(p: Points, style: Style) -> np.ndarray:
    """From right to left neckline point, through center_front."""
    a, b, c = p['neckline_right'], p['neckline_left'], p['center_front']
    if style.neck == 'v':
        return np.stack([a, c, b])
    if style.neck == 'square':
        return np.stack([a, c + .75 * (a - lerp(a, b, .5)), c,
                         c + .75 * (b - lerp(a, b, .5)), b])
    return bezier(a, 2 * c - lerp(a, b, .5), b, 11)


def inside_back(p: Points, f: Frame, style: Style) -> List:
    """The back of the neck as seen through the neckline, and a hood."""
    a, b = p['neckline_left'], p['neckline_right']
    out = []
    if style.collar == 'hood':
        out.append(Patch([ellipse(f.at(f.neck, 0, .02),
                                  .62 * length(b - a), .16 * f.u,
                                  f.angle)], style.cloth, f.angle,
                         part='hood'))
    back = bow(a, b, .10)
    lining = Cloth(style.cloth.pattern,
                   tuple(tint(c, .55) for c in style.cloth.colours),
                   style.cloth.period, 0., style.cloth.seed)
    out.append(Patch([np.concatenate([back, neck_curve(p, style)])], lining,
                     f.angle, volume=.1, part='lining',
                     edges=dict(back=back)))
    return out


def collar(p: Points, f: Frame, style: Style, rng) -> List:
    """Rib, shirt collar or lapels; their corners start at the neckline."""
    a, b, c = p['neckline_left'], p['neckline_right'], p['center_front']
    curve = neck_curve(p, style)
    edges = dict(neck=curve[::-1])
    if style.collar == 'rib':
        inner = curve + .05 * f.u * f.down
        inner[[0, -1]] = curve[[0, -1]]
        return [Patch([np.concatenate([curve, inner[::-1]])], style.trim,
                      f.angle, volume=.1, part='collar',
                      marks=('neckline_left', 'neckline_right',
                             'center_front'), edges=edges),
                Stroke(inner, style.seam)]
    if style.collar not in ('shirt', 'lapel') or style.back:
        return []
    drop = rng.uniform(.10, .2) if style.collar == 'shirt' else \
        rng.uniform(.3, .55)
    out = []
    for top, sign in ((a, -1), (b, 1)):
        tip = f.at(lerp(top, c, .75 if style.collar == 'shirt' else .6),
                   sign * rng.uniform(.04, .1), drop)
        low = c if style.collar == 'shirt' else f.at(c, 0, drop + .25)
        flap = np.concatenate([bow(top, tip, -.06 * sign), low[None],
                               bow(low, top, 0.)[1:-1]])
        side = 'left' if sign < 0 else 'right'
        out += [Patch([flap], style.trim, f.angle + 30 * sign, volume=.2,
                      part='collar',
                      marks=(f'neckline_{side}', 'center_front'),
                      edges=edges),
                Stroke(flap[:len(flap) - 8], style.seam)]
    return out


def trimmings(p: Points, f: Frame, style: Style, hem: np.ndarray,
              rng) -> Tuple[List, Dict[str, np.ndarray]]:
    """Bands, closure, pockets and print; the edges where the front opens."""
    out: List = []
    u, cf, edges = f.u, p['center_front'], {}
    mid = hem[len(hem) // 2]
    if 'hem' in style.extras:
        band = hem - .07 * u * f.down
        out.append(Stroke(band[1:-1], style.seam))
    if 'belt' in style.extras and 'waistline_left' in p:
        a, b = p['waistline_left'], p['waistline_right']
        curve, half = bow(a, b, -.04), .04 * u * f.down
        out.append(
            Patch([np.concatenate([curve - half, (curve + half)[::-1]])],
                  style.trim, f.angle, part='belt',
                  marks=('waistline_left', 'waistline_right')))
        out.append(Stroke(curve + half, style.seam))
    if 'print' in style.extras and not style.back and \
            style.closure == 'none':
        out += _print(f, lerp(cf, mid, rng.uniform(.15, .35)), style, rng)
    if style.closure == 'open':
        layers, edges = _opening(p, f, mid, style, rng)
        out += layers
    elif style.closure != 'none':
        line = bow(cf, mid, rng.normal(0, .01))
        shift = .035 * u * f.right
        curve = neck_curve(p, style)
        half = len(curve) // 2
        part = .035 * u / max(length(hem[-1] - hem[0]), 1.)
        edges = dict(
            front_left=np.stack([*line[:-1] - shift, along(hem, .5 - part)]),
            front_right=np.stack([*line[:-1] + shift, along(hem, .5 + part)]),
            neck_left=curve[:half - 1:-1],
            neck_right=curve[:half + 1])
        if style.closure == 'buttons':
            out += [Stroke(line - shift, style.seam),
                    Stroke(line + shift, style.seam)]
            n = rng.integers(4, 9)
            t = (np.arange(n) + .4)[:, None] / n
            out.append(Dots(cf + (mid - cf) * t,
                            tint(style.trim.colours[1], 1.2), .018 * u))
        else:
            out.append(Stroke(line, style.seam, .04 * u))
            out.append(Stroke(line, (170, 170, 175), .012 * u))
    if 'pockets' in style.extras and not style.back:
        y = rng.choice([.25, .7])
        for side in rng.choice([(-1, 1), (-1, -1)]):
            c = lerp(cf, mid, y) + side * .22 * u * f.right
            out.append(_pocket(f, c, .09 * u, style))
    return out, edges


def _pocket(f: Frame, c: np.ndarray, r: float, style: Style) -> Stroke:
    x, y = r * f.right, r * f.down
    return Stroke(
        np.stack([c - x - y, c - x + y, c + 1.4 * y, c + x + y, c + x - y,
                  c - x - y]), style.seam, .012 * f.u)


def _print(f: Frame, c: np.ndarray, style: Style, rng) -> List:
    ink, r = style.cloth.colours[2], rng.uniform(.1, .2) * f.u
    kind = rng.integers(3)
    if kind == 0:
        word = str(rng.choice(['NYC', 'LOVE', 'PARIS', '1984', 'HELLO']))
        scale = 2.2 * r / (20. * len(word))
        return [Text(c - (1.1 * r, 0), word, ink, scale)]
    if kind == 1:
        return [Patch([ellipse(c, r, r * .9)], flat(ink), volume=0.),
                Dots(c + r * np.array([[-.4, -.2], [.4, -.2]]),
                     style.cloth.colours[0], .14 * r)]
    t = np.radians(np.arange(10) * 36 - 90)[:, None]
    spokes = np.where(np.arange(10) % 2 == 0, r, .45 * r)[:, None]
    star = c + spokes * np.concatenate([np.cos(t), np.sin(t)], 1)
    return [Patch([star], flat(ink), volume=0.)]


def _opening(p: Points, f: Frame, mid: np.ndarray, style: Style, rng):
    """What is worn under an open coat."""
    w = rng.uniform(.05, .25) * f.u * f.right
    a, b = p['neckline_left'], p['neckline_right']
    left = bow(lerp(a, b, .1), mid - w, .05)
    right = bow(lerp(b, a, .1), mid + w, -.05)
    inner = np.concatenate([
        left,
        bow(mid + w, lerp(b, a, .1), .05), p['center_front'][None]
    ])
    under = Cloth('plain', (style.cloth.colours[2], ) * 3)
    return [
        Patch([inner], under, f.angle, volume=.1),
        Stroke(left, style.seam),
        Stroke(right, style.seam)
    ], dict(front_left=left, front_right=right,
            neck_left=np.stack([a, left[0]]),
            neck_right=np.stack([b, right[0]]))
