import os.path as osp
from collections import defaultdict
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import DATASETS

from ..utils import counted
from .base_fashion_dataset import BaseFashionDataset, as_list
from .benchmark import Benchmark
from .checks import describe_outside
from .deepfashion2_tree import read_deepfashion2, read_split
from .detections import read_detections
from .garment_list import GarmentList
from .metainfo import SIDE_COLORS
from .readers import LandmarkTable
from .readers.deepfashion2_annos import (ATTRIBUTES, CATEGORIES, FIRST, ITEM,
                                         NUM_LANDMARKS, SIGMAS, SOURCES,
                                         list_numbered, make_table, read_annos)
from .readers.formatted import Formatted
from .tree_check import TreeFormat


def _chain(*numbers: int) -> List[Tuple[int, int]]:
    return list(zip(numbers, numbers[1:]))


def _describe(category: str) -> Tuple[Dict[int, int], List[Tuple[int, int]]]:
    """Swap partners and links of the landmarks of a category, from 1.

    The landmarks run along the outline: of what hangs from the shoulders six
    around the neck, the back first, and then from its left side (in the
    image) along sleeve, side, hem and back up; of an open front the edges
    come last.
    """
    last = NUM_LANDMARKS[category]
    if category in ('shorts', 'trousers', 'skirt'):
        swaps = {1: 3, **{i: last + 4 - i for i in range(4, last + 1)}}
        return swaps, _chain(3, 2, 1, *range(4, last + 1), 3)
    if 'outwear' in category:
        last -= 6
    left = (last + 7) // 2  # the middle of the hem, or its end on the left
    swaps = {2: 6, 3: 5, **{i: last + 7 - i for i in range(7, last + 1)}}
    if 'outwear' in category:
        edge = range(last + 1, last + 7)
        swaps.update({4: edge[0], left: edge[3]})
        swaps.update({edge[1]: edge[4], edge[2]: edge[5]})
        return swaps, _chain(1, 2, *range(
            7, left + 1), edge[5], edge[4], 4, 3, 2) + _chain(
                1, 6, *range(last, left, -1), *edge[3::-1], 5, 6)
    links = _chain(*range(1, 7), 1)
    if 'sling' in category:
        return swaps, links + _chain(7, 2, *range(8, last), 6, last)
    return swaps, links + _chain(2, *range(7, last + 1), 6)


def _make_metainfo() -> dict:
    keypoints: Dict[int, dict] = {}
    skeleton: Dict[int, dict] = {}
    for category, number in NUM_LANDMARKS.items():
        swaps, links = _describe(category)
        swaps.update({j: i for i, j in swaps.items() if j != i})
        first = len(keypoints)
        for i in range(1, number + 1):
            partner = swaps.get(i, i)
            # along the edges of an open front, the right one comes first
            side = '' if partner == i else 'left' if (i < partner) != (
                number -
                6 < min(i, partner) and 'outwear' in category) else 'right'
            keypoints[first + i - 1] = dict(
                name=f'{category} {i}',
                id=first + i - 1,
                color=SIDE_COLORS[side],
                type='',
                swap=f'{category} {partner}' if partner != i else '')
        for link in links:
            skeleton[len(skeleton)] = dict(
                link=tuple(f'{category} {i}' for i in link),
                id=len(skeleton),
                color=SIDE_COLORS[''])
    return dict(
        dataset_name='deepfashion2',
        keypoint_info=keypoints,
        skeleton_info=skeleton,
        joint_weights=[1.] * len(keypoints),
        sigmas=list(SIGMAS))


_METAINFO = _make_metainfo()
DEEPFASHION2 = Benchmark(
    name='deepfashion2',
    landmarks=[k['name'] for k in _METAINFO['keypoint_info'].values()],
    categories={
        name: range(FIRST[i], FIRST[i] + NUM_LANDMARKS[name])
        for i, name in enumerate(CATEGORIES, 1)
    },
    norm='bbox',
    trees=dict(
        deepfashion2=TreeFormat(
            what='a json for each image, as downloaded',
            annotations='*/annos',
            reader=read_split,
            needed=[('train/annos/', 'validation/annos/')],
            images='{split}/image',
            is_one=osp.isdir)))

#: What `subset` may choose by, and the names of the values.
CHOICES = dict(category=CATEGORIES, **ATTRIBUTES, source=SOURCES)

_MIN_IOU = .5


class Truth:
    """Annotations for a metric, in the metainfo of a data set.

    Metainfo is copied and pickled at many places; this travels along as it
    is, and into no file.

    Args:
        table (LandmarkTable, optional): All annotations.
    """

    def __init__(self, table: Optional[LandmarkTable] = None) -> None:
        self.table = table

    def __deepcopy__(self, memo: dict) -> 'Truth':
        return self

    def __reduce__(self) -> tuple:
        return Truth, ()


