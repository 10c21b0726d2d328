"""The ways in which papers normalise landmark errors."""
import warnings
from functools import lru_cache
from typing import Callable, NamedTuple, Sequence, Tuple

import numpy as np
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.evaluation.metrics import NME

from ...datasets.readers.fashionai_csv import LANDMARKS as FASHIONAI_LANDMARKS
from ..functional import FASHIONAI_REFERENCE, fashionai_size, pair_size
from .samples import LandmarkBatch, as_array, category_of, describe


class Norm(NamedTuple):
    """How a benchmark scales errors and averages them.

    ``size`` gives what x and y are divided by (N, 2), NaN for an image that
    the benchmark leaves out. ``pooled`` says whether the average is taken
    over all landmarks of all images at once, or first per landmark.
    """
    size: Callable[[LandmarkBatch], np.ndarray]
    pooled: bool


def _bbox(batch: LandmarkBatch) -> np.ndarray:
    boxes = []
    for sample in batch.samples:
        if 'bboxes' not in sample['gt_instances']:
            raise ValueError(f"{describe(sample)}: norm 'bbox' needs the "
                             "ground-truth box, but 'bboxes' is not among "
                             'gt_instances.')
        boxes.append(as_array(sample['gt_instances']['bboxes']))
    corners = np.concatenate(boxes).astype(np.float64)
    size = corners[:, 2:4] - corners[:, :2]
    _check(size, ((size > 0) & (size < np.inf)).all(axis=1), batch,
           'the ground-truth box')
    return size


def _fashionai(batch: LandmarkBatch) -> np.ndarray:
    categories = []
    for sample in batch.samples:
        category = category_of(sample)
        if category not in FASHIONAI_REFERENCE:
            raise ValueError(
                f'{describe(sample)}: category_id is {category}, but must be '
                '1 (blouse), 2 (outwear), 3 (dress), 4 (skirt) or '
                '5 (trousers).')
        categories.append(category)
    xy, labelled = _fashionai_landmarks(batch, categories)
    size = fashionai_size(xy, labelled, np.array(categories))
    _check(size, ~(size == 0).any(axis=1), batch,
           "the distance of the category's two reference landmarks")
    return size


def _fashionai_landmarks(batch: LandmarkBatch, categories: Sequence[int]
                         ) -> Tuple[np.ndarray, np.ndarray]:
    """FashionAI's landmarks (N, 24, 2), and which are labelled (N, 24).

    Those of the annotation, else those of the samples by their names: a
    transform may have changed their order, or left out the reference.
    """
    number = len(FASHIONAI_LANDMARKS)
    places = {
        FASHIONAI_LANDMARKS.index(name): k
        for k, name in enumerate(batch.names) if name in FASHIONAI_LANDMARKS
    }
    if not places and batch.gt.shape[1] == number:
        places = {k: k for k in range(number)}
    known, columns = list(places), list(places.values())
    xy = np.zeros((len(batch.gt), number, 2))
    labelled = np.zeros((len(batch.gt), number), dtype=bool)
    xy[:, known] = batch.gt[:, columns]
    labelled[:, known] = batch.labelled[:, columns]
    for n, annotation in enumerate(batch.annotations):
        if annotation is not None and len(annotation) == number:
            xy[n], labelled[n] = annotation[:, :2], annotation[:, 2] > 0
        elif not places.keys() >= set(FASHIONAI_REFERENCE[categories[n]]):
            raise ValueError(
                f"{describe(batch.samples[n])}: norm 'fashionai' is for "
                "FashionAI's 24 landmarks, but the samples have "
                f"{batch.gt.shape[1]}, without the category's reference, and "
                "there is no annotation of 24 in 'raw_ann_info'.")
    return xy, labelled


def _keypoint_distance(batch: LandmarkBatch) -> np.ndarray:
    ends = np.empty((len(batch.gt), 2, 3))  # x, y and whether labelled
    for n, annotation in enumerate(batch.annotations):
        sample = batch.samples[n]
        name = sample.get('dataset_name')
        if (annotation is not None and name in KEYPOINT_PAIRS
                and len(annotation) == _num_landmarks(name)):
            ends[n] = annotation[KEYPOINT_PAIRS[name]]
            continue
        # Without annotation, the landmarks are those of the metric's own
        # data set, whatever they have been converted from.
        name = batch.dataset or name
        if name not in KEYPOINT_PAIRS:
            raise ValueError(
                f"{describe(sample)}: norm 'keypoint_distance' is for the "
                f'data sets {", ".join(KEYPOINT_PAIRS)}, but dataset_name is '
                f'{name!r}.')
        pair = KEYPOINT_PAIRS[name]
        if max(pair) >= batch.gt.shape[1]:
            raise ValueError(
                f'{describe(sample)}: {name} is measured by its landmarks '
                f'{pair}, but the samples have {batch.gt.shape[1]}.')
        ends[n, :, :2] = batch.gt[n, pair]
        ends[n, :, 2] = batch.labelled[n, pair]
    size = pair_size(ends[..., :2], ends[..., 2] > 0,
                     np.tile([0, 1], (len(ends), 1)))
    _check(size, ~(size == 0).any(axis=1), batch,
           'the distance of the two reference landmarks')
    return size


@lru_cache(maxsize=None)
def _num_landmarks(dataset: str) -> int:
    """Of a data set whose metainfo MMPose has in a file of its name."""
    file = f'configs/_base_/datasets/{dataset}.py'
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that the file is MMPose's own
        return parse_pose_metainfo(dict(from_file=file))['num_keypoints']


def _check(size: np.ndarray, good: np.ndarray, batch: LandmarkBatch,
           what: str) -> None:
    if good.all():
        return
    n = int(np.argmin(good))
    width, height = size[n].tolist()
    raise ValueError(
        f'{describe(batch.samples[n])}: errors are divided by {what}, but it '
        f'measures {width:g} x {height:g} pixels; it must be above 0.')


#: Where nothing is known of the data set.
DEFAULT_NORM = 'bbox'
#: Data set -> the pair of landmarks that sets the scale: of faces, the outer
#: corners of the eyes.
KEYPOINT_PAIRS = NME.DEFAULT_KEYPOINT_INDICES
NORMS = {
    'bbox': Norm(_bbox, pooled=False),
    'fashionai': Norm(_fashionai, pooled=True),
    'keypoint_distance': Norm(_keypoint_distance, pooled=True),
}
