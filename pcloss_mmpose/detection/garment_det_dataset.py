import os.path as osp
from typing import Any, List, Optional

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS

from ..datasets.base_fashion_dataset import as_list
from ..datasets.base_list_dataset import check_split
from ..datasets.checks import check_images_exist
from ..datasets.loading import Loading, find_loading
from ..datasets.readers import read_lists
from ..datasets.readers.list_files import (BBOX_LIST, CLOTHES_TYPES,
                                           LANDMARK_FILE, PARTITION_FILE)
from ..utils.palette import BLUE, GREEN, ORANGE, rgb


class BaseGarmentDetDataset(BaseDetDataset):
    """What the data sets of garments' boxes have in common.

    In test mode the samples carry ``instances``, from which ``CocoMetric``
    takes ground truth when it has no ``ann_file``; the pipeline need not pack
    them, so that it also serves pictures without annotations.
    """

    @property
    def loading(self) -> Loading:
        """How the pipeline reads the images."""
        return find_loading(self.pipeline, self.test_mode)

    def get_data_info(self, idx: int) -> dict:
        data_info = super().get_data_info(idx)
        # The files do not tell it, and of all images at once it takes long.
        data_info['width'], data_info['height'] = self.loading.size(
            data_info['img_path'])
        return data_info

    def prepare_data(self, idx: int) -> Any:
        data_info = self.get_data_info(idx)
        truth = dict(instances=data_info['instances'])
        data = self.pipeline(data_info)
        if self.test_mode and data and 'data_samples' in data:
            for sample in as_list(data['data_samples']):
                sample.set_metainfo(truth)
        return data


@DATASETS.register_module()
class GarmentDetDataset(BaseGarmentDetDataset):
    """Boxes and types of the garments of FLD or DeepFashion-C, for mmdet.

    Reads the same official files as :class:`pcloss_mmpose.datasets.FLDDataset`
    and ``DeepFashionCDataset``. Each image has one box, in pixels as written
    (x1, y1, x2, y2), with the label 0 upper, 1 lower or 2 full-body clothes.
    Garments without a labelled landmark are there too.

    ``img_id`` is the name of the image as the lists spell it. mmdet's
    ``CocoMetric`` writes it to the file of detections that ``bbox_file`` of
    the landmark data sets reads: a name, unlike a row number, does not depend
    on the order of the lists.

    In test mode the samples carry ``instances``, from which ``CocoMetric``
    takes ground truth when it has no ``ann_file``; the pipeline need not pack
    them, so that it also serves pictures without annotations.

    Args:
        ann_file, bbox_list, partition_file (str): The lists, below
            ``data_root``. Default to the official places.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        **kwargs: Arguments of ``BaseDetDataset``: ``data_root``,
            ``data_prefix``, ``pipeline``, ``test_mode``, ...

    Raises:
        FileNotFoundError: If a file or images are absent.
        ValueError: If an argument or an annotation is wrong. The message
            names the file and line.
    """

    METAINFO = dict(
        classes=CLOTHES_TYPES,
        palette=[rgb(c) for c in (BLUE, ORANGE, GREEN)])

    def __init__(self,
                 ann_file: str = LANDMARK_FILE,
                 bbox_list: str = BBOX_LIST,
                 partition_file: str = PARTITION_FILE,
                 split: Optional[str] = None,
                 data_prefix: dict = dict(img=''),
                 **kwargs) -> None:
        check_split(type(self).__name__, split)
        self.bbox_list = bbox_list
        self.partition_file = partition_file
        self.split = str(split)
        super().__init__(ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        root = self.data_root or ''
        self.bbox_list = osp.join(root, self.bbox_list)
        self.partition_file = osp.join(root, self.partition_file)

    def load_data_list(self) -> List[dict]:
        table = read_lists(self.ann_file, self.bbox_list, self.partition_file,
                           self.split)
        paths = [osp.join(self.data_prefix['img'], n) for n in table.names]
        check_images_exist(table, paths, self.loading)
        return [
            dict(
                img_id=name,
                img_path=path,
                instances=[
                    dict(bbox=box, bbox_label=category - 1, ignore_flag=0)
                ]) for name, path, box, category in zip(
                    table.names, paths,
                    np.asarray(table.boxes).tolist(),
                    table.categories.tolist())
        ]
