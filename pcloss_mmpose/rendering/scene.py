"""One picture: planned (geometry and truth), then painted."""
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from . import body
from .background import KINDS, SHARES, background
from .cloth import Colour
from .clutter import cover, neighbours
from .geometry import Frame, Points
from .layers import Patch
from .outfit import dress_lower, dress_upper
from .photo import photograph, to_jpeg
from .rows import place_row
from .shape_model import Shape, names, picture_shape, place, sample_shape
from .style import Style, random_style
from .visibility import CUT_OFF, VISIBLE, garment_box, inside, landmark_states


class Recipe(NamedTuple):
    """What all pictures of one set have in common."""
    shares: Dict[str, float]  # category -> probability
    size: int = 256  # longer side, pixels
    square: float = .3  # share of square pictures
    close_up: float = .2  # share of pictures that cut the garment off
    rows: Optional[Sequence[Shape]] = None  # instead of the shape model
    waistline: bool = False  # every dress has one, as FLD wants
    clutter: float = 1.  # share with other garments and things in front


class Scene(NamedTuple):
    """A planned picture."""
    index: int  # type: ignore[assignment]  # from 0; hides tuple.index
    category: str  # FashionAI's
    points: np.ndarray  # (24, 2) x, y in whole pixels; NaN for none
    state: np.ndarray  # (24,) 0 visible, 1 occluded, 2 cut off
    absent: np.ndarray  # (24,) the garment has no such landmark
    box: Tuple[int, int, int, int]  # x1, y1, x2, y2, inclusive pixels
    shape: Tuple[int, int] = (0, 0)  # height, width
    layers: Sequence = ()  # in the order of painting
    worn: bool = True  # by somebody
    back: bool = False  # seen from behind
    # kind of background and a colour that it resembles
    backdrop: Tuple[str, Optional[Colour]] = ('white', None)


def plan(seed: int, index: int, recipe: Recipe) -> Scene:
    """Everything about picture ``index`` but its pixels."""
    rng = np.random.default_rng([seed, index, 0])
    layout, shape, xy = _layout(seed, index, recipe, rng)
    p = {n: q for n, q in zip(names(), xy) if np.isfinite(q[0])}
    lacks = {n for n, a in zip(names(), layout.absent) if a and n in p}
    if recipe.waistline and layout.category == 'dress':
        lacks -= {'waistline_left', 'waistline_right'}
    hidden = {n for n, h in zip(names(), layout.hidden) if h}
    style = random_style(layout.category, rng, recipe.size / 256.)
    worn = rng.random() < .62
    who = body.random_person(rng)
    layers = _dressed(layout.category, p, lacks, hidden, style,
                      who if worn else None, shape, rng)
    # drawn apart: the garment is the same with and without
    if np.random.default_rng([seed, index, 2]).random() < recipe.clutter:
        states = landmark_states(p, layers, shape)
        layers = neighbours(style, shape, rng) + layers
        layers = layers + _occluders(p, hidden, states, who, worn, shape, rng)
    states = landmark_states(p, layers, shape)
    like = style.cloth.colours[0] if rng.random() < .18 else None
    backdrop = str(rng.choice(KINDS, p=SHARES)), like
    return Scene(index, layout.category, xy,
                 np.array([states.get(n, CUT_OFF) for n in names()]),
                 np.array([n not in p or n in lacks for n in names()]),
                 garment_box(layers, p, shape), shape, layers, worn,
                 style.back, backdrop)


def paint(scene: Scene, seed: int) -> bytes:
    """The JPEG file of a planned picture."""
    rng = np.random.default_rng([seed, scene.index, 1])
    kind, like = scene.backdrop
    image = background(kind, scene.shape, rng, like)
    for layer in scene.layers:
        layer.paint(image)
    return to_jpeg(photograph(image, rng), rng)


def _layout(seed: int, index: int, recipe: Recipe, rng) -> Tuple:
    """Layout, (height, width) and landmarks in pixels."""
    if recipe.rows:
        order = np.random.default_rng([seed, 2**31]).permutation(
            len(recipe.rows))
        layout = recipe.rows[order[index % len(order)]]
        return (layout, (recipe.size, recipe.size),
                place_row(layout, recipe.size))
    categories = list(recipe.shares)
    weights = np.array([recipe.shares[c] for c in categories])
    category = categories[rng.choice(len(weights), p=weights / weights.sum())]
    layout = sample_shape(category, rng)
    shape = picture_shape(rng, recipe.size, recipe.square)
    close_up = rng.random() < recipe.close_up
    while True:
        xy = place(layout, shape, close_up, rng)
        if inside(xy[np.isfinite(xy[:, 0])], shape).mean() >= .55:
            return layout, shape, xy


def _dressed(category: str, p: Points, lacks, hidden, style: Style, who,
             shape, rng) -> List:
    if 'waistband_left' in p:
        return dress_lower(category, p, hidden, style, who, shape, rng)
    waist = {'waistline_left', 'waistline_right'}
    p = {n: q for n, q in p.items()
         if n not in waist or waist <= set(p) - lacks}
    if 'center_front' not in p:
        f = Frame(p)
        p['center_front'] = f.at(f.neck, 0, rng.uniform(.12, .5))
    return dress_upper(category, p, lacks, hidden, style, who, shape, rng)


def _occluders(p: Points, hidden, states: Dict[str, int], who, worn: bool,
               shape, rng) -> List:
    """Cover what should be hidden and is not, with three things at most."""
    span = np.ptp(np.stack(list(p.values())), 0).max()
    spare = [q for n, q in p.items()
             if n not in hidden and states[n] == VISIBLE]
    out: List = []
    things = 0
    for name in sorted(hidden):
        if states[name] != VISIBLE or things == 3:
            continue
        if any(isinstance(x, Patch) and x.depth(p[name]) > 1.5 for x in out):
            continue
        if worn and name.startswith(('neckline', 'shoulder', 'center_front')) \
                and rng.random() < .8:
            out += body.strands(who, Frame(p), p[name], spare, rng)
            continue
        out += cover(p[name], spare, who, worn, .6 * span, shape, rng)
        things += 1
    return out
