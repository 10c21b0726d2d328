import json
from collections import defaultdict
from contextlib import redirect_stdout
from typing import Dict, List, Optional, Sequence

import numpy as np
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS
from xtcocotools.coco import COCO
from xtcocotools.cocoeval import COCOeval

from ...datasets.readers.deepfashion2_annos import (ATTRIBUTES, CATEGORIES,
                                                    SIGMAS, own_landmarks)
from ...utils import replacing
from .samples import annotation_of, category_of, describe

# Names of the results, and the thresholds of OKS that count.
_MEASURES = {'AP': slice(None), 'AP50': 0, 'AP75': 5}
_WITH_OCCLUDED = '_occluded'


@METRICS.register_module()
class DeepFashion2AP(CocoMetric):
    """The official measure of DeepFashion2's landmarks.

    COCO's average precision of key points, with OKS by the 294 official
    sigmas and the area of the item's box, at most 20 results an image. Each
    category is measured by itself, with its own landmarks alone, and AP is
    the mean over the categories that occur. The evaluation is that of
    ``xtcocotools``; this class gives it the sigmas, one category at a time,
    and the two versions of the ground truth.

    ============================  ========================================
    ``AP``, ``AP50``, ``AP75``    by the visible landmarks
    ``AP_occluded``, ...          by visible and occluded ones
    ``AP/<category>``             of a category
    ``AP/scale small``, ...       of the items with a value of ``scale``,
                                  ``occlusion``, ``zoom_in`` or
                                  ``viewpoint``: the others, and what is
                                  found there, are ignored
    ============================  ========================================

    ``AP_occluded/...`` has categories and attributes as well. An item without
    a landmark that counts is ignored, as in COCO.

    Ground truth is what ``DeepFashion2AnnosDataset`` has read, all of it,
    whether something was detected or not. Without (results that were saved,
    ``indices``), it is the annotations of the samples; samples of detections
    are refused then.

    Args:
        score_mode (str): ``'bbox'``, ``'bbox_keypoint'``, ``'bbox_rle'`` or
            ``'keypoint'``: what the score of a result is made of, see
            ``CocoMetric``. Defaults to ``'bbox_keypoint'``: that of the
            detection times the mean of the landmarks'.
        format_only (bool): Only write the results. Defaults to False.
        outfile_prefix (str, optional): Writes the results to
            ``<outfile_prefix>.keypoints.json``, in the challenge's format:
            ``image_id``, ``category_id``, ``score`` and ``keypoints``, three
            numbers of each of the 294, zeros for other categories'.
        collect_device (str): ``'cpu'`` or ``'gpu'``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to ``'deepfashion2'``.
    """

    default_prefix = 'deepfashion2'

    def __init__(self,
                 score_mode: str = 'bbox_keypoint',
                 format_only: bool = False,
                 outfile_prefix: Optional[str] = None,
                 collect_device: str = 'cpu',
                 prefix: Optional[str] = None) -> None:
        super().__init__(
            score_mode=score_mode,
            nms_mode='none',
            format_only=format_only,
            outfile_prefix=outfile_prefix,
            collect_device=collect_device,
            prefix=prefix)
        self.coco = COCO()  # CocoMetric would write and read a json

    def process(self, data_batch: Sequence[dict],
                data_samples: Sequence[dict]) -> None:
        """Keep the results of a batch, with their categories' landmarks alone.

        Args:
            data_batch (Sequence[dict]): Not used.
            data_samples (Sequence[dict]): Outputs of the model, each of one
                garment, with its ``category_id``.

        Raises:
            ValueError: If a sample has no category of DeepFashion2, or no
                annotation where one is needed.
        """
        super().process(data_batch, data_samples)
        for (pred, truth), sample in zip(self.results[-len(data_samples):],
                                         data_samples):
            category = category_of(sample)
            if category is None or not 1 <= category <= len(CATEGORIES):
                raise ValueError(f'{describe(sample)}: category_id must be '
                                 f'from 1 to {len(CATEGORIES)}, found '
                                 f'{category!r}')
            own = own_landmarks(category)
            for key in ('keypoints', 'keypoint_scores'):
                values = np.zeros_like(pred[key])
                values[:, own] = pred[key][:, own]
                pred[key] = values
            # xtcocotools drops a result whose scores are all zero
            scores = pred['keypoint_scores'][:, own]
            np.maximum(scores, 1e-6, out=scores)
            pred['category_id'] = category
            if self._table is None and not self.format_only:
                truth.update(_annotation(sample, own))

    @property
    def _table(self):
        """All annotations, if the data set tells them."""
        truth = (self.dataset_meta or {}).get('truth')
        return truth and truth.table

    def compute_metrics(self, results: list) -> Dict[str, float]:
        """Measure the results of all processes.

        Args:
            results (list): What :meth:`process` kept.

        Returns:
            dict: The names of the results and their values.
        """
        self._truths: Dict[int, List[dict]] = defaultdict(list)
        if self._table is None:
            for truth in {t['id']: t for _, t in results if t}.values():
                self._truths[truth['category_id']].append(truth)
        return super().compute_metrics(results)

    def results2json(self, keypoints: Dict[int, list],
                     outfile_prefix: str) -> None:
        """Keep the results for the evaluation; write them if asked to."""
        self._found: Dict[int, List[dict]] = defaultdict(list)
        for garment in (g for image in keypoints.values() for g in image):
            self._found[garment['category_id']].append(
                dict(
                    image_id=garment['img_id'],
                    category_id=garment['category_id'],
                    keypoints=garment['keypoints'].ravel(),
                    score=float(garment['score'])))
        if self.outfile_prefix is None:
            return
        with replacing(f'{outfile_prefix}.keypoints.json') as part:
            with open(part, 'w') as file:
                separator = '['
                for found in (f for c in self._found.values() for f in c):
                    row = dict(found, keypoints=found['keypoints'].tolist())
                    file.write(separator + json.dumps(row))
                    separator = ',\n'
                file.write(']' if self._found else '[]')

    def _do_python_keypoint_eval(self, outfile_prefix: str) -> list:
        values: Dict[str, List[float]] = defaultdict(list)
        for category, name in enumerate(CATEGORIES, 1):
            truth = self._truth_of(category)
            if not truth:
                continue
            for occluded in ('', _WITH_OCCLUDED):
                precisions = _precisions(truth, self._found[category],
                                         bool(occluded))
                for part, precision in precisions.items():
                    if precision.max() < 0:  # COCO's mark of nothing to find
                        continue
                    if part:
                        values[f'AP{occluded}/{part}'].append(precision.mean())
                        continue
                    for measure, chosen in _MEASURES.items():
                        values[measure +
                               occluded].append(precision[chosen].mean())
                    values[f'AP{occluded}/{name}'].append(precision.mean())
        if not values:
            raise ValueError(f'{type(self).__name__} has nothing to measure: '
                             'no item has a labelled landmark')
        order = [m + o for o in ('', _WITH_OCCLUDED) for m in _MEASURES]
        order += sorted(set(values) - set(order), key=_order)
        return [(key, float(np.mean(values[key]))) for key in order
                if key in values]

    def _truth_of(self, category: int) -> List[dict]:
        table = self._table
        if table is None:
            return self._truths[category]
        rows = np.flatnonzero(table.categories == category)
        truths = []
        for row in rows.tolist():
            x1, y1, x2, y2 = table.boxes[row].tolist()
            truths.append(
                dict(
                    id=int(table.ids[row]),
                    image_id=int(table.image_ids[row]),
                    category_id=category,
                    landmarks=table.keypoints.own(row),
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    **{k: int(table.extras[k][row])
                       for k in ATTRIBUTES}))
        return truths


