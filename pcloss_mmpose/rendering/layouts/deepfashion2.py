"""DeepFashion2: ``train/image/000001.jpg``, ``train/annos/000001.json``.

The same below ``validation/``; of the test there are images alone. A garment
and what the same person wears with it are two items. A landmark is a place on
an edge of the drawn garment, in the order of the data set's figure: neckline,
then around the garment from the left shoulder. There are no slings: a garment
with straps is a vest.
"""
import json
from typing import Callable, Dict, List, Optional, Tuple

import cv2
import numpy as np

from ..geometry import SIDES, along, length, lerp
from ..layers import Patch, cut_mask
from ..scene import Recipe, Scene
from ..visibility import CUT_OFF, VISIBLE, landmark_states
from .base import BaseLayout, part_of

Edge = Tuple[str, float]
_PARTS = {'train': 'train', 'val': 'validation', 'test': 'test'}
# Shares of hidden and of cut off landmarks, and of the picture, above which
# occlusion, zoom-in and scale are 2 and 3.
_OCCLUSION, _ZOOM_IN, _SCALE = (.2, .5), (0., .5), (.1, .4)


def _between(edge: str, num: int) -> List[Edge]:
    """Landmarks between the ends of an edge, evenly."""
    return [(edge, k / (num + 1)) for k in range(1, num + 1)]


def _sleeve(num: int) -> List[Edge]:
    """Shoulder, cuff and armpit with ``num`` in between, on the left."""
    return [('outer_left', 0), *_between('outer_left', num), ('outer_left', 1),
            ('inner_left', 0), *_between('inner_left', num), ('side_left', 0)]


def _mirrored(places: List[Edge]) -> List[Edge]:
    return [(edge.replace('left', 'right'), t) for edge, t in places[::-1]]


_NECK: List[Edge] = [('back', .5), ('neck', 0), ('neck', .25), ('neck', .5),
                     ('neck', .75), ('neck', 1)]
_ARMHOLE: List[Edge] = [('armhole_left', 0), ('side_left', 0)]
_TOP = _between('side_left', 2)
_DRESS = [('side_left', t) for t in (1 / 6, 1 / 3, .5, .75)]


def _upper(arm: List[Edge], side: List[Edge]) -> List[Edge]:
    left = arm + side + [('side_left', 1)]
    return _NECK + left + [('hem', .5)] + _mirrored(left)


def _outwear(arm: List[Edge], neck: List[Edge]) -> List[Edge]:
    left = arm + _TOP + [('side_left', 1)]
    return [('back', .5)] + neck + left + [('front_left', 1)] + _mirrored(
        left) + [('front_right', 0), *_between('front_right', 2),
                 ('front_right', 1), *_between('front_left', 2)]


def _lower(side: List[Edge], end: List[Edge], middle: Edge) -> List[Edge]:
    left = side + end
    return [('waist', 0), ('waist', .5), ('waist', 1)] + left + [
        middle] + _mirrored(left)


_BOTTOM: List[Edge] = [('side_left', 1), ('inner_left', 0)]
_RIGHT = [('neck_right', .5), ('neck', 1)]
#: category_id -> category_name and where its landmarks are.
CATEGORIES: Dict[int, Tuple[str, List[Edge]]] = {
    1: ('short sleeve top', _upper(_sleeve(1), _TOP)),
    2: ('long sleeve top', _upper(_sleeve(3), _TOP)),
    3: ('short sleeve outwear', _outwear(
        _sleeve(1),
        [('front_left', 0), ('neck_left', .5), ('neck', 0)] + _RIGHT)),
    4: ('long sleeve outwear', _outwear(
        _sleeve(3),
        [('neck', 0), ('neck_left', .5), ('front_left', 0)] + _RIGHT)),
    5: ('vest', _upper(_ARMHOLE, _between('side_left', 1))),
    7: ('shorts', _lower(_between('side_left', 1), _BOTTOM,
                         ('inner_left', 1))),
    8: ('trousers', _lower(_between('side_left', 2),
                           _BOTTOM + [('inner_left', .5)],
                           ('inner_left', 1))),
    9: ('skirt', _lower(_between('side_left', 1), [('side_left', 1)],
                        ('hem', .5))),
    10: ('short sleeve dress', _upper(_sleeve(1), _DRESS)),
    11: ('long sleeve dress', _upper(_sleeve(3), _DRESS)),
    12: ('vest dress', _upper(_ARMHOLE, _between('side_left', 3))),
}


def _category(kind: str, edges: Dict[str, np.ndarray]) -> int:
    """category_id of a drawn garment.

    Sleeves are short above the elbow, .8 of the shoulders' width, trousers
    from an inseam of .8 of the waistband.
    """
    if 'waist' in edges:
        if 'inner_left' not in edges:
            return 9
        inseam, waist = (length(edges[k][-1] - edges[k][0])
                         for k in ('inner_left', 'waist'))
        return 7 + int(inseam > .8 * waist)
    sleeves = [edges[k] for k in ('outer_left', 'outer_right') if k in edges]
    if not sleeves:
        return 12 if kind == 'dress' else 5
    left, right = (edges[f'armhole_{side}'] for side in SIDES)
    neck = lerp(edges['neck'][0], edges['neck'][-1], .5)
    width = max(length(right[0] - left[0]),
                1.2 * length(lerp(left[-1], right[-1], .5) - neck))
    is_long = length(sleeves[0][-1] - sleeves[0][0]) > .8 * width
    return {'blouse': 1, 'outwear': 3, 'dress': 10}[kind] + int(is_long)


