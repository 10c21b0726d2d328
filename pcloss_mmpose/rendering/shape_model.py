"""Landmark layouts drawn from FashionAI's shape model.

The figures in ``shape_model.json`` (mean shape, modes of variation, rates of
occlusion and absence) were computed from 31,631 FashionAI annotations. A shape
is mean + sum of modes, each mode scaled by its standard deviation; its unit is
the longer side of the box around the landmarks, its origin the box's centre.
"""
import json
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

import numpy as np

# Angle between sleeve and side in degrees below which the sleeve hangs over
# the armpit. The spread is that of real rows, where the share of hidden
# armpits falls from .6 to .3 over some 60 degrees; the limits make their share
# the model's.
_GAP = dict(blouse=4., outwear=7., dress=-7.)
_GAP_SPREAD = 25.
# Share of landmarks that sleeves, hands and the other leg hide by themselves;
# something else has to hide only the rest.
_SELF = dict(
    blouse=dict(top_hem=.08),
    outwear=dict(top_hem=.02),
    dress=dict(waistline=.03),
    trousers=dict(bottom_left_in=.04, bottom_right_in=.04))


class Shape(NamedTuple):
    """Where a garment's landmarks are, before anything is painted.

    ``points`` are in units of the garment's longer side (sampled) or of a
    512-pixel picture (read); NaN for landmarks that the category lacks and,
    in rows that were read, for absent ones.
    """
    category: str  # one of the five of FashionAI
    points: np.ndarray  # (24, 2) x, y
    absent: np.ndarray  # (24,) the garment lacks the landmark
    hidden: np.ndarray  # (24,) something ought to hide it


@lru_cache(maxsize=None)
def figures() -> dict:
    """The shape model, arrays as float64."""
    path = Path(__file__).with_name('shape_model.json')
    model = json.loads(path.read_text())
    for c in model['categories'].values():
        for key in ('mean', 'modes', 'p_absent', 'p_occluded'):
            c[key] = np.array(c[key])
    return model


def names() -> List[str]:
    """The 24 landmark names in FashionAI's order."""
    return figures()['landmarks']


def _events(rng: np.random.Generator, rate: np.ndarray,
            index: List[int]) -> np.ndarray:
    """Bernoulli draws; in half of the cases both sides share their fate."""
    u = rng.random(len(rate))
    together = rng.random(len(rate)) < .5
    labels = [names()[i] for i in index]
    for i, name in enumerate(labels):
        if 'left' in name and together[i]:
            u[labels.index(name.replace('left', 'right'))] = u[i]
    return u < rate


def _plausible(p: Dict[str, np.ndarray]) -> bool:
    """Left of a pair is left of right, necklines above hems."""
    for name, point in p.items():
        if 'left' in name and not name.startswith(('cuff', 'bottom')):
            if p[name.replace('left', 'right')][0] - point[0] < .04:
                return False
    tops = [p[n][1] for n in p if n.startswith(('neckline', 'waistband'))]
    ends = [p[n][1] for n in p if n.startswith(('top_hem', 'hemline'))]
    return not ends or max(tops) < min(ends) - .2


def sample_shape(category: str, rng: np.random.Generator) -> Shape:
    """Draw one layout of ``category`` from the shape model."""
    c = figures()['categories'][category]
    index = c['landmark_indices']
    for _ in range(20):
        z = np.clip(rng.standard_normal(len(c['modes'])), -2.2, 2.2)
        shape = c['mean'] + np.tensordot(z, c['modes'], 1)
        if _plausible({names()[i]: p for i, p in zip(index, shape)}):
            break
    else:
        shape = c['mean']
    points = np.full((24, 2), np.nan)
    absent, hidden = np.ones(24, bool), np.zeros(24, bool)
    points[index] = shape
    absent[index] = _absent(rng, c['p_absent'], index)
    own = np.array([
        sum(v for k, v in _SELF.get(category, {}).items()
            if names()[i].startswith(k)) for i in index
    ])
    hidden[index] = _events(rng, (c['p_occluded'] - own) / (1 - own), index)
    for side in ('left', 'right'):
        if category in _GAP and not absent[names().index(f'cuff_{side}_in')]:
            hidden[names().index(f'armpit_{side}')] = \
                _gap(points, side) < rng.normal(_GAP[category],
                                                _GAP_SPREAD)
    return Shape(category, points, absent, hidden & ~absent)


