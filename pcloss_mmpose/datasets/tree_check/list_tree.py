"""FLD and DeepFashion-C: three ``list_*.txt`` files and ``img/``."""
import os.path as osp
from itertools import islice
from typing import Any, List, Optional

import numpy as np

from ..readers import (LandmarkTable, align_rows, read_bbox_list,
                       read_landmark_list, read_partition_list)
from ..readers.list_files import BBOX_LIST, LANDMARK_FILE, PARTITION_FILE
from ..readers.list_rows import ListRows
from ..readers.mistakes import IN_ONE_LIST
from .findings import EMPTY, Findings
from .tree import Tree, TreeFormat


class ListFormat(TreeFormat):
    """Landmarks, boxes and partition, in a list each.

    Args:
        variation_type (bool): Whether the landmarks have the column.
        **official (int): Size of each official split.
    """

    variation_type: bool

    def __init__(self, variation_type: bool, **official: int) -> None:
        self.__dict__.update(variation_type=variation_type)
        super().__init__(
            what='list_*.txt as downloaded',
            annotations=LANDMARK_FILE,
            reader=read_landmark_list,
            needed=[(LANDMARK_FILE, BBOX_LIST, PARTITION_FILE)],
            official=official,
            is_one=self._has_header)

    def _has_header(self, file: str) -> bool:
        try:
            with open(file, encoding='utf-8', errors='replace') as f:
                header = ' '.join(islice(f, 1, 2)).split()
        except OSError:  # the reader says what is wrong with it
            header = []
        return ('variation_type' in header) == self.variation_type

    def read(self, root: str, errors: Findings) -> Optional[Tree]:
        """Read what can be read, see :class:`TreeFormat`."""
        files = [osp.join(root, file) for file in self.needed[0]]
        contents: List[Any] = [
            errors.attempt(read, file, *args) if osp.isfile(file) else None
            for read, file, *args in ((self.reader, files[0],
                                       self.variation_type), (read_bbox_list,
                                                              files[1]),
                                      (read_partition_list, files[2]))
        ]
        table, box_list, partition_list = contents
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
            box_sources = [
                found.where(row) if row >= 0 else '' for row in rows
            ]
        splits = [''] * len(table.names)
        if partition_list is not None:
            found, partitions = partition_list
            rows = _align(table, files[0], found, errors)
            splits = [partitions[row] if row >= 0 else '' for row in rows]
        return Tree(root, table._replace(boxes=boxes), splits,
                    [osp.join(root, name) for name in table.names],
                    box_sources)


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