def _grade(value: float, limits: Tuple[float, float]) -> int:
    return 1 + sum(bool(value > limit) for limit in limits)


def _item(scene: Scene, kind: str, is_own: Callable,
          mask: np.ndarray) -> Optional[dict]:
    """An item of an annotation file, None if nothing of it is to be seen."""
    edges: Dict[str, np.ndarray] = {}
    for x in scene.layers:
        if isinstance(x, Patch) and is_own(x):
            edges.update(x.edges)
    if not edges or mask.mean() < .005:
        return None
    category = _category(kind, edges)
    name, places = CATEGORIES[category]
    points = {place: along(edges[place[0]], place[1]).round()
              for place in places if place[0] in edges}
    states = landmark_states(
        points, scene.layers, scene.shape,
        lambda x, place: is_own(x) and place[0] in x.edges)
    outlines = [
        c.reshape(-1, 2) for c in (
            cv2.approxPolyDP(c, .5, True) for c in cv2.findContours(
                mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2])
        if len(c) > 2
    ]
    # a corner whose surroundings are covered can't be seen
    size = 2 * max(2, round(max(scene.shape) / 128)) + 1
    near = cv2.fillPoly(np.zeros_like(mask), outlines, 1)
    near = cv2.dilate(near, cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (size, size)))
    rows = []
    for place in places:
        if states.get(place, CUT_OFF) == CUT_OFF:
            rows.append((0, 0, 0))
            continue
        x, y = points[place].astype(int).tolist()
        rows.append((x, y, 2 if states[place] == VISIBLE and near[y, x]
                     else 1))
    cut = sum(state == CUT_OFF for state in states.values()) / len(states)
    labelled = [row for row in rows if row[2]]
    if not labelled:
        return None
    corners = np.concatenate(outlines + [np.array(labelled)[:, :2]])
    hidden = sum(v == 1 for *_, v in labelled) / len(labelled)
    return dict(
        category_id=category,
        category_name=name,
        style=0,
        bounding_box=[*corners.min(0).tolist(), *corners.max(0).tolist()],
        landmarks=[v for row in rows for v in row],
        segmentation=[c.ravel().tolist() for c in outlines],
        scale=_grade(mask.mean(), _SCALE),
        occlusion=_grade(hidden, _OCCLUSION),
        zoom_in=_grade(cut, _ZOOM_IN),
        viewpoint=1 if not scene.worn else 3 if scene.back else 2)


class DeepFashion2Layout(BaseLayout):
    """A json for each picture, with one or two items."""
    recipe = Recipe(
        dict(blouse=.35, outwear=.12, dress=.23, skirt=.1, trousers=.2),
        waistline=True)

    def image(self, seed, index, category, split):
        return f'{_PARTS[part_of(index, split)]}/image/{index + 1:06d}.jpg'

    def record(self, scene):
        """The annotation file of a picture."""
        top = np.zeros(scene.shape, np.uint8)
        for x in scene.layers:
            if isinstance(x, Patch):
                (left, up), mask = cut_mask(x.polygons, scene.shape)
                if mask is not None:
                    h, w = mask.shape
                    top[up:up + h, left:left + w][mask > 127] = \
                        1 if x.part else 2 if x.second else 0
        items = [
            _item(scene, scene.category, lambda x: bool(x.part),
                  (top == 1).astype(np.uint8)),
            _item(scene, 'blouse', lambda x: x.second,
                  (top == 2).astype(np.uint8))
        ]
        return dict(
            source='user' if scene.worn else 'shop',
            pair_id=scene.index + 1,
            **{f'item{k}': item
               for k, item in enumerate(filter(None, items), 1)})

    def files(self, num, split):
        names = (self.image(0, i, '', split) for i in range(num))
        return [
            name.replace('/image/', '/annos/').replace('.jpg', '.json')
            for name in names if not name.startswith('test')
        ]

    def texts(self, seed, records, split):
        files = self.files(len(records), split)
        return {file: json.dumps(records[int(file[-11:-5]) - 1])
                for file in files}

    def read(self, root):
        for file in sorted(root.glob('*/annos/*.json')):
            items = [item for key, item in json.loads(
                file.read_text()).items() if key.startswith('item')]
            rows = np.array([v for item in items for v in item['landmarks']])
            x, y, v = rows.reshape(-1, 3).T
            name = f'{file.parts[-3]}/image/{file.stem}.jpg'
            yield (name, np.stack([2 - v, x, y], 1),
                   [item['bounding_box'] for item in items])
