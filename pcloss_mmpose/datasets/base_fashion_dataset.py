import logging
import os.path as osp
from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.logging import MessageHub, print_log
from mmpose.datasets.datasets import BaseCocoStyleDataset
from mmpose.datasets.transforms import GenerateTarget
from mmpose.structures.bbox import bbox_xyxy2cs

from ..utils import counted
from .benchmark import Benchmark
from .checks import check_images_exist, describe_outside
from .detections import read_best_boxes, whole_image
from .garment_list import GarmentList
from .loading import Loading, find_loading
from .metainfo import check_swaps
from .readers import LandmarkTable
from .readers.landmark_table import take
from .transforms import GenerateWeightedTarget


def as_list(value: Any) -> list:
    """Make a list of one item, or of a list or tuple of items."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


class _Plain(list):
    """A list of numbers, names, or lists of these: quick to copy in depth.

    MMPose copies the metainfo for each sample, which for 24 landmarks takes
    as long as to encode them. The copy is a mere list, so that nothing else
    ever holds this class.
    """

    def __deepcopy__(self, memo: dict) -> list:
        return [v[:] if isinstance(v, list) else v for v in self]


class BaseFashionDataset(BaseCocoStyleDataset):
    """What the data sets of garment landmarks have in common.

    A subclass reads its files in :meth:`_read_table`; here the rows become
    the instances of MMPose. Each has, beside the keys of stock data sets:

    - ``keypoints`` (1, K, 2), float32: (x, y) in pixels of the image
    - ``keypoints_visible`` (1, K), float32: 1 visible, ``occluded_weight``
      occluded, 0 absent
    - ``bbox`` (1, 4), float32: (x1, y1, x2, y2) in pixels
    - ``category_id`` (int) and ``category`` (str): the garment type, counted
      from 1, and its name; ``metainfo['CLASSES']`` lists them
    - ``raw_ann_info``: the annotation in COCO's layout; its ``keypoints`` are
      a list of K times x, y, v with v = 2 visible, 1 occluded, 0 absent,
      whatever ``occluded_weight``

    Args:
        ann_file (str | Sequence[str]): Annotation file(s).
        occluded_weight (float): Weight of occluded landmarks in training,
            from 0 (left out) to 1 (as visible ones). A fraction needs
            ``GenerateWeightedTarget`` in place of ``GenerateTarget`` in the
            pipeline, which is checked here, but not for the pipeline of a
            ``CombinedDataset`` around. Defaults to 1.
        crop (str): What the pipeline crops the image to: ``'bbox'``, the
            garment's box, or ``'image'``, the whole image, in training and
            test, as for models that are told no box ("unconstrained").
            ``bbox_center`` and ``bbox_scale`` of an instance say so, and
            ``bbox``, by which errors are divided, remains the true box. Each
            garment of an image is a sample of its own, with the same crop.
            Defaults to ``'bbox'``.
        bbox_file (str, optional): Detected boxes, in test mode alone, as
            :func:`~pcloss_mmpose.datasets.detections.read_best_boxes` takes
            them; as in MMPose, the path is not relative to ``data_root``.
            The image is cropped to its best detection, or not at all if it
            has none, which is logged: ``bbox_center``, ``bbox_scale`` and
            ``bbox_score``, the detection's or 0. ``bbox``, by which errors
            are divided, and the landmarks remain those annotated.
        **kwargs: Arguments of ``BaseCocoStyleDataset``.

    Raises:
        FileNotFoundError: If a file or images are absent.
        ValueError: If an argument or an annotation is wrong. The message
            names the file and line.
    """

    #: What is known of the data set; ``METAINFO`` follows from it.
    BENCHMARK: Benchmark
    ann_file: Any  # one or several, as the subclass has it

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        if 'BENCHMARK' in vars(cls) and 'METAINFO' not in vars(cls):
            cls.METAINFO = cls.BENCHMARK.metainfo

    def __init__(self,
                 ann_file: Union[str, Sequence[str]] = '',
                 occluded_weight: float = 1.0,
                 crop: str = 'bbox',
                 **kwargs) -> None:
        name = type(self).__name__
        if not (isinstance(occluded_weight,
                           (int, float)) and 0 <= occluded_weight <= 1):
            raise ValueError(f'{name}: occluded_weight must be in [0, 1], '
                             f'found {occluded_weight!r}')
        self.occluded_weight = occluded_weight
        if crop not in ('bbox', 'image'):
            raise ValueError(f"{name}: crop must be 'bbox' or 'image', found "
                             f'{crop!r}')
        if crop == 'image' and kwargs.get('bbox_file'):
            raise ValueError(f"{name}: crop='image' takes no boxes, leave out "
                             f'bbox_file={kwargs["bbox_file"]!r}')
        self.crop = crop
        super().__init__(ann_file=ann_file, **kwargs)

        if self.test_mode:
            # The base class announces ann_file to CocoMetric, which would
            # load it as a COCO json. Without, it reads raw_ann_info.
            MessageHub.get_current_instance().pop_info(
                f'{self.metainfo["dataset_name"]}_ann_file')

        if 0 < occluded_weight < 1 and any(
                isinstance(t, GenerateTarget)
                and not isinstance(t, GenerateWeightedTarget)
                for t in self.pipeline.transforms):
            raise ValueError(
                f'{name}: occluded_weight={occluded_weight} needs '
                'GenerateWeightedTarget in place of GenerateTarget in the '
                'pipeline, because stock codecs know only 0 and 1')

    @property
    def loading(self) -> Loading:
        """How the pipeline reads the images."""
        return find_loading(self.pipeline, self.test_mode)

    def _read_table(self) -> Tuple[LandmarkTable, Sequence[str]]:
        """Read the annotations and the path of each image."""
        raise NotImplementedError

    @classmethod
    def _load_metainfo(cls, metainfo: Optional[dict] = None) -> dict:
        parsed = super()._load_metainfo(metainfo)
        check_swaps(parsed['keypoint_id2name'], parsed['flip_indices'],
                    f'{cls.__name__}: metainfo')
        parsed = {
            key: _Plain(value) if isinstance(value, list) else value
            for key, value in parsed.items()
        }
        # the key that stock data sets fill from a COCO json
        parsed['CLASSES'] = [
            dict(id=i, name=name)
            for i, name in enumerate(cls.BENCHMARK.categories, 1)
        ]
        parsed['norm'] = cls.BENCHMARK.norm  # for the metrics
        return parsed

    def _join_prefix(self) -> None:
        self.ann_file = self._join_root(self.ann_file)
        for key, prefix in self.data_prefix.items():
            self.data_prefix[key] = self._join_root(prefix)

    def _join_root(self, path: Union[str, Sequence[str]]):
        if isinstance(path, str):
            return osp.join(self.data_root or '', path)
        return [self._join_root(p) for p in path]

    def _load_annotations(self) -> Tuple[GarmentList, List[dict]]:
        table, paths = self._read_table()
        if self.sample_interval > 1:
            rows = np.flatnonzero(table.image_ids % self.sample_interval == 0)
            table, paths = table.take(rows), take(paths, rows)
        outside = self._check_images(table, paths)
        if outside:
            print_log(
                f'{type(self).__name__}: {outside}',
                logger='current',
                level=logging.WARNING)

        garments = self._make_garments(table, paths)
        images = {}
        if self.data_mode == 'bottomup':  # top-down does not read them
            images = dict(zip(table.image_ids.tolist(), paths))
        return garments, [
            dict(img_id=k, img_path=v) for k, v in images.items()
        ]

    def _check_images(self, table: LandmarkTable,
                      paths: Sequence[str]) -> Optional[str]:
        """Refuse what lacks its image, say what lies outside of it."""
        check_images_exist(table, paths, self.loading)
        return describe_outside(table, paths, self.loading)

    def _make_garments(self, table: LandmarkTable,
                       paths: Sequence[str]) -> GarmentList:
        return GarmentList(table, paths, self._weights,
                           tuple(self.BENCHMARK.categories),
                           self._read_detections(table))

    @property
    def _weights(self) -> np.ndarray:
        """Of landmarks that are absent, occluded and visible."""
        return np.array([0, self.occluded_weight, 1], dtype=np.float32)

    def _read_detections(self, table: LandmarkTable) -> Optional[np.ndarray]:
        if not self.bbox_file:
            return None
        detections = read_best_boxes(self.bbox_file, table.names,
                                     table.image_ids)
        print_log(
            f'{type(self).__name__}: {np.isnan(detections[:, 0]).sum()} of '
            f'{counted(len(detections), "garment has", "garments have")} '
            'no detection in '
            f'{self.bbox_file}: their whole image is taken',
            logger='current')
        return detections

    def _load_detection_results(self) -> GarmentList:
        return self._get_topdown_data_infos(self._load_annotations()[0])

    def get_data_info(self, idx: int) -> dict:
        data_info = super().get_data_info(idx)
        if ((self.crop == 'image' or self.bbox_file)
                and 'bbox_center' not in data_info):
            size = self.loading.size(data_info['img_path'])
            center, scale = bbox_xyxy2cs(whole_image(*size))
            data_info.update(bbox_center=center, bbox_scale=scale)
        return data_info

    def load_data_list(self) -> Sequence[dict]:
        data_list = super().load_data_list()
        # Its columns are as compact as pickles.
        if isinstance(data_list, GarmentList):
            self.serialize_data = False
        return data_list

    def _get_unserialized_subset(self, indices: Union[Sequence[int], int]):
        if isinstance(self.data_list, GarmentList) and isinstance(
                indices, (list, tuple, range)):
            return self.data_list.take(np.array(indices, dtype=np.int64))
        return super()._get_unserialized_subset(indices)

    @staticmethod
    def _is_valid_instance(data_info: dict) -> bool:
        # the readers have refused all else that makes a garment invalid
        return data_info['num_keypoints'] > 0

    def _get_topdown_data_infos(self, garments: GarmentList) -> GarmentList:
        labelled = np.flatnonzero(garments.num_labelled)
        unlabelled = len(garments) - len(labelled)
        if not len(labelled):
            raise ValueError(
                f'{self.ann_file}: none of the '
                f'{counted(unlabelled, "garment")} has a labelled landmark')
        if unlabelled:
            print_log(
                f'{type(self).__name__}: left out {unlabelled} of '
                f'{counted(len(garments), "garment")} without a labelled '
                'landmark',
                logger='current')
            garments = garments.take(labelled)
        return garments
