"""FLD and DeepFashion-C: three ``list_*.txt`` files and ``img/``."""
import os.path as osp
from typing import Optional

import numpy as np

from ..readers import (align_rows, read_bbox_list, read_landmark_list,
                       read_partition_list)
from ..readers.list_files import (BBOX_FILE, CLOTHES_TYPES, LANDMARK_FILE,
                                  PARTITION_FILE, SLOTS)
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
        errors.hint(FILES,
                    explain_missing_file(root, osp.relpath(missing[0], root)))
    if table is None:
        return None
    if not table.names:
        errors(EMPTY, files[0])

    boxes = np.full((len(table.names), 4), np.nan, dtype=np.float32)
    if box_list is not None:
        names, numbers = box_list
        rows = align_rows(table.names, files[0], names, files[1], errors)
        boxes[rows >= 0] = numbers[rows[rows >= 0]]
    splits = [''] * len(table.names)
    if partition_list is not None:
        names, partitions = partition_list
        rows = align_rows(table.names, files[0], names, files[2], errors)
        splits = [partitions[row] if row >= 0 else '' for row in rows]
    return Tree(root, table._replace(boxes=boxes), splits,
                [osp.join(root, name) for name in table.names], CLOTHES_TYPES,
                SLOTS)
