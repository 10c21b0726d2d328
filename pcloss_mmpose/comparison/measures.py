"""The figures of one run."""
from typing import Callable, List, NamedTuple, Optional, Union

import numpy as np
from mmpose.evaluation.functional import (keypoint_auc, keypoint_epe,
                                          keypoint_pck_accuracy)

from ..evaluation.functional import OCCLUDED, count_duplicates, landmark_means
from .bootstrap import Ratio, error_ratio
from .paper import AVERAGE
from .rules import Rules
from .run import Run


def failure_definitions(rules: Rules, unit: str) -> str:
    """What tables and pictures call an outlier and a duplicate."""
    return (f'Outlier: error over {100 * rules.outlier:g} % of the {unit}; '
            'duplicate: a pair of landmarks predicted within '
            f'{100 * rules.duplicate:g} % of each other that is not.')


class Measure(NamedTuple):
    """One figure."""
    table: str  # 'landmarks', 'parts' or 'failures'
    name: str  # what is measured
    value: float  # as tables print it: in percent or pixels
    digits: int = 2  # decimals worth printing
    # Of which images the value is made, for the bootstrap of a difference.
    ratio: Optional[Ratio] = None


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
    average = error_ratio(100 * visible, run.pooled)
    figures.append(Measure('landmarks', AVERAGE, average.value, ratio=average))
    figures += _parts(run, visible)
    for column in COLUMNS:
        value = column.measure(run)
        number, ratio = ((value.value, value) if isinstance(value, Ratio) else
                         (float(value), None))
        figures.append(
            Measure('failures', column.name.format(**run.rules._asdict()),
                    number, column.digits, ratio))
    return figures


def _parts(run: Run, visible: np.ndarray) -> List[Measure]:
    occluded = run.distances(OCCLUDED)
    parts = []
    if not np.isnan(occluded).all():
        parts += [('visible', visible), ('occluded', occluded)]
    categories = np.array(run.categories)
    kinds = np.unique(categories)
    if len(kinds) > 1:
        parts += [(kind, visible[categories == kind]) for kind in kinds]
    return [
        Measure('parts', name,
                error_ratio(100 * chosen, run.pooled).value)
        for name, chosen in parts if not np.isnan(chosen).all()
    ]


class Column(NamedTuple):
    """A column of the table of failures.

    Attributes:
        name (str): Its header; a field of :class:`Rules` in braces is put in.
        measure (Callable): Of a :class:`Run`, a number or, for a confidence
            interval as well, a :class:`Ratio`.
        digits (int): Decimals worth printing.
    """
    name: str
    measure: Callable[[Run], Union[float, Ratio]]
    digits: int = 2


def _outliers(run: Run) -> Ratio:
    errors = run.distances()
    return Ratio(100. * (errors > run.rules.outlier).sum(1, keepdims=True),
                 (~np.isnan(errors)).sum(1, keepdims=True))


def _duplicates(run: Run) -> Ratio:
    labelled = (run.visibility > 0) & ~np.isnan(run.size[:, :1])
    duplicates, pairs = count_duplicates(run.pred, run.gt, labelled, run.size,
                                         run.rules.duplicate)
    return Ratio(100. * duplicates[:, None], pairs[:, None])


def _pck(run: Run) -> float:
    longer_side = np.repeat(
        (run.boxes[:, 2:] - run.boxes[:, :2]).max(1, keepdims=True), 2, 1)
    return 100 * keypoint_pck_accuracy(run.pred, run.gt, run.mask,
                                       run.rules.pck, longer_side)[1]


def _auc(run: Run) -> float:
    return 100 * keypoint_auc(run.pred, run.gt, run.mask, run.rules.auc_pixels,
                              run.rules.auc_steps)


#: All that another column of the comparison takes is an entry here.
COLUMNS = [
    Column('outliers', _outliers),
    Column('duplicates', _duplicates, digits=3),
    Column('PCK@{pck:g}', _pck),
    Column('AUC', _auc),
    Column('EPE, px', lambda run: keypoint_epe(run.pred, run.gt, run.mask)),
]
