import os.path as osp
from itertools import groupby
from typing import List, Union

import numpy as np
from mmdet.registry import DATASETS

from ..datasets.deepfashion2_tree import read_deepfashion2
from ..datasets.readers.deepfashion2_annos import CATEGORIES
from .garment_det_dataset import BaseGarmentDetDataset


@DATASETS.register_module()
class DeepFashion2DetDataset(BaseGarmentDetDataset):
    """Boxes and categories of the garments of DeepFashion2, for mmdet.

    Reads the same official files as
    :class:`pcloss_mmpose.datasets.DeepFashion2AnnosDataset`, and what that
    has kept of them. An image has several boxes, in pixels as written
    (x1, y1, x2, y2), with the labels 0 to 12 in the order of the categories.
    Items without a labelled landmark are there too. ``img_id`` is the number
    in the file's name.

    Args:
        ann_file (str): The folder of the json files, relative to
            ``data_root``. Defaults to ``'train/annos'``.
        data_prefix (dict): ``img`` is the folder of the images. Defaults to
            ``dict(img='train/image')``.
        cache (bool | str): As of ``DeepFashion2AnnosDataset``.
        **kwargs: Arguments of ``BaseDetDataset``: ``data_root``,
            ``pipeline``, ``test_mode``, ...

    Raises:
        FileNotFoundError: If a folder or images are absent.
        ValueError: If an annotation is wrong. The message names the file and
            item.
    """

    METAINFO = dict(classes=CATEGORIES, palette='random')

    def __init__(self,
                 ann_file: str = 'train/annos',
                 data_prefix: dict = dict(img='train/image'),
                 cache: Union[bool, str] = True,
                 **kwargs) -> None:
        self.cache = cache
        super().__init__(ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def load_data_list(self) -> List[dict]:
        pictures = self.data_prefix['img']
        table = read_deepfashion2(self.ann_file, pictures, self.cache,
                                  self.loading.skips)
        rows = zip(table.image_ids.tolist(),
                   np.asarray(table.boxes).tolist(), table.categories.tolist())
        return [
            dict(
                img_id=number,
                img_path=osp.join(pictures, f'{number:06d}.jpg'),
                instances=[
                    dict(bbox=box, bbox_label=category - 1, ignore_flag=0)
                    for _, box, category in items
                ]) for number, items in groupby(rows, key=lambda row: row[0])
        ]
