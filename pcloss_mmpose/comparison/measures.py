"""The figures of one run."""
from typing import List, NamedTuple

import numpy as np
from mmpose.evaluation.functional import (keypoint_auc, keypoint_epe,
                                          keypoint_pck_accuracy)

from ..evaluation.functional import (OCCLUDED, count_duplicates,
                                     landmark_means, mean_over_landmarks)
from .paper import AVERAGE
from .rules import Rules
from .run import Run


def failure_definitions(rules: Rules, unit: str) -> str:
    """What tables and pictures call an outlier and a duplicate.

    Args:
        rules (Rules): By what runs are measured.
        unit (str): What errors are a fraction of.

    Examples:
        >>> failure_definitions(Rules('bbox'), 'box')[:38]
        'Outlier: error over 10 % of the box; d'
    """
    return (f'Outlier: error over {100 * rules.outlier:g} % of the {unit}; '
            'duplicate: a pair of landmarks predicted within '
            f'{100 * rules.duplicate:g} % of each other that is not.')


class Measure(NamedTuple):
    """One figure.

    Attributes:
        table (str): ``'landmarks'``, ``'parts'`` or ``'failures'``.
        name (str): What is measured.
        value (float): As tables print it: in percent or pixels.
        digits (int): Decimals worth printing.
    """
    table: str
    name: str
    value: float
    digits: int = 2


def measure(run: Run) -> List[Measure]:
    """The figures of a run.

    Those of ``NormalizedError``, ``LandmarkFailures`` and mmpose's
    ``PCKAccuracy``, ``AUC`` and ``EPE``; the first one's also by landmark,
    for occluded landmarks, and by garment type.
    """
    visible = run.distances()
    names = run.landmarks or [str(k) for k in range(visible.shape[1])]
    figures = [
        Measure('landmarks', name, 100 * mean)
        for name, mean in zip(names, landmark_means(visible))
        if not np.isnan(mean)
    ]
    figures.append(Measure('landmarks', AVERAGE, _error(run, visible)))
    figures += _parts(run, visible)
    figures += _failures(run, visible)
    return figures


def _error(run: Run, distances: np.ndarray) -> float:
    """NE in percent, NaN if no landmark counts."""
    means = landmark_means(
        distances.reshape(-1, 1) if run.pooled else distances)
    return 100 * mean_over_landmarks(means)


def _parts(run: Run, visible: np.ndarray) -> List[Measure]:
    occluded = run.distances(OCCLUDED)
    parts = []
    if not np.isnan(occluded).all():
        parts += [('visible', visible), ('occluded', occluded)]
    categories = np.array(run.categories)
    kinds = np.unique(categories)
    if len(kinds) > 1:
        parts += [(kind, visible[categories == kind]) for kind in kinds]
    figures = [
        Measure('parts', name, _error(run, chosen)) for name, chosen in parts
    ]
    return [figure for figure in figures if not np.isnan(figure.value)]


def _failures(run: Run, visible: np.ndarray) -> List[Measure]:
    counted = ~np.isnan(visible)
    labelled = (run.visibility > 0) & ~np.isnan(run.size[:, :1])
    duplicates, pairs = count_duplicates(run.pred, run.gt, labelled, run.size,
                                         run.rules.duplicate)
    longer_side = np.repeat(
        (run.boxes[:, 2:] - run.boxes[:, :2]).max(1, keepdims=True), 2, 1)
    arrays = run.pred, run.gt, run.mask
    _, pck, _ = keypoint_pck_accuracy(*arrays, run.rules.pck, longer_side)
    auc = keypoint_auc(*arrays, run.rules.auc_pixels, run.rules.auc_steps)
    return [
        Measure('failures', 'outliers', 100 * float(
            (visible[counted] > run.rules.outlier).mean())),
        Measure('failures', 'duplicates',
                100 * duplicates.sum() / max(1, pairs.sum()), 3),
        Measure('failures', f'PCK@{run.rules.pck:g}', 100 * float(pck)),
        Measure('failures', 'AUC', 100 * float(auc)),
        Measure('failures', 'EPE, px', float(keypoint_epe(*arrays))),
    ]
