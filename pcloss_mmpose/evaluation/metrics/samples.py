"""From the data samples of a top-down model to checked arrays."""
from typing import NamedTuple, Optional, Sequence

import numpy as np
import torch

# COCO's visibility codes.
ABSENT, OCCLUDED, VISIBLE = 0, 1, 2


class LandmarkBatch(NamedTuple):
    """Predictions and truth of N images with K landmarks.

    ``pred`` and ``gt`` are (N, K, 2), (x, y) in pixels of the image;
    ``visibility`` is (N, K) with COCO's codes. ``samples`` are the N data
    samples they come from.
    """
    pred: np.ndarray
    gt: np.ndarray
    visibility: np.ndarray
    samples: Sequence[dict]

    @property
    def labelled(self) -> np.ndarray:
        """True where the position is annotated, visible or occluded."""
        return self.visibility != ABSENT

    @property
    def visible(self) -> np.ndarray:
        return self.visibility == VISIBLE


def describe(sample: dict) -> str:
    """How messages name the image of a data sample."""
    return str(sample.get('img_path', f"image {sample.get('img_id', '?')}"))


def as_array(value) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    return np.asarray(value)


def landmark_names(dataset_meta: Optional[dict],
                   num_landmarks: int) -> Sequence[str]:
    """The data set's names of the landmarks, else their numbers."""
    names = (dataset_meta or {}).get('keypoint_id2name')
    if not names:
        return [str(k) for k in range(num_landmarks)]
    if len(names) != num_landmarks:
        raise ValueError(
            f'The samples have {num_landmarks} landmarks, but the data set '
            f"'{dataset_meta.get('dataset_name')}' names {len(names)}.")
    return [names[k] for k in range(num_landmarks)]


def read_samples(samples: Sequence[dict],
                 dataset_meta: Optional[dict] = None) -> LandmarkBatch:
    """Stack what metrics need from the data samples of one batch.

    The visibility is read from the annotation (``raw_ann_info``), because
    ``keypoints_visible`` no longer tells visible from occluded.

    Args:
        samples (Sequence[dict]): Data samples as dictionaries, each of one
            garment, with ``pred_instances.keypoints`` and
            ``gt_instances.keypoints`` (1, K, 2) in pixels of the image and
            the COCO-style ``raw_ann_info.keypoints`` of 3 * K numbers.
        dataset_meta (dict, optional): Names the landmarks in messages.

    Raises:
        ValueError: The data are not as described, or a number among the
            predictions or the labelled positions is NaN or infinite.
    """
    preds = [as_array(s['pred_instances']['keypoints']) for s in samples]
    gts = [as_array(s['gt_instances']['keypoints']) for s in samples]
    shape = (1, ) + gts[0].shape[1:2] + (2, )
    for sample, pred, gt in zip(samples, preds, gts):
        if pred.shape != shape or gt.shape != shape:
            raise ValueError(
                f'{describe(sample)}: predicted landmarks have the shape '
                f'{pred.shape}, true ones {gt.shape}, but both must be '
                f'{shape}: one garment per sample, the same landmarks.')
    batch = LandmarkBatch(
        np.concatenate(preds).astype(np.float64),
        np.concatenate(gts).astype(np.float64),
        np.array([_visibility(s, shape[1]) for s in samples], np.float64),
        samples)

    names = landmark_names(dataset_meta, shape[1])
    code = batch.visibility
    _check('visibility', code,
           (code == ABSENT) | (code == OCCLUDED) | (code == VISIBLE),
           '0 (absent), 1 (occluded) or 2 (visible)', names, samples)
    _check('prediction', batch.pred, np.isfinite(batch.pred), 'finite', names,
           samples)
    _check('annotated position', batch.gt,
           np.isfinite(batch.gt) | ~batch.labelled[..., None], 'finite', names,
           samples)
    return batch


def _visibility(sample: dict, num_landmarks: int) -> Sequence[float]:
    annotation = sample.get('raw_ann_info')
    if isinstance(annotation, list) and len(annotation) == 1:
        annotation = annotation[0]
    if not isinstance(annotation, dict) or 'keypoints' not in annotation:
        raise ValueError(
            f"{describe(sample)}: no annotation in 'raw_ann_info', so there "
            'is no telling which landmarks are visible; evaluate on the '
            'boxes of the annotation file, not on detected ones, and keep '
            "'raw_ann_info' among the meta_keys of PackPoseInputs.")
    numbers = annotation['keypoints']
    if len(numbers) != 3 * num_landmarks:
        raise ValueError(
            f"{describe(sample)}: 'raw_ann_info' has {len(numbers)} numbers "
            f'under keypoints, but {num_landmarks} landmarks need '
            f'{3 * num_landmarks} (x, y, visibility).')
    return numbers[2::3]


def _check(what: str, values: np.ndarray, good: np.ndarray, allowed: str,
           names: Sequence[str], samples: Sequence[dict]) -> None:
    if good.all():
        return
    n, k = np.argwhere(~good)[0, :2]
    raise ValueError(f"{describe(samples[n])}: {what} of landmark "
                     f"'{names[k]}' is {values[n, k].tolist()}, but must be "
                     f'{allowed}.')
