import os.path as osp
from collections import Counter
from typing import List, Optional, Sequence, Tuple, Union

from mmpose.registry import DATASETS

from . import metainfo
from .base_fashion_dataset import as_list
from .base_list_dataset import BaseListDataset
from .readers import LandmarkTable, read_fld_json


@DATASETS.register_module()
class FLDDataset(BaseListDataset):
    """Fashion Landmark Detection, the "FLD" of DeepFashion, 123,016 images.

    "Fashion Landmark Detection in the Wild", ECCV 2016. Reads the official
    files as downloaded, or MMPose's own json files. Upper-body, lower-body
    and full-body garments share eight landmarks::

        0: 'left collar',
        1: 'right collar',
        2: 'left sleeve',
        3: 'right sleeve',
        4: 'left waistline',
        5: 'right waistline',
        6: 'left hem',
        7: 'right hem'

    An upper-body garment has no waistline, a lower-body garment neither
    collar nor sleeves: these are absent then. ``category_id`` is the
    ``clothes_type``: 1 upper, 2 lower, 3 full.

    With json the garment type follows from the number of landmarks (6, 4 or
    8), ``split`` must be left out since a json is one split, and
    ``bbox_list`` and ``partition_file`` are not read. Image names then come
    without ``img/``, so ``data_prefix=dict(img='img/')`` is needed. Other
    than in ``DeepFashionDataset``, boxes are not clipped to the image, so
    that both formats give the same boxes.

    Args:
        ann_file (str | Sequence[str]): ``list_landmarks.txt``, or one or more
            json files such as ``fld_upper_train.json``. Relative paths are
            relative to ``data_root``. Defaults to the official place.
        bbox_list (str): Defaults to the official place.
        partition_file (str): Defaults to the official place.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        occluded_weight (float): Weight of occluded landmarks in training,
            from 0 (left out) to 1 (as visible ones). A fraction needs
            ``GenerateWeightedTarget`` in place of ``GenerateTarget`` in the
            pipeline. Defaults to 1.
        crop (str): ``'bbox'``, or ``'image'`` to hand out whole images, in
            training and test; errors are still divided by the true box.
            Defaults to ``'bbox'``.
        bbox_file (str, optional): json of detected boxes to crop the images
            to, in test mode; errors are still divided by the true box.
        **kwargs: Arguments of ``BaseCocoStyleDataset``: ``data_root``,
            ``data_prefix``, ``pipeline``, ``test_mode``, ...

    Raises:
        FileNotFoundError: If a file or images are absent.
        ValueError: If an argument or an annotation is wrong. The message
            names the file and line.
    """

    METAINFO = metainfo.FLD
    VARIATION_TYPE = True

    def _check_split(self, ann_file: Union[str, Sequence[str]],
                     split: Optional[str]) -> None:
        files = as_list(ann_file)
        self.is_json = all(f.endswith('.json') for f in files) and bool(files)
        if not self.is_json:
            if len(files) != 1:
                raise ValueError(
                    f'{type(self).__name__}: ann_file must be one '
                    f'list_landmarks.txt or some json files, found {files}')
            super()._check_split(ann_file, split)
        elif split is not None:
            raise ValueError(
                f'{type(self).__name__}: a json is one split already, leave '
                f'out split={split!r}')

    def _read_table(self) -> Tuple[LandmarkTable, List[str]]:
        if not self.is_json:
            return super()._read_table()
        files = as_list(self.ann_file)
        table = LandmarkTable.concatenate([read_fld_json(f) for f in files])
        if not table.names:
            raise ValueError(f'{", ".join(files)}: no annotations')
        id_, count = Counter(table.ids.tolist()).most_common(1)[0]
        if count > 1:
            first, second = [
                s for s, i in zip(table.sources, table.ids) if i == id_
            ][:2]
            raise ValueError(f'{second}: the id is already used in {first}')
        return table, [
            osp.join(self.data_prefix['img'], name) for name in table.names
        ]