def _annotation(sample: dict, own: slice) -> dict:
    annotation = annotation_of(sample)
    if annotation.get('detected'):
        raise ValueError(
            f'{describe(sample)}: the sample is a detection, so that ground '
            'truth cannot be told from the samples: DeepFashion2AP needs '
            'DeepFashion2AnnosDataset, without indices')
    if 'keypoints' not in annotation:
        raise ValueError(f'{describe(sample)}: no ground truth, '
                         "'raw_ann_info' has no keypoints; with "
                         'format_only=True none is needed')
    landmarks = np.reshape(annotation['keypoints'], (-1, 3))[own]
    kept = ('id', 'image_id', 'bbox', *ATTRIBUTES)
    return dict({k: annotation[k]
                 for k in kept if k in annotation},
                category_id=category_of(sample),
                landmarks=landmarks)


def _precisions(truths: List[dict], found: List[dict],
                occluded: bool) -> Dict[str, np.ndarray]:
    """Precision of one category, (thresholds, recalls).

    Of all items, named '', and of those with each value of each attribute; -1
    where there are none.
    """
    category = truths[0]['category_id']
    own = own_landmarks(category)
    annotations = []
    for truth in truths:
        keypoints = np.zeros((len(SIGMAS), 3))
        keypoints[own] = truth['landmarks']
        if not occluded:
            keypoints[keypoints[:, 2] == 1] = 0
        annotation = dict(truth, keypoints=keypoints.ravel(), iscrowd=0)
        annotation['area'] = truth['bbox'][2] * truth['bbox'][3]
        annotations.append(annotation)
    images = sorted({a['image_id'] for a in annotations + found})
    coco = COCO()
    coco.dataset = dict(
        images=[dict(id=i) for i in images],
        categories=[dict(id=category)],
        annotations=annotations)
    with redirect_stdout(None):  # xtcocotools prints how it gets on
        coco.createIndex()
        # copies: loadRes adds keys
        results = coco.loadRes([dict(result) for result in found])
        evaluation = COCOeval(coco, results, 'keypoints',
                              np.array(SIGMAS))
        evaluation.params.areaRng = evaluation.params.areaRng[:1]  # all
        evaluation.evaluate()
        precisions = {'': _accumulate(evaluation)}
        whole = evaluation.evalImgs
        ignored = [a['ignore'] for a in annotations]
        for key, names in ATTRIBUTES.items():
            for value, name in enumerate(names, 1):
                changed = set()  # where others are to be ignored
                for annotation, ignore in zip(annotations, ignored):
                    annotation['ignore'] = ignore
                    if annotation.get(key) != value:
                        annotation['ignore'] = True
                        changed.add(annotation['image_id'])
                evaluation.evalImgs = [
                    evaluation.evaluateImg(image, category,
                                           evaluation.params.areaRng[0],
                                           evaluation.params.maxDets[0])
                    if image in changed else same
                    for image, same in zip(images, whole)
                ]
                precisions[f'{key} {name}'] = _accumulate(evaluation)
    return precisions


def _accumulate(evaluation: COCOeval) -> np.ndarray:
    evaluation.accumulate()
    return evaluation.eval['precision'][:, :, 0, 0, 0]


def _order(key: str) -> tuple:
    """Categories, then attributes, as the files have them."""
    start, _, part = key.partition('/')
    parts = [*CATEGORIES] + [
        f'{key} {name}' for key, names in ATTRIBUTES.items() for name in names
    ]
    return start, parts.index(part)
