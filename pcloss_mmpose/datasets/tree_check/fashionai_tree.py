"""FashionAI: a csv for each split in ``Annotations/``, and ``Images/``."""
import os.path as osp
from glob import escape, glob
from typing import Optional

import numpy as np

from ...evaluation.functional import FASHIONAI_REFERENCE, fashionai_size
from ..readers import LandmarkTable, read_fashionai_csv
from ..readers.fashionai_csv import CATEGORIES, LANDMARKS, SLOTS
from .findings import EMPTY, FILES, Findings
from .places import explain_missing_file
from .tree import Tree

# those that the configs name
_EXPECTED = ('Annotations/train.csv', 'Annotations/val.csv')


def read_fashionai_tree(root: str, errors: Findings) -> Optional[Tree]:
    """Read what can be read of ``root/Annotations/*.csv``.

    Args:
        root (str): The folder.
        errors (Findings): Takes the mistakes in the files.

    Returns:
        Tree | None: None without a csv.
    """
    files = sorted(glob(osp.join(escape(root), 'Annotations', '*.csv')))
    for name in _EXPECTED:
        if osp.join(root, name) not in files:
            errors(FILES, f'{osp.join(root, name)}: no such file')
    if not files:
        errors.hint(FILES, explain_missing_file(root, _EXPECTED[0],
                                                'fashionai'))

    tables, splits = [], []
    for file in files:
        table = errors.attempt(read_fashionai_csv, file)
        if table is not None:
            if not table.names:
                errors(EMPTY, file)
            tables.append(table)
            split = osp.splitext(osp.basename(file))[0]
            splits += [split] * len(table.names)
    if not tables:
        return None
    table = LandmarkTable.concatenate(tables)
    return Tree(root, table, splits,
                [osp.join(root, name) for name in table.names], CATEGORIES,
                SLOTS, LANDMARKS)


def check_fashionai(tree: Tree, errors: Findings, remarks: Findings) -> None:
    """Look for what only FashionAI has: repeated rows, reference landmarks."""
    _check_repeated(tree, remarks)
    _check_reference(tree.table, errors, remarks)
    _check_slots(tree.table, remarks)


def _check_repeated(tree: Tree, remarks: Findings) -> None:
    first = {}
    for source, *row in zip(tree.table.sources, tree.splits, tree.table.names):
        if first.setdefault(tuple(row), source) != source:
            remarks(
                'image ids in two rows of a csv, of which the first counts',
                f'{source}: {row[1]} is in {first[tuple(row)]}')


def _check_reference(table: LandmarkTable, errors: Findings,
                     remarks: Findings) -> None:
    rows = np.flatnonzero(table.categories)
    keypoints, categories = table.keypoints[rows], table.categories[rows]
    size = fashionai_size(keypoints[..., :2], keypoints[..., 2] > 0,
                          categories)[:, 0]
    for i in np.flatnonzero(np.isnan(size) | (size == 0)):
        pair = ' and '.join(LANDMARKS[slot]
                            for slot in FASHIONAI_REFERENCE[categories[i]])
        where = f'{table.sources[rows[i]]}: {pair}'
        if size[i] == 0:
            errors(
                'reference landmarks in one place, which stops '
                'NormalizedError', f'{where} are at the same position')
        else:
            remarks(
                'rows without their two reference landmarks, which '
                'NormalizedError leaves out',
                f'{where} are not both annotated')


def _check_slots(table: LandmarkTable, remarks: Findings) -> None:
    for category, slots in SLOTS.items():
        alien = np.ones(len(LANDMARKS), dtype=bool)
        alien[slots] = False
        found = ((table.categories == category)[:, None] & alien
                 & (table.keypoints[..., 2] > 0))
        for row, slot in np.argwhere(found):
            remarks(
                'landmarks that the category does not have',
                f'{table.sources[row]}: {CATEGORIES[category - 1]} with '
                f'{LANDMARKS[slot]}')