def sample_points(category: str,
                  rng: np.random.Generator) -> Dict[str, np.ndarray]:
    """A shape of ``category``, name -> (2,), without hiding anything."""
    points = sample_shape(category, rng).points
    return {n: v for n, v in zip(names(), points) if np.isfinite(v[0])}


def _gap(points: np.ndarray, side: str) -> float:
    """Angle between the sleeve and the side, degrees; 0: arm at the side."""
    armpit, cuff, hem = (points[names().index(n)] for n in (
        f'armpit_{side}', f'cuff_{side}_in', f'top_hem_{side}'))
    if np.isnan(hem[0]):
        hem = points[names().index(f'hemline_{side}')]
    (ax, ay), (bx, by) = cuff - armpit, hem - armpit
    angle = np.degrees(np.arctan2(ax, ay) - np.arctan2(bx, by))
    angle = (angle + 180) % 360 - 180
    return -angle if side == 'left' else angle


def _absent(rng: np.random.Generator, rate: np.ndarray,
            index: List[int]) -> np.ndarray:
    """What a garment lacks, it lacks on both sides; cuffs go together."""
    gone = rng.random(len(rate)) < rate
    labels = [names()[i] for i in index]
    u = {part: rng.random() for part in ('shoulder', 'waistline', 'cuff')}
    for i, name in enumerate(labels):
        part = name.split('_')[0]
        if part in u:
            gone[i] = u[part] < rate[i]
    return gone


def picture_shape(rng: np.random.Generator, size: int,
                  square: float) -> Tuple[int, int]:
    """(height, width), the longer side ``size``."""
    if rng.random() < square:
        return size, size
    short = int(round(size * rng.choice([.625, .667, .75, .8])))
    return (size, short) if rng.random() < .9 else (short, size)


def place(layout: Shape, shape: Tuple[int, int], close_up: bool,
          rng: np.random.Generator) -> np.ndarray:
    """Sampled layout -> whole pixels on a picture of ``shape``.

    Size and centre follow the shape model's. A close-up is cut off by the
    border, else all landmarks lie inside.

    Returns:
        (24, 2): x, y; NaN where the category has no landmark.
    """
    c = figures()['categories'][layout.category]
    h, w = shape
    points = layout.points.copy()
    turn = np.radians(rng.normal(0, 4) if rng.random() < .85 else
                      rng.normal(0, 16))
    cos, sin = np.cos(turn), np.sin(turn)
    points = points @ np.array([[cos, sin], [-sin, cos]])
    points[:, 0] *= rng.normal(1, .06)
    points[:, 0] += rng.normal(0, .06) * points[:, 1]  # shear
    low, high = np.nanmin(points, 0), np.nanmax(points, 0)
    points -= (low + high) / 2
    extent = high - low
    long_side = rng.normal(c['box_long_side_mean_512'],
                           c['box_long_side_std_512']) / 512 * max(shape)
    scale = np.clip(long_side, .36 * max(shape), max(shape))
    room = np.array([w - 9., h - 9.])
    scale = min(scale, (room / extent).min())
    centre = rng.normal(c['box_centre_mean_512'],
                        c['box_centre_std_512']) / 512 * (w, h)
    half = extent * scale / 2
    centre = np.clip(centre, half + 4, np.array([w, h]) - 5 - half)
    if close_up:
        scale *= rng.uniform(1.05, 1.5)
        drift = np.array([rng.normal(0, .10), abs(rng.normal(.12, .10))])
        if rng.random() < .12:
            drift[1] *= -1
        centre = centre + drift * scale * extent
    return np.round(points * scale + centre)
