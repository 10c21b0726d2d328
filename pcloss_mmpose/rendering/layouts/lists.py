"""FLD and DeepFashion-C.

``img/``, ``Anno/list_landmarks.txt``, ``Anno/list_bbox.txt``,
``Eval/list_eval_partition.txt``; line 1 is the number of rows, line 2 the
header.
"""
from typing import List, Sequence, Tuple

import numpy as np

from ..scene import Recipe, Scene
from ..shape_model import names
from ..visibility import CUT_OFF
from .base import BaseLayout, part_of

# clothes_type of each category, and where FLD's landmarks come from: pairs
# (left, right) of FashionAI landmarks in FLD's order.
_FLD = {
    'blouse': (1, ('neckline', 'cuff', 'top_hem')),
    'outwear': (1, ('neckline', 'cuff', 'top_hem')),
    'skirt': (2, ('waistband', 'hemline')),
    'trousers': (2, ('waistband', 'bottom')),
    'dress': (3, ('neckline', 'cuff', 'waistline', 'hemline')),
}


def fld_landmarks(record: Scene) -> List[Tuple[int, int, int]]:
    """Rows of (v, x, y) in FLD's order.

    A sleeve's landmark is the outer end of the cuff, or the armhole's lower
    end on a garment without sleeves.
    """
    out = []
    for stem in _FLD[record.category][1]:
        for side in ('left', 'right'):
            name = f'{stem}_{side}'
            if stem in ('cuff', 'bottom'):
                name += '_out'
            k = names().index(name)
            if stem == 'cuff' and record.absent[k]:
                k = names().index(f'armpit_{side}')
            v = int(record.state[k])
            x, y = (0, 0) if v == CUT_OFF else record.points[k]
            out.append((v, int(x), int(y)))
    return out


def _variation(landmarks: Sequence[Tuple[int, int, int]]) -> int:
    """FLD's variation_type: 1 normal, 4 medium and 5 large zoom-in."""
    cut = sum(v == CUT_OFF for v, _, _ in landmarks)
    return 1 if cut == 0 else 4 if cut <= 2 else 5


def _list_file(header: str, rows: List[str]) -> str:
    return '\n'.join([str(len(rows)), header] + rows) + '\n'


class ListLayout(BaseLayout):
    """FLD, and DeepFashion-C, which lacks ``variation_type``."""
    # tops, bottoms and full garments about 5 : 2.5 : 2.5
    recipe = Recipe(
        dict(blouse=.30, outwear=.20, dress=.25, skirt=.11, trousers=.14),
        waistline=True)

    def __init__(self, variation: bool):
        self.variation = variation

    def image(self, seed, index, category, split):
        folder = '' if self.variation else f'Rendered_{category.title()}/'
        return f'img/{folder}img_{index + 1:08d}.jpg'

    def files(self, num, split):
        return ['Anno/list_bbox.txt', 'Anno/list_landmarks.txt',
                'Eval/list_eval_partition.txt']

    def texts(self, seed, records, split):
        boxes, landmarks, parts = [], [], []
        pad = 31 if self.variation else 72
        for r in records:
            name = self.image(seed, r.index, r.category, split)
            rows = fld_landmarks(r)
            kind = str(_FLD[r.category][0])
            gap = ' ' if self.variation else '  '
            if self.variation:
                kind += f' {_variation(rows)}'
            boxes.append(f'{name:<{pad}}' +
                         ' '.join(f'{v:03d}' for v in r.box))
            landmarks.append(f'{name:<{pad}}{kind}{gap}' + gap.join(
                f'{v} {x:03d} {y:03d}' for v, x, y in rows) + ' ')
            parts.append(f'{name:<{pad}}{part_of(r.index, split)}')
        head = ['image_name', 'clothes_type'] + ['variation_type'
                                                 ] * self.variation
        head += [
            f'landmark_visibility_{k} landmark_location_x_{k} '
            f'landmark_location_y_{k}' for k in range(1, 9)
        ]
        contents = [
            _list_file('image_name  x_1  y_1  x_2  y_2', boxes),
            _list_file('  '.join(head), landmarks),
            _list_file('image_name  evaluation_status', parts)
        ]
        return dict(zip(self.files(len(records), split), contents))

    def read(self, root):
        boxes, landmarks, _ = ((root / name).read_text().splitlines()[1:]
                               for name in self.files(0, {}))
        first = landmarks[0].split().index('landmark_visibility_1')
        for line, box in zip(landmarks[1:], boxes[1:]):
            name, *tokens = line.split()
            yield (name, np.array(tokens[first - 1:], int).reshape(-1, 3),
                   [[int(t) for t in box.split()[1:]]])
