import logging
from typing import Any, Dict, Iterable, Optional, Sequence, Set

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ...utils import counted
from ..functional import (LABELLED, OCCLUDED, VISIBLE, normalized_distance,
                          settled_visibility, tells_occlusion)
from .norms import DEFAULT_NORM, NORMS, Norm
from .samples import LandmarkBatch, landmark_names, read_samples


class LandmarkMetric(BaseMetric):
    """Base of the metrics on normalised distances of landmarks.

    A batch is measured when it is processed, so that a fault in the data is
    reported at once. One record is kept of an image: ``distances`` (K,), NaN
    where a landmark is absent or the image has no size to divide by,
    ``visibility`` (K,), ``skipped`` for images without a size, and what the
    subclass adds. Whether the data set tells visible from occluded landmarks
    is known at the end, when the images of all processes are together.
    Its arguments are those of :class:`NormalizedError`.
    """

    default_prefix = ''  # names of their own, so nothing to warn of

    def __init__(self,
                 norm: str = '',
                 collect_device: str = 'cpu',
                 prefix: Optional[str] = None) -> None:
        if norm != '':
            _check_choice('norm', norm, NORMS)
        _check_choice('collect_device', collect_device, ('cpu', 'gpu'))
        super().__init__(collect_device=collect_device, prefix=prefix)
        self._norm = norm
        self._said: Set[str] = set()

    @property
    def norm(self) -> Norm:
        """That of the config, or of the data set.

        Raises:
            ValueError: If the data set's benchmark says that it has none.
        """
        meta = self.dataset_meta or {}
        norm = self._norm or meta.get('norm', DEFAULT_NORM)
        if norm is None:
            raise ValueError(
                f'{type(self).__name__}: no paper says what errors are '
                f"divided by in {meta['dataset_name']!r}: give norm, one of "
                f'{", ".join(NORMS)}')
        return NORMS[norm]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure the outputs of the model: one garment a sample."""
        batch = read_samples(data_samples, self.dataset_meta)
        size = self.norm.size(batch)
        distances = normalized_distance(batch.pred, batch.gt, size)
        distances[~batch.labelled] = np.nan
        columns = dict(
            distances=distances,
            visibility=batch.visibility,
            skipped=np.isnan(size[:, 0]),
            **self.measure(batch, size))
        # Records travel between processes faster than dictionaries do.
        table = np.empty(
            len(data_samples),
            dtype=[(name, column.dtype, column.shape[1:])
                   for name, column in columns.items()])
        for name, column in columns.items():
            table[name] = column
        self.results.extend(table)

    def measure(self, batch: LandmarkBatch,
                size: np.ndarray) -> Dict[str, np.ndarray]:
        """Further fields of the records, one row per image."""
        return {}

    def compute_metrics(self, results: Sequence[np.void]) -> Dict[str, float]:
        """Summarise the images of all processes, a record each.

        Raises:
            ValueError: No image has a landmark to measure.
        """
        if not results:
            raise ValueError(
                f'{type(self).__name__} got no image to evaluate.')
        table = np.array(results, dtype=results[0].dtype)
        codes = table['visibility']
        untold = codes == LABELLED
        if untold.any():
            names = landmark_names(self.dataset_meta, codes.shape[1])
            self._say(
                'places', "'raw_ann_info' has no landmark in the places of "
                f'{untold.sum()} in '
                f'{counted(untold.any(axis=1).sum(), "image")}, such '
                f"as of '{names[untold.any(axis=0).argmax()]}', so it does "
                'not tell whether they are visible; they count as visible.')
        if (codes == OCCLUDED).any() and not tells_occlusion(codes):
            self._say(
                'codes', 'none of the '
                f'{counted((codes == OCCLUDED).sum(), "landmark")} in the '
                f'{counted(len(table), "image")} is annotated as visible '
                '(code 2), they all are as occluded (code 1), and count as '
                'visible.')
        visible = settled_visibility(codes) == VISIBLE
        table['distances'][~visible] = np.nan
        if np.isnan(table['distances']).all():
            raise ValueError(
                f'{type(self).__name__} has nothing to measure: no landmark '
                f'is visible in the {counted(len(table), "image")}, '
                f"{table['skipped'].sum()} of them skipped for want of the "
                'landmarks that set the scale.')
        return self.summarize(table)

    def _say(self, subject: str, message: str) -> None:
        """Warn once, however many validations there are."""
        if subject not in self._said:
            self._said.add(subject)
            print_log(
                f'{type(self).__name__}: {message}',
                logger='current',
                level=logging.WARNING)

    def summarize(self, table: np.ndarray) -> Dict[str, float]:
        """Results from the records of all images."""
        raise NotImplementedError

    def per_landmark(self, name: str, values: np.ndarray) -> Dict[str, float]:
        """``{'name/landmark': value}`` for the landmarks with a value."""
        names = landmark_names(self.dataset_meta, len(values))
        return {
            f'{name}/{landmark}': float(value)
            for landmark, value in zip(names, values) if not np.isnan(value)
        }

    def counts(self, name: str, table: np.ndarray) -> Dict[str, int]:
        """How many images and landmarks the results rest on."""
        counted = ~np.isnan(table['distances'])
        return {
            f'{name}/num_images': int(counted.any(axis=1).sum()),
            f'{name}/num_landmarks': int(counted.sum()),
            f'{name}/num_skipped': int(table['skipped'].sum()),
        }


def _check_choice(argument: str, value: Any, allowed: Iterable[str]) -> None:
    if value not in list(allowed):
        raise ValueError(
            f'{argument} must be one of {list(allowed)}, but got {value!r}.')
