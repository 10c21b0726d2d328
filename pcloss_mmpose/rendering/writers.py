"""The official layouts on disk: file names and annotation texts.

FLD and DeepFashion-C: ``img/``, ``Anno/list_landmarks.txt``,
``Anno/list_bbox.txt``, ``Eval/list_eval_partition.txt``; line 1 is the number
of rows, line 2 the header. FashionAI: ``Images/<category>/<id>.jpg`` and a csv
for each part in ``Annotations/``.
"""
import hashlib
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from .shape_model import names
from .visibility import CUT_OFF, VISIBLE

Split = Dict[str, float]
_GOLDEN = (5**.5 - 1) / 2
# clothes_type of each category, and where FLD's landmarks come from: pairs
# (left, right) of FashionAI landmarks in FLD's order.
_FLD = {
    'blouse': (1, ('neckline', 'cuff', 'top_hem')),
    'outwear': (1, ('neckline', 'cuff', 'top_hem')),
    'skirt': (2, ('waistband', 'hemline')),
    'trousers': (2, ('waistband', 'bottom')),
    'dress': (3, ('neckline', 'cuff', 'waistline', 'hemline')),
}


class Record(NamedTuple):
    """What the annotation files say about one picture.

    Attributes:
        index: Number of the picture, from 0.
        category: FashionAI category.
        points: (24, 2) whole pixels; undefined where ``absent``.
        state: (24,) 0 visible, 1 occluded, 2 cut off.
        absent: (24,) the garment has no such landmark.
        box: x1, y1, x2, y2, inclusive pixels.
    """
    index: int
    category: str
    points: np.ndarray
    state: np.ndarray
    absent: np.ndarray
    box: Tuple[int, int, int, int]


def part_of(index: int, split: Split) -> str:
    """Part of picture ``index``.

    The golden-ratio sequence spreads the parts evenly, whatever the number of
    pictures, and a picture keeps its part when the set grows.
    """
    u = (index + .5) * _GOLDEN % 1
    for part, share in split.items():
        u -= share
        if u < 0:
            return part
    return part


def fld_landmarks(record: Record) -> List[Tuple[int, int, int]]:
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


class ListLayout:
    """FLD, and DeepFashion-C, which lacks ``variation_type``."""
    images = 'img'

    def __init__(self, variation: bool):
        self.variation = variation

    def image(self, seed: int, index: int, category: str) -> str:
        """Name of a picture relative to the set's folder."""
        folder = '' if self.variation else f'Rendered_{category.title()}/'
        return f'img/{folder}img_{index + 1:08d}.jpg'

    def files(self, split: Split) -> List[str]:
        """Annotation files in the order in which they are to be written."""
        return ['Anno/list_bbox.txt', 'Anno/list_landmarks.txt',
                'Eval/list_eval_partition.txt']

    def texts(self, seed: int, records: Sequence[Record],
              split: Split) -> Dict[str, str]:
        """Contents of the annotation files."""
        boxes, landmarks, parts = [], [], []
        pad = 31 if self.variation else 72
        for r in records:
            name = self.image(seed, r.index, r.category)
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
        return dict(zip(self.files(split), contents))


class CsvLayout:
    """FashionAI."""
    images = 'Images'

    def image(self, seed: int, index: int, category: str) -> str:
        """Name of a picture relative to the set's folder."""
        key = hashlib.md5(f'{seed}:{index}'.encode()).hexdigest()
        return f'Images/{category}/{key}.jpg'

    def files(self, split: Split) -> List[str]:
        """Annotation files in the order in which they are to be written."""
        return [f'Annotations/{part}.csv' for part in reversed(list(split))]

    def texts(self, seed: int, records: Sequence[Record],
              split: Split) -> Dict[str, str]:
        """Contents of the annotation files."""
        lines = {part: [','.join(['image_id', 'image_category'] + names())]
                 for part in split}
        for r in records:
            fields = [self.image(seed, r.index, r.category), r.category]
            for (x, y), v, gone in zip(r.points, r.state, r.absent):
                fields.append('-1_-1_-1' if gone or v == CUT_OFF else
                              f'{int(x)}_{int(y)}_{int(v == VISIBLE)}')
            lines[part_of(r.index, split)].append(','.join(fields))
        return {name: '\n'.join(lines[name[12:-4]]) + '\n'
                for name in self.files(split)}


LAYOUTS: Dict[str, Callable] = {
    'fld': ListLayout(variation=True),
    'deepfashion_c': ListLayout(variation=False),
    'fashionai': CsvLayout(),
}
