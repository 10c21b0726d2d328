"""The ways in which papers normalise landmark errors."""
from typing import Callable, NamedTuple

import numpy as np
from mmpose.evaluation.metrics import NME

from ..functional import (FASHIONAI_REFERENCE, bbox_size, fashionai_size,
                          pair_size)
from .samples import LandmarkBatch, as_array, describe


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
    size = bbox_size(np.concatenate(boxes).astype(np.float64))
    _check(size, ((size > 0) & (size < np.inf)).all(axis=1), batch,
           'the ground-truth box')
    return size


def _fashionai(batch: LandmarkBatch) -> np.ndarray:
    if batch.gt.shape[1] != 24:
        raise ValueError("norm 'fashionai' is for FashionAI's 24 landmarks, "
                         f'but the samples have {batch.gt.shape[1]}.')
    categories = []
    for sample in batch.samples:
        category = sample.get('category_id')
        if category is None or int(category) not in FASHIONAI_REFERENCE:
            raise ValueError(
                f'{describe(sample)}: category_id is {category}, but must be '
                '1 (blouse), 2 (outwear), 3 (dress), 4 (skirt) or '
                '5 (trousers).')
        categories.append(int(category))
    size = fashionai_size(batch.gt, batch.labelled, np.array(categories))
    _check(size, ~(size == 0).any(axis=1), batch,
           "the distance of the category's two reference landmarks")
    return size


def _keypoint_distance(batch: LandmarkBatch) -> np.ndarray:
    name = batch.samples[0].get('dataset_name')
    if name not in KEYPOINT_PAIRS:
        raise ValueError(
            f"{describe(batch.samples[0])}: norm 'keypoint_distance' is for "
            f'the data sets {", ".join(KEYPOINT_PAIRS)}, but dataset_name is '
            f'{name!r}.')
    pair = list(KEYPOINT_PAIRS[name])
    if max(pair) >= batch.gt.shape[1]:
        raise ValueError(
            f'{describe(batch.samples[0])}: {name} is measured by its '
            f'landmarks {pair}, but the samples have {batch.gt.shape[1]}.')
    size = pair_size(batch.gt, batch.labelled,
                     np.tile(pair, (len(batch.gt), 1)))
    _check(size, ~(size == 0).any(axis=1), batch,
           'the distance of the two reference landmarks')
    return size


def _check(size: np.ndarray, good: np.ndarray, batch: LandmarkBatch,
           what: str) -> None:
    if good.all():
        return
    n = int(np.argmin(good))
    width, height = size[n].tolist()
    raise ValueError(
        f'{describe(batch.samples[n])}: errors are divided by {what}, but it '
        f'measures {width:g} x {height:g} pixels; it must be above 0.')


#: Data set -> the pair of landmarks that sets the scale: of faces, the outer
#: corners of the eyes.
KEYPOINT_PAIRS = NME.DEFAULT_KEYPOINT_INDICES
NORMS = {
    'bbox': Norm(_bbox, pooled=False),
    'fashionai': Norm(_fashionai, pooled=True),
    'keypoint_distance': Norm(_keypoint_distance, pooled=True),
}
