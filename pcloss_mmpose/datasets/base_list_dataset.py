import os.path as osp
from typing import List, Optional, Tuple

import numpy as np

from .base_fashion_dataset import BaseFashionDataset
from .readers import (LandmarkTable, align_rows, read_bbox_list,
                      read_landmark_list, read_partition_list)
from .readers.list_files import (BBOX_FILE, LANDMARK_FILE, PARTITION_FILE,
                                 PARTITIONS)


def check_split(owner: str, split: Optional[str]) -> None:
    """Raise ValueError unless ``split`` is one that the files have."""
    if split not in PARTITIONS:
        raise ValueError(f'{owner}: split must be one of '
                         f'{", ".join(PARTITIONS)}, found {split!r}')


def read_list_split(ann_file: str,
                    bbox_list: str,
                    partition_file: str,
                    split: str,
                    variation_type: Optional[bool] = None) -> LandmarkTable:
    """Read the landmarks and boxes of one split from the three lists.

    Args:
        ann_file (str): The landmarks.
        bbox_list (str): The boxes.
        partition_file (str): Which image is in which split.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        variation_type (bool, optional): Whether rows must have a
            ``variation_type``. Defaults to None, either way.

    Returns:
        LandmarkTable: With boxes, in the order of the landmarks.

    Raises:
        FileNotFoundError: If a file is absent.
        ValueError: If a file breaks the format, the files do not list the
            same images, or none of them is in the split.
    """
    table = read_landmark_list(ann_file, variation_type)
    names, boxes = read_bbox_list(bbox_list)
    boxes = boxes[align_rows(table.names, ann_file, names, bbox_list)]
    names, partitions = read_partition_list(partition_file)
    rows = align_rows(table.names, ann_file, names, partition_file)
    rows = np.flatnonzero(np.array(partitions)[rows] == split)
    if not len(rows):
        raise ValueError(f'{partition_file}: no image is in the split {split}')
    return table._replace(boxes=boxes).take(rows)


class BaseListDataset(BaseFashionDataset):
    """Data sets in three ``list_*.txt`` files: landmarks, boxes, partition.

    Args:
        ann_file (str): The landmarks. Relative paths are relative to
            ``data_root``.
        bbox_list (str): The boxes.
        partition_file (str): Which image is in which split.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        **kwargs: Arguments of :class:`BaseFashionDataset`.
    """

    #: Whether rows have a ``variation_type``.
    VARIATION_TYPE: bool

    def __init__(self,
                 ann_file: str = LANDMARK_FILE,
                 bbox_list: str = BBOX_FILE,
                 partition_file: str = PARTITION_FILE,
                 split: Optional[str] = None,
                 **kwargs) -> None:
        self._check_split(ann_file, split)
        self.bbox_list = bbox_list
        self.partition_file = partition_file
        self.split = split
        super().__init__(ann_file=ann_file, **kwargs)

    def _check_split(self, ann_file: str, split: Optional[str]) -> None:
        check_split(type(self).__name__, split)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        self.bbox_list = self._join_root(self.bbox_list)
        self.partition_file = self._join_root(self.partition_file)

    def _read_table(self) -> Tuple[LandmarkTable, List[str]]:
        table = read_list_split(self.ann_file, self.bbox_list,
                                self.partition_file, self.split,
                                self.VARIATION_TYPE)
        return table, [
            osp.join(self.data_prefix['img'], name) for name in table.names
        ]
