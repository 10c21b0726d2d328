"""What is around the garment: others behind it, things in front of it."""
from typing import Callable, List, Sequence

import numpy as np

from . import lower
from .body import Person, bare, hand
from .cloth import flat, random_cloth, random_colour, tint
from .geometry import bow, box, ellipse, lerp, limb, normal, turned, unit
from .layers import Patch, Stroke
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
        if category in lower.MAKE:
            out += lower.MAKE[category](p, other, rng)
        else:
            middle = lerp(p['neckline_left'], p['neckline_right'], .5)
            p.setdefault('center_front', middle + (0., .05 * size))
            out += whole_upper(p, other, None, rng)
    return strangers(out)


def _hand(at, size, who, rng, scale, edge) -> List:
    """A hand at the end of an arm that comes from the picture's edge."""
    way = unit(at - edge)
    wrist = at - way * size * 1.2
    arm = [bare(who, [wrist, edge], [size * .6, size * 1.1])]
    if rng.random() < .6:  # the arm wears a sleeve of its own
        cuff = at - way * size * rng.uniform(1.9, 3.)
        arm.append(Patch(limb([cuff, edge], [size * .95, size * 1.6]),
                         random_cloth(rng, scale), volume=.5))
    return arm + hand(at, way, size, who.skin, rng)


def _bag(at, size, who, rng, scale, edge) -> List:
    w, h = size * rng.uniform(1.0, 1.5), size * rng.uniform(.8, 1.3)
    tilt = rng.normal(0, 10)
    x, y = turned(np.array([w, 0.]), tilt), turned(np.array([0., h]), tilt)
    body = np.stack([at - x * .8 - y, at + x * .8 - y, at + x + y, at - x + y])
    colour = random_colour(rng)
    seam = tint(colour, .6)
    strap = bow(body[0], body[1], rng.uniform(.4, 1.), 13)
    return [
        Stroke(strap, seam, .18 * size),
        Patch([body], flat(colour), volume=.3),
        Stroke(np.stack([lerp(body[0], body[3], .4),
                         lerp(body[1], body[2], .4)]), seam)
    ]


def _phone(at, size, who, rng, scale, edge) -> List:
    tilt = rng.uniform(-40, 40)
    x = turned(np.array([.55 * size, 0.]), tilt)
    y = turned(np.array([0., 1.05 * size]), tilt)
    return hand(at + y * .6, at - edge, size * .7, who.skin, rng) + [
        Patch([box(at, x, y)], flat(random_colour(rng)), volume=.1)
    ]


def _other_sleeve(at, size, who, rng, scale, edge) -> List:
    """The sleeve of a neighbouring garment, with a cuff of its own."""
    way = unit(at - edge)
    n = normal(way)
    end = at + way * size * rng.uniform(.6, 1.5)
    a, b = size * rng.uniform(.6, .9), size * rng.uniform(1., 1.6)
    outline = np.stack([end - n * a, end + n * a, edge + n * b, edge - n * b])
    cloth = random_cloth(rng, scale)
    band = np.stack([end - n * a, end + n * a, end + n * a - way * size * .35,
                     end - n * a - way * size * .35])
    return [
        Patch([outline], cloth, volume=.5),
        Patch([band], flat(cloth.colours[1]), volume=.3)
    ]


def _leaves(at, size, who, rng, scale, edge) -> List:
    green = (int(rng.integers(30, 80)), int(rng.integers(90, 170)),
             int(rng.integers(30, 90)))
    polygons = []
    for k in range(rng.integers(3, 6)):
        way = turned(unit(edge - at), rng.normal(0, 50))
        polygons.append(
            ellipse(at + way * size * .5 * k / 2, size * .8, size * .35,
                    float(rng.uniform(0, 180))))
    polygons.append(ellipse(at, size * .6, size * .6))
    return [Patch(polygons, flat(green), volume=.2)]


def _tag(at, size, who, rng, scale, edge) -> List:
    """A price tag on a string."""
    x = turned(np.array([.6 * size, 0.]), rng.normal(0, 15))
    y = normal(x) * 1.4
    lines = [Stroke(np.stack([at - x * .6 + y * t, at + x * .6 + y * t]),
                    (90, 90, 90)) for t in (-.3, 0., .3)]
    return [
        Stroke(np.stack([at - y, at - 2.2 * y]), (200, 200, 200)),
        Patch([box(at, x, y)], flat((235, 240, 240)), volume=.05)
    ] + lines


_WORN: Sequence[Callable] = (_hand, _hand, _hand, _bag, _phone, _other_sleeve)
_SHOP: Sequence[Callable] = (_bag, _other_sleeve, _other_sleeve, _leaves,
                             _tag, _hand)


def cover(point: np.ndarray, avoid: Sequence[np.ndarray], who: Person,
          worn: bool, u: float, shape, rng: np.random.Generator) -> List:
    """Something in front of ``point`` that spares the points of ``avoid``.

    Args:
        point: (2,) pixels, ends up at least two pixels inside.
        avoid: Landmarks that should stay visible; as many as possible do.
        who: Owner of the hands.
        worn: Whether somebody wears the garment (else a shop picture).
        u: Shoulder width or a comparable length in pixels.
        shape: (height, width) of the picture.
        rng: Source of randomness.
    """
    h, w = shape
    best, least = [], 99
    kinds = _WORN if worn else _SHOP
    scale = max(shape) / 256.
    for k in range(7):
        size = max(rng.uniform(.06, .17) * u / (1 + .2 * k), 5. * scale)
        at = point + rng.normal(0, .25 * size, 2)
        edges = np.array([[0, point[1]], [w, point[1]], [point[0], h],
                          [0, h], [w, h]], float)
        near = edges[np.argsort(((edges - point)**2).sum(1))[rng.integers(2)]]
        edge = near + rng.normal(0, .15, 2) * max(shape)
        edge = edge + unit(edge - point) * 3 * size
        thing = kinds[rng.integers(len(kinds))](at, size, who, rng, scale,
                                                edge)
        patches = [x for x in thing if isinstance(x, Patch)]
        if max(x.depth(point) for x in patches) < 2.:
            continue
        hit = sum(any(x.depth(q) > -.5 for x in patches) for q in avoid)
        if hit < least:
            best, least = thing, hit
    return best
