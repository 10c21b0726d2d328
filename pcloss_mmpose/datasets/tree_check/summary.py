from typing import List

import numpy as np

from ..readers.list_files import PARTITIONS
from .tree import Tree


def summarise(tree: Tree) -> str:
    """Table of garments by split and category, and of their landmarks.

    Rows that could not be read are left out. Absent are the landmarks that
    the category has and the garment lacks, cut off or not annotated.
    """
    names = set(tree.splits) - {''}
    splits = [s for s in PARTITIONS if s in names
              ] + sorted(names - set(PARTITIONS))
    rows = [['', *splits, 'visible', 'occluded', 'absent']]
    split_of = np.array(tree.splits, dtype=object)
    codes = tree.table.keypoints[..., 2]
    total = np.zeros(len(splits) + 3, dtype=np.int64)
    for id_, category in enumerate(tree.categories, 1):
        mine = tree.table.categories == id_
        labels = codes[mine][:, tree.slots[id_]]
        numbers = np.array([(split_of[mine] == s).sum()
                            for s in splits] + [(labels == v).sum()
                                                for v in (2, 1, 0)])
        total += numbers
        rows.append([category, *(f'{n:,}' for n in numbers)])
    rows.append(['all', *(f'{n:,}' for n in total)])
    return '\n'.join(_align(rows))


def _align(rows: List[List[str]]) -> List[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        '  '.join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths)))
        for row in rows
    ]
