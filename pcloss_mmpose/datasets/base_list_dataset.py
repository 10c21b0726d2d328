import os.path as osp
from typing import List, Optional, Sequence, Tuple, Union

from .base_fashion_dataset import BaseFashionDataset
from .readers import LandmarkTable, read_lists
from .readers.list_files import (BBOX_LIST, LANDMARK_FILE, PARTITION_FILE,
                                 PARTITIONS)


def check_split(owner: str, split: Optional[str]) -> None:
    """Raise ValueError unless ``split`` is one that the files have."""
    if split not in PARTITIONS:
        raise ValueError(f'{owner}: split must be one of '
                         f'{", ".join(PARTITIONS)}, found {split!r}')


class BaseListDataset(BaseFashionDataset):
    """Data sets in three ``list_*.txt`` files: landmarks, boxes, partition.

    Args:
        ann_file (str): The landmarks. Relative paths are relative to
            ``data_root``.
        bbox_list (str): The annotated boxes; ``bbox_file``, a key of MMPose,
            are detected ones.
        partition_file (str): Which image is in which split.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        **kwargs: Arguments of :class:`BaseFashionDataset`.
    """

    #: Whether rows have a ``variation_type``.
    VARIATION_TYPE: bool

    def __init__(self,
                 ann_file: str = LANDMARK_FILE,
                 bbox_list: str = BBOX_LIST,
                 partition_file: str = PARTITION_FILE,
                 split: Optional[str] = None,
                 **kwargs) -> None:
        self._check_split(ann_file, split)
        self.bbox_list = bbox_list
        self.partition_file = partition_file
        self.split = split
        super().__init__(ann_file=ann_file, **kwargs)

    def _check_split(self, ann_file: Union[str, Sequence[str]],
                     split: Optional[str]) -> None:
        check_split(type(self).__name__, split)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        self.bbox_list = self._join_root(self.bbox_list)
        self.partition_file = self._join_root(self.partition_file)

    def _read_table(self) -> Tuple[LandmarkTable, List[str]]:
        assert self.split is not None  # see _check_split
        table = read_lists(self.ann_file, self.bbox_list, self.partition_file,
                           self.split, self.VARIATION_TYPE)
        return table, [
            osp.join(self.data_prefix['img'], name) for name in table.names
        ]
