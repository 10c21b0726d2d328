"""From the data samples of a top-down model to checked arrays."""
from typing import NamedTuple, Optional, Sequence

import numpy as np
import torch

from ..functional import (ABSENT, LABELLED, OCCLUDED, VISIBLE,
                          annotated_visibility)


class LandmarkBatch(NamedTuple):
    """Predictions and ground truth of N images with K landmarks."""
    pred: np.ndarray  # (N, K, 2), (x, y) in pixels of the image
    gt: np.ndarray  # the same of the ground truth
    # (N, K), COCO's codes, and LABELLED where the annotation does not tell
    visibility: np.ndarray
    mask: np.ndarray  # booleans (N, K), what MMPose's metrics count
    # whether a landmark is not the annotated one of the same number
    converted: bool
    # of each image (R, 3), x, y and code, or None
    annotations: Sequence[Optional[np.ndarray]]
    names: Sequence[str]  # of the K landmarks
    dataset: str  # whose landmarks they are, or ''
    samples: Sequence[dict]

    @property
    def labelled(self) -> np.ndarray:
        """True where the position is annotated, visible or occluded."""
        return self.visibility != ABSENT


def describe(sample: dict) -> str:
    """How messages name the image of a data sample."""
    return str(sample.get('img_path', f"image {sample.get('img_id', '?')}"))


def as_array(value) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    return np.asarray(value)


def annotation_of(sample: dict) -> dict:
    """The annotation of a sample's only object, empty if there is none."""
    annotation = sample.get('raw_ann_info')
    if isinstance(annotation, list) and len(annotation) == 1:
        annotation = annotation[0]
    return annotation if isinstance(annotation, dict) else {}


def category_of(sample: dict) -> Optional[int]:
    """The garment type of a sample's only object, None if unknown."""
    number = sample.get('category_id')
    if number is None:
        number = annotation_of(sample).get('category_id')
    values = np.ravel(as_array(number))
    return int(values[0]) if len(values) == 1 and number is not None else None


def landmark_names(dataset_meta: Optional[dict],
                   num_landmarks: int) -> Sequence[str]:
    """The data set's names of the landmarks, else their numbers."""
    meta = dataset_meta or {}
    names = meta.get('keypoint_id2name')
    if not names:
        return [str(k) for k in range(num_landmarks)]
    if len(names) != num_landmarks:
        raise ValueError(
            f'The samples have {num_landmarks} landmarks, but the data set '
            f"'{meta.get('dataset_name')}' names {len(names)}.")
    return [names[k] for k in range(num_landmarks)]


def read_samples(samples: Sequence[dict],
                 dataset_meta: Optional[dict] = None) -> LandmarkBatch:
    """Stack what metrics need from the data samples of one batch.

    The visibility is read from the annotation (``raw_ann_info``), because
    ``keypoints_visible`` no longer tells visible from occluded. A labelled
    landmark that the annotation has not got, and every labelled one of a
    sample without annotation, is ``LABELLED``.

    Args:
        samples (Sequence[dict]): Data samples, each of one garment, with
            ``pred_instances.keypoints`` and ``gt_instances.keypoints``
            (1, K, 2) in pixels, ``gt_instances.keypoints_visible`` (1, K) or
            (1, K, 2), without which all landmarks are labelled, and the
            COCO-style ``raw_ann_info.keypoints``.
        dataset_meta (dict, optional): Names the landmarks.

    Raises:
        ValueError: The data are not as described, or a number among the
            predictions or the labelled positions is NaN or infinite.
    """
    preds, gts = ([_keypoints(s, key) for s in samples]
                  for key in ('pred_instances', 'gt_instances'))
    shape = (1, ) + gts[0].shape[1:2] + (2, )
    for sample, pred, gt in zip(samples, preds, gts):
        if pred.shape != shape or gt.shape != shape:
            raise ValueError(
                f'{describe(sample)}: predicted landmarks have the shape '
                f'{pred.shape}, true ones {gt.shape}, but both must be '
                f'{shape}: one garment per sample, the same landmarks.')
    pred, gt = (np.concatenate(xy).astype(np.float64) for xy in (preds, gts))
    mask = np.concatenate([_mask(s, shape[1]) for s in samples])
    annotations = [_annotated(s) for s in samples]
    for n, sample in enumerate(samples):
        if annotations[n] is None and mask[n].any() and not gt[n].any():
            raise ValueError(
                f'{describe(sample)}: no true landmarks; test on the boxes '
                'of the annotation file, not on detected ones.')
    codes, same = annotated_visibility(gt, mask, _stacked(annotations))
    names = landmark_names(dataset_meta, shape[1])
    _check('visibility', codes,
           np.isnan(codes) | np.isin(codes, (ABSENT, OCCLUDED, VISIBLE)),
           '0 (absent), 1 (occluded) or 2 (visible)', names, samples)
    told = np.array([a is not None for a in annotations])
    batch = LandmarkBatch(
        pred=pred,
        gt=gt,
        visibility=np.nan_to_num(codes, nan=LABELLED).astype(np.int8),
        mask=mask,
        converted=bool((~same & mask & told[:, None]).any()),
        annotations=annotations,
        names=names,
        dataset=(dataset_meta or {}).get('dataset_name') or '',
        samples=samples)
    _check('prediction', batch.pred, np.isfinite(batch.pred), 'finite', names,
           samples)
    _check('annotated position', batch.gt,
           np.isfinite(batch.gt) | ~batch.labelled[..., None], 'finite', names,
           samples)
    return batch


def _keypoints(sample: dict, key: str) -> np.ndarray:
    if 'keypoints' not in sample[key]:
        raise ValueError(f"{describe(sample)}: 'keypoints' is not among "
                         f'{key}, but each sample must have one garment.')
    return as_array(sample[key]['keypoints'])


def _mask(sample: dict, num_landmarks: int) -> np.ndarray:
    """What MMPose's metrics count (1, K)."""
    visible = sample['gt_instances'].get('keypoints_visible')
    if visible is None:
        return np.ones((1, num_landmarks), dtype=bool)
    # KeypointConverter adds weights as a second column.
    return as_array(visible).reshape(1, num_landmarks, -1)[..., 0] != 0


def _annotated(sample: dict) -> Optional[np.ndarray]:
    """The landmarks as annotated (R, 3), None if they cannot be read."""
    try:
        numbers = np.array(annotation_of(sample)['keypoints'], np.float64)
        return numbers.reshape(-1, 3) if numbers.size else None
    except (KeyError, TypeError, ValueError):
        return None


def _stacked(annotations: Sequence[Optional[np.ndarray]]) -> np.ndarray:
    """One array (N, R, 3), NaN where an image has fewer than R or none."""
    lengths = {0 if a is None else len(a) for a in annotations}
    if len(lengths) == 1 and 0 not in lengths:
        return np.stack(annotations)
    stacked = np.full((len(annotations), max(lengths), 3), np.nan)
    for row, annotation in zip(stacked, annotations):
        if annotation is not None:
            row[:len(annotation)] = annotation
    return stacked


def _check(what: str, values: np.ndarray, good: np.ndarray, allowed: str,
           names: Sequence[str], samples: Sequence[dict]) -> None:
    if good.all():
        return
    n, k = np.argwhere(~good)[0, :2]
    raise ValueError(f"{describe(samples[n])}: {what} of landmark "
                     f"'{names[k]}' is {values[n, k].tolist()}, but must be "
                     f'{allowed}.')
