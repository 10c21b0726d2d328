"""Predictions of one trained model beside the ground truth."""
import os
import pickle
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmengine.config import Config

from ..evaluation.functional import (LABELLED, VISIBLE, normalized_distance,
                                     settled_visibility, tells_occlusion)
from ..evaluation.metrics.norms import NORMS
from ..evaluation.metrics.samples import (annotation_of, as_array, category_of,
                                          read_samples)
from .landmarks import find_landmark_names, stated_metainfo
from .rules import Rules, agreed_rules, complete_rules


class Run(NamedTuple):
    """A model on a test set of N garments with K landmarks.

    Attributes:
        name (str): How messages call it.
        dataset (str): ``dataset_name`` of its samples, or ''.
        landmarks (tuple[str]): Their names, empty if unknown.
        images (list[str]): Paths (N,), as in the dump.
        pred (np.ndarray): (N, K, 2), (x, y) in pixels of the image.
        gt (np.ndarray): The same of the ground truth.
        visibility (np.ndarray): (N, K) with COCO's codes: 2 visible,
            1 occluded, 0 absent.
        mask (np.ndarray): (N, K), the landmarks that mmpose's metrics count.
        boxes (np.ndarray): Ground truth (N, 4), (x1, y1, x2, y2) in pixels.
        size (np.ndarray): What x and y are divided by (N, 2), NaN where the
            data set's rules leave an image out.
        categories (list[str]): The garment type (N,).
        rules (Rules): By what it is measured.
        tells_occlusion (bool): False if the dump only has labelled and not
            labelled; then labelled landmarks pass for visible ones.
        untold (int): Labelled landmarks that the annotation has not got;
            they pass for visible ones.
        work_dir (Path, optional): That of the training, None of a pickle.
        checkpoint (str): The file in it that was tested, '' if unknown.
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
    rules: Rules
    tells_occlusion: bool
    untold: int
    work_dir: Optional[Path] = None
    checkpoint: str = ''

    @property
    def pooled(self) -> bool:
        """Whether NE is over all landmarks at once, not first per landmark."""
        return NORMS[self.rules.norm].pooled

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
             rules: Optional[Dict[str, Any]] = None) -> Run:
    """Read the pickle of mmpose's ``test.py --dump``.

    Args:
        predictions (Path): The pickle.
        name (str): How messages call the run.
        cfg (Config, optional): The model's, for the landmarks' names.
        rules (dict, optional): Fields of ``Rules`` that are known. Defaults
            to what ``cfg`` says.

    Raises:
        ValueError: For no such dump, for what ``NormalizedError`` refuses,
            or if nothing says by which norm to measure.
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
        if rules is None:
            rules = agreed_rules([(name, cfg)] if cfg else [])
        return _stack(samples, name, cfg, rules)
    except ValueError as error:
        raise ValueError(f'{predictions}: {error}') from None


def _stack(samples: list, name: str, cfg: Optional[Config],
           agreed: Dict[str, Any]) -> Run:
    # One order for all runs; ids tell apart several objects of an image.
    samples.sort(key=lambda s: (_image(s), s.get('id', 0)))
    batch = read_samples(samples)
    datasets = {s.get('dataset_name') or '' for s in samples}
    rules = complete_rules(agreed, datasets)
    dataset = ', '.join(sorted(datasets))
    landmarks = find_landmark_names(dataset, batch.gt.shape[1], cfg,
                                    batch.converted)
    batch = batch._replace(
        names=landmarks or batch.names,
        dataset=stated_metainfo(cfg).get('dataset_name', ''))
    size = NORMS[rules.norm].size(batch)
    visibility = settled_visibility(batch.visibility)
    if not ((visibility == VISIBLE) & ~np.isnan(size[:, :1])).any():
        raise ValueError('no landmark is labelled in an image that counts, '
                         'there is nothing to measure')
    boxes = [as_array(s['gt_instances']['bboxes']) for s in samples]
    return Run(
        name=name,
        dataset=dataset,
        landmarks=landmarks,
        images=[_image(s) for s in samples],
        pred=batch.pred,
        gt=batch.gt,
        visibility=visibility,
        mask=batch.mask,
        boxes=np.concatenate(boxes),
        size=size,
        categories=[_category(s) for s in samples],
        rules=rules,
        tells_occlusion=tells_occlusion(batch.visibility),
        untold=int((batch.visibility == LABELLED).sum()))


def short_names(images: Sequence[str]) -> List[str]:
    """Paths below the folder of all: where a data set lies is no matter."""
    folder = os.path.commonpath([os.path.dirname(path) for path in images])
    return [path[len(folder):].lstrip(os.sep) for path in images]


def _image(sample: dict) -> str:
    return str(sample.get('img_path', sample.get('img_id')))


def _category(sample: dict) -> str:
    category = annotation_of(sample).get('category')
    return category or f'category {category_of(sample) or 0}'
