"""FLD and DeepFashion-C: three ``list_*.txt`` files and ``img/``."""
import os.path as osp
from typing import Optional

import numpy as np

from ..metainfo import FLD_LANDMARKS
from ..readers import (LandmarkTable, align_rows, read_bbox_list,
                       read_landmark_list, read_partition_list)
from ..readers.list_files import (BBOX_LIST, CLOTHES_TYPES, LANDMARK_FILE,
                                  PARTITION_FILE, SLOTS)
from ..readers.list_rows import ListRows
from ..readers.mistakes import IN_ONE_LIST
from .findings import EMPTY, FILES, Findings
from .places import explain_missing_file
from .tree import Tree


def read_list_tree(root: str, errors: Findings,
                   variation_type: bool) -> Optional[Tree]:
    """Read what can be read of a tree as downloaded.

    Args:
        root (str): The folder.
        errors (Findings): Takes the mistakes in the files.
        variation_type (bool): Whether the landmarks have the column.

    Returns:
        Tree | None: None without landmarks.
    """
    files = [
        osp.join(root, file)
        for file in (LANDMARK_FILE, BBOX_LIST, PARTITION_FILE)
    ]
    table = errors.attempt(read_landmark_list, files[0], variation_type)
    box_list = errors.attempt(read_bbox_list, files[1])
    partition_list = errors.attempt(read_partition_list, files[2])
    missing = [file for file in files if not osp.isfile(file)]
    if missing:
        errors.hint(
            FILES,
            explain_missing_file(root, osp.relpath(missing[0], root),
                                 'fld' if variation_type else 'deepfashion_c'))
    if table is None:
        return None
    if not table.names:
        errors(EMPTY, files[0])

    boxes = np.full((len(table.names), 4), np.nan, dtype=np.float32)
    box_sources = None
    if box_list is not None:
        found, numbers = box_list
        rows = _align(table, files[0], found, errors)
        boxes[rows >= 0] = numbers[rows[rows >= 0]]
        box_sources = [found.where(row) if row >= 0 else '' for row in rows]
    splits = [''] * len(table.names)
    if partition_list is not None:
        found, partitions = partition_list
        rows = _align(table, files[0], found, errors)
        splits = [partitions[row] if row >= 0 else '' for row in rows]
    return Tree(root, table._replace(boxes=boxes), splits,
                [osp.join(root, name) for name in table.names], CLOTHES_TYPES,
                SLOTS, FLD_LANDMARKS, box_sources)


def _align(table: LandmarkTable, file: str, other: ListRows,
           errors: Findings) -> np.ndarray:
    """Find the rows of another list, and report each lost one on its own."""
    rows = align_rows(table.names, file, other.names, other.path,
                      lambda kind, message: None)
    for i in np.flatnonzero(rows < 0):
        errors(IN_ONE_LIST,
               f'{table.sources[i]}: {table.names[i]} is not in {other.path}')
    for i in np.setdiff1d(np.arange(len(other.names)), rows):
        errors(IN_ONE_LIST,
               f'{other.where(i)}: {other.names[i]} is not in {file}')
    return rows