@DATASETS.register_module()
class DeepFashion2AnnosDataset(BaseFashionDataset):
    """DeepFashion2, 13 categories of garments with 8 to 39 landmarks each.

    "DeepFashion2: A Versatile Benchmark for Detection, Pose Estimation,
    Segmentation and Re-Identification of Clothing Images", CVPR 2019. Reads
    the official files as downloaded: a json for each image, with several
    items, where ``DeepFashion2Dataset`` of MMPose needs them converted to one
    COCO json. A sample is one item. All categories share 294 landmarks, in
    the official order; those of the other categories are absent. Swap pairs
    are the official ones, also where MMPose's differ (short-sleeved outwear,
    landmarks 2, 4, 6 and 26; the vest's 13); sigmas are those of the
    official OKS.

    ``raw_ann_info`` has the fields of the item as well: ``scale``,
    ``occlusion``, ``zoom_in``, ``viewpoint``, ``style``, and its image's
    ``source`` and ``pair_id``, as in the files. Image ids are the numbers in
    the files' names.

    The first reading takes a while; what it finds is kept in a file, and read
    again only when names, sizes or times of the json files change.

    Args:
        ann_file (str): The folder of the json files. Relative paths are
            relative to ``data_root``. Defaults to ``'train/annos'``. Empty
            for images without annotations, which need a ``bbox_file``.
        subset (dict, optional): What to keep: values, or lists of values, of
            ``category``, ``scale`` (small, modest, large), ``occlusion``
            (slight, medium, heavy), ``zoom_in`` (no, medium, large),
            ``viewpoint`` (no wear, frontal, side or back) and ``source``
            (user, shop).
        cache (bool | str): Whether to keep what was read, beside the folder
            (``train/annos.npz``) or in a folder given here. Defaults to True.
        bbox_file (str, optional): json of detected boxes with their
            categories, in test mode. Each detection is then a sample, with
            the landmarks of its category. Where an item of the same category
            overlaps it most, by an IoU of at least 0.5, the sample has the
            landmarks and the box of that item; else none is labelled.
        data_prefix (dict): ``img`` is the folder of the images. Defaults to
            ``dict(img='train/image')``.
        **kwargs: Arguments of ``BaseFashionDataset``.

    Raises:
        FileNotFoundError: If a folder or images are absent.
        ValueError: If an argument or an annotation is wrong. The message
            names the file and item.
    """

    BENCHMARK = DEEPFASHION2
    METAINFO = _METAINFO  # with the official sigmas

    def __init__(self,
                 ann_file: str = 'train/annos',
                 subset: Optional[Dict[str, Union[str, List[str]]]] = None,
                 cache: Union[bool, str] = True,
                 data_prefix: dict = dict(img='train/image'),
                 **kwargs) -> None:
        self.subset = {k: as_list(v) for k, v in (subset or {}).items()}
        for key, values in self.subset.items():
            allowed = CHOICES.get(key)
            if allowed is None:
                raise ValueError(f'{type(self).__name__}: subset must have '
                                 f'keys of {", ".join(CHOICES)}, found '
                                 f'{key!r}')
            for value in values:
                if value not in allowed:
                    raise ValueError(
                        f'{type(self).__name__}: subset: {key} must be of '
                        f'{", ".join(allowed)}, found {value!r}')
        if not ann_file and not kwargs.get('bbox_file'):
            raise ValueError(f'{type(self).__name__}: without ann_file, '
                             'bbox_file must be given')
        self.cache = cache
        self.annotated = bool(ann_file)
        super().__init__(ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def _read_table(self) -> Tuple[LandmarkTable, Sequence[str]]:
        folder = self.ann_file
        pictures = self.data_prefix['img']
        if self.annotated:
            table = read_deepfashion2(folder, pictures, self.cache,
                                      self.loading.skips)
        else:
            nothing = np.zeros(0, dtype=np.int64)
            table = make_table(read_annos(folder, nothing), folder)
        if self.subset:
            table = table.take(np.flatnonzero(self._is_chosen(table)))
            if not len(table.names):
                raise ValueError(f'{folder}: no item is in the subset '
                                 f'{self.subset}')
        return table, self._paths(table)

    def _paths(self, table: LandmarkTable) -> Formatted:
        assert isinstance(table.names, Formatted)
        return table.names.after(osp.join(self.data_prefix['img'], ''))

    def _is_chosen(self, table: LandmarkTable) -> np.ndarray:
        assert table.extras is not None
        chosen = np.ones(len(table.names), dtype=bool)
        for key, values in self.subset.items():
            if key == 'source':
                chosen &= np.isin(table.extras[key], values)
                continue
            column = (
                table.categories if key == 'category' else table.extras[key])
            chosen &= np.isin(column,
                              [CHOICES[key].index(v) + 1 for v in values])
        return chosen

    def _check_images(self, table: LandmarkTable,
                      paths: Sequence[str]) -> Optional[str]:
        if not self.annotated:
            return None
        return describe_outside(table, paths, self.loading)

    def _make_garments(self, table: LandmarkTable,
                       paths: Sequence[str]) -> GarmentList:
        if self.test_mode and self.annotated and self._indices is None:
            self._metainfo['truth'] = Truth(table)
        detections = None
        if self.bbox_file:
            table, detections = self._detected(table)
            paths = self._paths(table)
        return GarmentList(table, paths, self._weights, CATEGORIES, detections)

    def _load_detection_results(self) -> GarmentList:
        return self._load_annotations()[0]

    def get_data_info(self, idx: int) -> dict:
        data_info = super().get_data_info(idx)
        if self.bbox_file:
            data_info['raw_ann_info']['detected'] = True
        return data_info

    def _detected(self,
                  table: LandmarkTable) -> Tuple[LandmarkTable, np.ndarray]:
        """The detections as a table, and (x1, y1, x2, y2, score), (D, 5)."""
        ids, detections = read_detections(self.bbox_file, len(CATEGORIES))
        images = list_numbered(self.data_prefix['img'], '.jpg')[:, 0]
        if self.annotated:
            images = np.unique(table.image_ids)
        number_of = {f'{number:06d}.jpg': number for number in images.tolist()}
        ids = np.array(
            [number_of.get(i, i if type(i) is int else -1) for i in ids])
        kept = np.isin(ids, images)
        if not kept.any():
            raise ValueError(
                f'{self.bbox_file}: has no detection in the '
                f'{counted(len(images), "image")}, such as image_id '
                f'{images[0]}, but in '
                'others: the detector has to be run on the same split')
        ids, detections = ids[kept], detections[kept]
        categories = detections[:, 5].astype(np.int64)
        rows = match(table, ids, categories, detections)
        print_log(
            f'{type(self).__name__}: {counted(len(ids), "detection")} in '
            f'{self.bbox_file}, {(rows >= 0).sum()} of them of one of the '
            f'{counted(len(table.names), "item")}',
            logger='current')
        found = rows >= 0
        assert table.boxes is not None and table.extras is not None
        boxes, extras = detections[:, :4].copy(), np.zeros(len(ids), ITEM)
        boxes[found] = table.boxes[rows[found]]
        extras[found] = table.extras[rows[found]]
        return LandmarkTable(
            names=Formatted('{:06d}.jpg', ids),
            categories=categories,
            keypoints=table.keypoints.aligned(rows, categories),
            sources=Formatted('detection {}', np.arange(1,
                                                        len(ids) + 1)),
            ids=np.arange(1,
                          len(ids) + 1),
            image_ids=ids,
            boxes=boxes,
            extras=extras), detections[:, :5]


def match(table: LandmarkTable, image_ids: np.ndarray, categories: np.ndarray,
          detections: np.ndarray) -> np.ndarray:
    """Find the item that each detection shows.

    The detection with the highest score takes the item of its image and
    category that overlaps it most, then the next one of those that are left.

    Args:
        table (LandmarkTable): The items.
        image_ids (np.ndarray): Of the detections, (D, ).
        categories (np.ndarray): Their category ids, (D, ).
        detections (np.ndarray): Rows that begin with (x1, y1, x2, y2, score).

    Returns:
        np.ndarray: Row of the table in shape (D, ), -1 where no item that is
        left overlaps by an IoU of 0.5.
    """
    assert table.boxes is not None
    rows = defaultdict(list)
    for row, key in enumerate(
            zip(table.image_ids.tolist(), table.categories.tolist())):
        rows[key].append(row)
    matched = np.full(len(image_ids), -1)
    for i in np.argsort(-detections[:, 4], kind='stable').tolist():
        left = rows.get((int(image_ids[i]), int(categories[i])))
        if not left:
            continue
        overlap = _iou(detections[i, :4], table.boxes[left])
        if overlap.max() >= _MIN_IOU:
            matched[i] = left.pop(int(overlap.argmax()))
    return matched


def _iou(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    common = (high - low).clip(0).prod(1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1) + (box[2:] - box[:2]).prod()
    return common / (areas - common)
