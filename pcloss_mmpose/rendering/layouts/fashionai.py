"""FashionAI.

``Images/<category>/<id>.jpg`` and a csv for each part in ``Annotations/``.
"""
import csv
import hashlib

import numpy as np

from ..scene import Recipe
from ..shape_model import figures, names
from ..visibility import CUT_OFF, VISIBLE
from .base import BaseLayout, part_of


class FashionAILayout(BaseLayout):
    """FashionAI's csv files."""
    recipe = Recipe(
        {k: c['n_rows'] for k, c in figures()['categories'].items()},
        square=.7,
        close_up=.02)

    def image(self, seed, index, category, split):
        key = hashlib.md5(f'{seed}:{index}'.encode()).hexdigest()
        return f'Images/{category}/{key}.jpg'

    def files(self, num, split):
        return [f'Annotations/{part}.csv' for part in reversed(list(split))]

    def texts(self, seed, records, split):
        lines = {part: [','.join(['image_id', 'image_category'] + names())]
                 for part in split}
        for r in records:
            fields = [self.image(seed, r.index, r.category, split),
                      r.category]
            for (x, y), v, gone in zip(r.points, r.state, r.absent):
                fields.append('-1_-1_-1' if gone or v == CUT_OFF else
                              f'{int(x)}_{int(y)}_{int(v == VISIBLE)}')
            lines[part_of(r.index, split)].append(','.join(fields))
        return {name: '\n'.join(lines[name[12:-4]]) + '\n'
                for name in self.files(len(records), split)}

    def read(self, root):
        for file in sorted(root.glob('Annotations/*.csv'), reverse=True):
            with open(file, newline='') as lines:
                for row in list(csv.reader(lines))[1:]:
                    x, y, v = np.array([
                        t.split('_') for t in row[2:] if t[0] != '-'
                    ], int).reshape(-1, 3).T
                    yield row[0], np.stack([1 - v, x, y], 1), []
