from typing import Sequence

import numpy as np


class RaggedLandmarks:
    """Landmarks of N garments, of which each has those of its category alone.

    As an array (N, K, 3) would, it gives the landmarks of garment i by
    ``landmarks[i]``, (K, 3), those that its category does not have as zeros,
    and by an array of indices those of some garments.

    Args:
        points (np.ndarray): Rows (x, y, visibility) of all garments, one
            after the other, float32.
        first (np.ndarray): Of each category id, the index of its first
            landmark among the K, (C, ).
        counts (np.ndarray): How many it has, (C, ). K is their sum.
        categories (np.ndarray): Category id of each garment, (N, ).

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.datasets.readers import RaggedLandmarks
        >>> landmarks = RaggedLandmarks(
        ...     np.array([[3, 4, 2], [5, 6, 1]], dtype=np.float32),
        ...     first=np.array([0, 2]), counts=np.array([2, 1]),
        ...     categories=np.array([1, 1]))
        >>> landmarks[1].tolist()
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [5.0, 6.0, 1.0]]
    """

    def __init__(self, points: np.ndarray, first: np.ndarray,
                 counts: np.ndarray, categories: np.ndarray) -> None:
        self._points = points
        self._first = first
        self._counts = counts
        self._categories = categories
        self._ends = np.cumsum(counts[categories])

    def __len__(self) -> int:
        return len(self._categories)

    def __getitem__(self, rows):
        if isinstance(rows, (int, np.integer)):
            category = self._categories[rows]
            end, count = self._ends[rows], self._counts[category]
            first = self._first[category]
            dense = np.zeros((self._counts.sum(), 3), dtype=np.float32)
            dense[first:first + count] = self._points[end - count:end]
            return dense
        other = object.__new__(type(self))
        other.__dict__.update(
            self.__dict__,
            _categories=self._categories[rows],
            _ends=self._ends[rows])
        return other

    def aligned(self, rows: np.ndarray,
                categories: np.ndarray) -> 'RaggedLandmarks':
        """The landmarks of some garments, for others without any.

        Args:
            rows (np.ndarray): Indices in shape (M, ), -1 for none: then no
                landmark is labelled.
            categories (np.ndarray): Of the M garments.
        """
        other = object.__new__(type(self))
        blank = np.zeros((self._counts.max(), 3), dtype=np.float32)
        end = len(self._points) + self._counts[categories]
        if len(self):
            end = np.where(rows < 0, end, self._ends[rows])
        other.__dict__.update(
            self.__dict__,
            _points=np.concatenate([self._points, blank]),
            _categories=categories,
            _ends=end)
        return other

    @staticmethod
    def concatenate(parts: Sequence['RaggedLandmarks']) -> 'RaggedLandmarks':
        """Those of the same categories, one part after the other."""
        other = object.__new__(RaggedLandmarks)
        starts = np.cumsum([0] + [len(part._points) for part in parts])
        other.__dict__.update(
            parts[0].__dict__,
            _points=np.concatenate([part._points for part in parts]),
            _categories=np.concatenate([part._categories for part in parts]),
            _ends=np.concatenate(
                [part._ends + start for part, start in zip(parts, starts)]))
        return other

    def own(self, row: int) -> np.ndarray:
        """The landmarks that the category of a garment has."""
        end = self._ends[row]
        return self._points[end - self._counts[self._categories[row]]:end]

    @property
    def num_labelled(self) -> np.ndarray:
        """How many landmarks of each are labelled, (N, )."""
        total = np.zeros(len(self._points) + 1, dtype=np.int32)
        np.cumsum(self._points[:, 2] > 0, out=total[1:])
        return (total[self._ends] -
                total[self._ends - self._counts[self._categories]])
