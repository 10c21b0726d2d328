import os.path as osp
from typing import List, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import DATASETS

from . import metainfo
from .base_fashion_dataset import BaseFashionDataset, as_list
from .bbox_file import whole_image
from .readers import LandmarkTable, read_fashionai_csv, read_fashionai_ids
from .readers.fashionai_csv import CATEGORIES


@DATASETS.register_module()
class FashionAIDataset(BaseFashionDataset):
    """FashionAI key points: 24 landmarks on five categories of garments.

    Reads the official csv files as downloaded. Landmarks, in the order of
    the columns::

        0: 'neckline_left',     12: 'cuff_right_out',
        1: 'neckline_right',    13: 'top_hem_left',
        2: 'center_front',      14: 'top_hem_right',
        3: 'shoulder_left',     15: 'waistband_left',
        4: 'shoulder_right',    16: 'waistband_right',
        5: 'armpit_left',       17: 'hemline_left',
        6: 'armpit_right',      18: 'hemline_right',
        7: 'waistline_left',    19: 'crotch',
        8: 'waistline_right',   20: 'bottom_left_in',
        9: 'cuff_left_in',      21: 'bottom_left_out',
        10: 'cuff_left_out',    22: 'bottom_right_in',
        11: 'cuff_right_in',    23: 'bottom_right_out'

    ``category_id`` is 1 blouse, 2 outwear, 3 dress, 4 skirt, 5 trousers.

    FashionAI has no boxes and no image sizes: the box is the whole image,
    (0, 0, width - 1, height - 1). It is read from the header of the image
    when a sample is loaded, just before the image itself.

    Args:
        ann_file (str | Sequence[str]): One or more csv files. Relative paths
            are relative to ``data_root``. Of rows with the same image id the
            first one counts.
        exclude (str | Sequence[str], optional): csv files, with or without
            annotations, whose image ids are left out: those of a validation
            set, say.
        occluded_weight (float): Weight of occluded landmarks in training,
            from 0 (left out) to 1 (as visible ones). A fraction needs
            ``GenerateWeightedTarget`` in place of ``GenerateTarget`` in the
            pipeline. Defaults to 1.
        crop (str): ``'bbox'`` or ``'image'``, which is the same here.
        bbox_file (str, optional): json of detected boxes to crop the images
            to, in test mode; errors are still divided by the true box.
        data_prefix (dict): ``img`` is the folder that the image ids are
            relative to, or a list with one folder for each csv file.
            Defaults to ``dict(img='')``.
        **kwargs: Arguments of ``BaseCocoStyleDataset``: ``data_root``,
            ``pipeline``, ``test_mode``, ...

    Raises:
        FileNotFoundError: If a file or images are absent.
        ValueError: If an argument or an annotation is wrong. The message
            names the file and line.
    """

    METAINFO = metainfo.FASHIONAI
    CATEGORIES = CATEGORIES

    def __init__(self,
                 ann_file: Union[str, Sequence[str]],
                 exclude: Optional[Union[str, Sequence[str]]] = None,
                 **kwargs) -> None:
        self.exclude = exclude or []
        super().__init__(ann_file=ann_file, **kwargs)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        self.exclude = self._join_root(self.exclude)

    def _read_table(self) -> Tuple[LandmarkTable, List[str]]:
        files = as_list(self.ann_file)
        excludes = as_list(self.exclude)
        prefixes = as_list(self.data_prefix['img'])
        if not files:
            raise ValueError(f'{type(self).__name__}: ann_file names no csv')
        if len(prefixes) == 1:
            prefixes = prefixes * len(files)
        elif len(prefixes) != len(files):
            raise ValueError(
                f'{type(self).__name__}: data_prefix.img has {len(prefixes)} '
                f'folders for {len(files)} csv files, it must have one, or '
                'one for each')
        tables = [read_fashionai_csv(f) for f in files]
        paths = [
            osp.join(prefix, name) for table, prefix in zip(tables, prefixes)
            for name in table.names
        ]
        table = LandmarkTable.concatenate(tables)
        ids = np.arange(len(table.names))
        table = table._replace(ids=ids, image_ids=ids)

        excluded = {i for f in excludes for i in read_fashionai_ids(f)}
        first = {}
        for row, name in enumerate(table.names):
            first.setdefault(name, row)
        rows = [row for name, row in first.items() if name not in excluded]
        print_log(
            f'{type(self).__name__}: {len(table.names)} rows, dropped '
            f'{len(table.names) - len(first)} whose image id came before and '
            f'{len(first) - len(rows)} that exclude names',
            logger='current')
        if not rows:
            raise ValueError(f'{", ".join(files)}: no rows are left, of '
                             f'{len(table.names)}')
        return table.take(rows), [paths[row] for row in rows]

    def get_data_info(self, idx: int) -> dict:
        data_info = super().get_data_info(idx)
        size = self.loading.size(data_info['img_path'])
        data_info['bbox'] = whole_image(*size)
        bbox = data_info['bbox'][0].tolist()
        for ann in as_list(data_info['raw_ann_info']):
            ann.update(bbox=bbox[:], area=bbox[2] * bbox[3])
        return data_info
