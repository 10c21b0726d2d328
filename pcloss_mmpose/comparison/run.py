"""Predictions of one trained model beside the truth."""
import pickle
from pathlib import Path
from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmengine.config import Config

from ..evaluation.functional import normalized_distance
from ..evaluation.metrics.norms import KEYPOINT_PAIRS, NORMS
from ..evaluation.metrics.samples import VISIBLE, as_array, read_samples
from .landmarks import find_landmark_names


class Run(NamedTuple):
    """A model on a test set of N garments with K landmarks.

    Attributes:
        name (str): How messages call it.
        dataset (str): ``dataset_name`` of its metainfo, or ''.
        landmarks (tuple[str]): Their names, empty if unknown.
        images (list[str]): Paths (N,), as in the dump.
        pred (np.ndarray): (N, K, 2), (x, y) in pixels of the image.
        gt (np.ndarray): The same of the truth.
        visibility (np.ndarray): (N, K) with COCO's codes: 2 visible,
            1 occluded, 0 absent.
        mask (np.ndarray): (N, K), the landmarks that mmpose's metrics count.
        boxes (np.ndarray): Ground truth (N, 4), (x1, y1, x2, y2) in pixels.
        size (np.ndarray): What x and y are divided by (N, 2), NaN where the
            data set's rules leave an image out.
        categories (list[str]): The garment type (N,).
        tells_occlusion (bool): False if the dump only has labelled and not
            labelled; then labelled landmarks pass for visible ones.
        train_seconds (float): NaN if unknown.
        work_dir (Path, optional): That of the training, None of a
            pickle.
    """
    name: str
    dataset: str
    landmarks: Tuple[str, ...]
    images: Sequence[str]
    pred: np.ndarray
    gt: np.ndarray
    visibility: np.ndarray
    mask: np.ndarray
    boxes: np.ndarray
    size: np.ndarray
    categories: Sequence[str]
    tells_occlusion: bool
    train_seconds: float
    work_dir: Optional[Path] = None

    @property
    def pooled(self) -> bool:
        """Whether NE is over all landmarks at once, not first per landmark."""
        return NORMS[_norm(self.dataset)].pooled

    @property
    def unit(self) -> str:
        """What errors are a fraction of."""
        return 'reference distance' if self.pooled else 'box'

    def distances(self, visibility: int = VISIBLE) -> np.ndarray:
        """Normalised errors (N, K), NaN where another visibility code."""
        distances = normalized_distance(self.pred, self.gt, self.size)
        return np.where(self.visibility == visibility, distances, np.nan)


def read_run(predictions: Path,
             name: str,
             cfg: Optional[Config] = None,
             train_seconds: float = np.nan) -> Run:
    """Read the pickle of mmpose's ``test.py --dump``.

    Args:
        predictions (Path): The pickle.
        name (str): How messages call the run.
        cfg (Config, optional): The model's, for the landmarks' names.
        train_seconds (float): Passed on.

    Raises:
        ValueError: If the file is not such a dump, or what
            ``NormalizedError`` refuses.
    """
    try:
        with open(predictions, 'rb') as file:
            samples = pickle.load(file)
    except OSError:
        raise
    except Exception as error:  # whatever bytes can make of it
        raise ValueError(f'{predictions}: not a pickle of test.py --dump '
                         f'({type(error).__name__}: {error})')
    if isinstance(samples, list) and not samples:
        raise ValueError(f'{predictions}: a dump without samples')
    try:
        for sample in samples:
            sample['pred_instances']['keypoints']
            for key in ('keypoints', 'keypoints_visible', 'bboxes'):
                sample['gt_instances'][key]
    except (TypeError, KeyError, IndexError, AttributeError):
        raise ValueError(
            f'{predictions}: not a dump of predicted landmarks, which is a '
            'list of samples with pred_instances.keypoints and '
            'gt_instances.keypoints, .keypoints_visible and .bboxes') from None
    try:
        return _stack(samples, name, cfg, train_seconds)
    except ValueError as error:
        raise ValueError(f'{predictions}: {error}') from None


def _stack(samples: list, name: str, cfg: Optional[Config],
           train_seconds: float) -> Run:
    # One order for all runs; ids tell apart several objects of an image.
    samples.sort(key=lambda s: (_image(s), s.get('id', 0)))
    annotated = 'keypoints' in _annotation(samples[0])
    if not annotated:  # as mmpose's faces
        samples = [_with_annotation(s) for s in samples]
    batch = read_samples(samples)
    # Some data sets call labelled landmarks 1, as OneHand10K.
    tells_occlusion = annotated and bool(batch.visible.any())
    if not tells_occlusion:
        batch = batch._replace(visibility=batch.labelled * VISIBLE)
    dataset = samples[0].get('dataset_name') or ''
    size = NORMS[_norm(dataset)].size(batch)
    if not (batch.visible & ~np.isnan(size[:, :1])).any():
        raise ValueError('no landmark is labelled in an image that counts, '
                         'there is nothing to measure')
    gts = [s['gt_instances'] for s in samples]
    mask = np.concatenate([as_array(g['keypoints_visible']) for g in gts])
    return Run(name, dataset,
               find_landmark_names(dataset, batch.gt.shape[1],
                                   cfg), [_image(s) for s in samples],
               batch.pred, batch.gt, batch.visibility,
               mask.reshape(*batch.gt.shape[:2], -1)[..., 0].astype(bool),
               np.concatenate([as_array(g['bboxes']) for g in gts]), size,
               [_category(s) for s in samples], tells_occlusion, train_seconds)


def _image(sample: dict) -> str:
    return str(sample.get('img_path', sample.get('img_id')))


def _norm(dataset: str) -> str:
    if dataset in KEYPOINT_PAIRS:
        return 'keypoint_distance'
    return 'fashionai' if dataset == 'fashionai' else 'bbox'


def _annotation(sample: dict) -> dict:
    annotation = sample.get('raw_ann_info')
    if isinstance(annotation, list) and len(annotation) == 1:
        annotation = annotation[0]
    return annotation if isinstance(annotation, dict) else {}


def _with_annotation(sample: dict) -> dict:
    """The sample with an annotation of labelled and absent landmarks."""
    gt = sample['gt_instances']
    keypoints = as_array(gt['keypoints'])[0]
    if not keypoints.any():
        raise ValueError(
            f'{_image(sample)}: no true landmarks; test on the boxes of the '
            'annotation file, not on detected ones')
    labelled = as_array(gt['keypoints_visible'])[0].reshape(len(keypoints), -1)
    triples = np.concatenate([keypoints, labelled[:, :1] > 0], 1)
    return dict(sample, raw_ann_info=dict(keypoints=triples.ravel().tolist()))


def _category(sample: dict) -> str:
    annotation = _annotation(sample)
    number = sample.get('category_id', annotation.get('category_id', 0))
    return annotation.get('category', f'category {int(number)}')
