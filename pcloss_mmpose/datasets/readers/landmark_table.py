from itertools import chain
from typing import Any, Iterator, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from .ragged_landmarks import RaggedLandmarks

# So many rows with 294 landmarks each take 14 MB.
_BLOCK = 4096


def take(column: Any, rows: np.ndarray) -> Any:
    """Those of a list or an array at some indices; of None, None."""
    if isinstance(column, list):
        return [column[i] for i in rows]
    return None if column is None else column[rows]


class LandmarkTable(NamedTuple):
    """Annotations of N garments with K landmark slots each, column by column.

    Whatever the format they were read from, coordinates are (x, y) in pixels
    of the original image as written in the file, and visibility is in COCO's
    codes: 2 visible, 1 occluded, 0 absent. An absent landmark is (0, 0, 0).

    Attributes:
        names (Sequence[str]): Image names as the file spells them.
        categories (np.ndarray): Garment type or category, counted from 1,
            in shape (N, ).
        keypoints (np.ndarray | RaggedLandmarks): Rows (x, y, visibility) in
            shape (N, K, 3), float32.
        sources (Sequence[str]): Where each row stands, such as ``'a.txt:17'``.
        ids (np.ndarray): Annotation ids in shape (N, ).
        image_ids (np.ndarray): Image ids in shape (N, ).
        boxes (np.ndarray, optional): Boxes (x1, y1, x2, y2) in shape (N, 4),
            float32.
        sizes (np.ndarray, optional): Image sizes (width, height) in shape
            (N, 2), float32.
        extras (np.ndarray, optional): What else is known of each, as fields
            of an array in shape (N, ).
    """

    names: Sequence[str]
    categories: np.ndarray
    keypoints: Union[np.ndarray, RaggedLandmarks]
    sources: Sequence[str]
    ids: np.ndarray
    image_ids: np.ndarray
    boxes: Optional[np.ndarray] = None
    sizes: Optional[np.ndarray] = None
    extras: Optional[np.ndarray] = None

    @property
    def num_labelled(self) -> np.ndarray:
        """How many landmarks of each are labelled, (N, )."""
        if isinstance(self.keypoints, RaggedLandmarks):
            return self.keypoints.num_labelled
        return np.count_nonzero(self.keypoints[..., 2], axis=1)

    def blocks(self) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        """The indices of some rows and their landmarks, (B, K, 3), then more.

        Of ragged landmarks a dense array of all would not fit.
        """
        for start in range(0, len(self.names), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(self.names)))
            yield rows, np.asarray(self.keypoints[rows])

    def take(self, rows: Sequence[int]) -> 'LandmarkTable':
        """Select rows by index, in the given order."""
        rows = np.asarray(rows, dtype=np.int64)
        return LandmarkTable(*(take(column, rows) for column in self))

    @staticmethod
    def concatenate(tables: Sequence['LandmarkTable']) -> 'LandmarkTable':
        """Put tables with the same columns one below the other."""

        def join(columns):
            if columns[0] is None:
                return None
            if isinstance(columns[0], RaggedLandmarks):
                return RaggedLandmarks.concatenate(columns)
            if isinstance(columns[0], np.ndarray):
                return np.concatenate(columns)
            return list(chain.from_iterable(columns))

        return LandmarkTable(*map(join, zip(*tables)))
