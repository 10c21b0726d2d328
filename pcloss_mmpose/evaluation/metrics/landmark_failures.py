import math
from numbers import Real
from typing import Any, Dict

import numpy as np
from mmpose.registry import METRICS

from ..functional import count_duplicates, landmark_means
from .landmark_metric import LandmarkMetric
from .samples import LandmarkBatch


@METRICS.register_module()
class LandmarkFailures(LandmarkMetric):
    """How often a landmark is far off or found at the place of another one.

    Distances are normalised as in :class:`NormalizedError`.

    ============================  ========================================
    ``outlier_rate``              share of the visible landmarks whose error
                                  is over ``outlier_threshold``
    ``outlier_rate/<landmark>``   the same for each landmark
    ``duplicate_rate``            share of the pairs of labelled landmarks of
                                  an image whose two predictions are closer
                                  than ``duplicate_threshold`` while their
                                  true positions are not
    ``failures/num_images``       images that count
    ``failures/num_landmarks``    visible landmarks in these images
    ``failures/num_skipped``      images without a size to divide by
    ``failures/num_pairs``        pairs of labelled landmarks
    ============================  ========================================

    Occluded landmarks take part in the pairs: their true position is known,
    and being drawn to the visible landmark that looks alike is the fault that
    the rate is to show.

    The default ``duplicate_threshold`` is one cell of a 64-cell heatmap over
    a box padded by 1.25 (1.25 / 64 = 0.0195): two heatmaps with their peaks
    in the same cell. True positions are hardly ever as close: 0.006 % of the
    pairs of 6,875 rows of FLD (in units of the box around the landmarks),
    0.046 % of those of 6,415 rows of FashionAI (armpit or waistband
    distance). At 0.05 it would be 0.05 % and 0.14 %, and ordinary jitter of
    neighbours would pass for duplicates.

    Args:
        norm (str): ``'bbox'``, ``'fashionai'`` or ``'keypoint_distance'``,
            see :class:`NormalizedError`. Defaults to '', as there.
        outlier_threshold (float): Normalised error above which a landmark
            is an outlier. Defaults to 0.1.
        duplicate_threshold (float): Normalised distance below which two
            positions are the same. Defaults to 0.02.
        **kwargs: ``collect_device`` and ``prefix``, as there.

    Examples:
        >>> import numpy as np
        >>> metric = LandmarkFailures(prefix='fld')
        >>> sample = dict(
        ...     pred_instances=dict(
        ...         keypoints=np.array([[[10., 20.], [11., 20.]]])),
        ...     gt_instances=dict(
        ...         keypoints=np.array([[[10., 20.], [60., 20.]]]),
        ...         bboxes=np.array([[0., 0., 100., 100.]])),
        ...     raw_ann_info=dict(keypoints=[10., 20., 2., 60., 20., 2.]))
        >>> metric.process(None, [sample])
        >>> result = metric.evaluate(size=1)
        >>> result['fld/outlier_rate'], result['fld/duplicate_rate']
        (0.5, 1.0)
    """

    def __init__(self,
                 norm: str = '',
                 outlier_threshold: float = 0.1,
                 duplicate_threshold: float = 0.02,
                 **kwargs) -> None:
        _check_threshold('outlier_threshold', outlier_threshold)
        _check_threshold('duplicate_threshold', duplicate_threshold)
        super().__init__(norm, **kwargs)
        self.outlier_threshold = outlier_threshold
        self.duplicate_threshold = duplicate_threshold

    def measure(self, batch: LandmarkBatch,
                size: np.ndarray) -> Dict[str, np.ndarray]:
        labelled = batch.labelled & ~np.isnan(size)[:, :1]
        duplicates, pairs = count_duplicates(batch.pred, batch.gt, labelled,
                                             size, self.duplicate_threshold)
        return dict(duplicates=duplicates, pairs=pairs)

    def summarize(self, table: np.ndarray) -> Dict[str, float]:
        distances = table['distances']
        outliers = np.where(
            np.isnan(distances), np.nan, distances > self.outlier_threshold)
        pairs = int(table['pairs'].sum())
        # One landmark an image makes no pair, and no duplicate.
        duplicate_rate = float(table['duplicates'].sum() / max(1, pairs))
        return {
            'outlier_rate': float(np.nanmean(outliers)),
            'duplicate_rate': duplicate_rate,
            **self.per_landmark('outlier_rate', landmark_means(outliers)),
            **self.counts('failures', table), 'failures/num_pairs': pairs
        }


def _check_threshold(argument: str, value: Any) -> None:
    if (isinstance(value, bool) or not isinstance(value, Real)
            or not math.isfinite(value) or value <= 0):
        raise ValueError(f'{argument} must be a number above 0 (a fraction '
                         f'of the norm), but got {value!r}.')
