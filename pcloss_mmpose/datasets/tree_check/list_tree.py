"""FLD and DeepFashion-C: three ``list_*.txt`` files and ``img/``."""
import os.path as osp
from typing import List, Optional

import numpy as np

from ..metainfo import FLD_LANDMARKS
from ..readers import (LandmarkTable, align_rows, read_bbox_list,
                       read_landmark_list, read_partition_list, row_sources)
from ..readers.list_files import (BBOX_FILE, CLOTHES_TYPES, LANDMARK_FILE,
                                  PARTITION_FILE, SLOTS)
from ..readers.report import IN_ONE_LIST
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
        for file in (LANDMARK_FILE, BBOX_FILE, PARTITION_FILE)
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
        names, numbers = box_list
        sources = row_sources(files[1])
        rows = _align(table, files[0], names, sources, files[1], errors)
        boxes[rows >= 0] = numbers[rows[rows >= 0]]
        box_sources = [sources[row] if row >= 0 else '' for row in rows]
    splits = [''] * len(table.names)
    if partition_list is not None:
        names, partitions = partition_list
        rows = _align(table, files[0], names, row_sources(files[2]), files[2],
                      errors)
        splits = [partitions[row] if row >= 0 else '' for row in rows]
    return Tree(root, table._replace(boxes=boxes), splits,
                [osp.join(root, name) for name in table.names], CLOTHES_TYPES,
                SLOTS, FLD_LANDMARKS, box_sources)


def _align(table: LandmarkTable, file: str, names: List[str],
           sources: List[str], names_file: str,
           errors: Findings) -> np.ndarray:
    """Find the rows of another list, and report each lost one on its own."""
    rows = align_rows(table.names, file, names, names_file,
                      lambda kind, message: None)
    for i in np.flatnonzero(rows < 0):
        errors(IN_ONE_LIST,
               f'{table.sources[i]}: {table.names[i]} is not in {names_file}')
    for i in np.setdiff1d(np.arange(len(names)), rows):
        errors(IN_ONE_LIST, f'{sources[i]}: {names[i]} is not in {file}')
    return rows
