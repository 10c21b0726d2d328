from collections.abc import Sequence
from typing import List, Optional, Union

import numpy as np
from mmpose.structures.bbox import bbox_xyxy2cs

from .readers import LandmarkTable


class GarmentList(Sequence):
    """The instances of a data set, kept column by column.

    Of MMPose's lists of dictionaries, each garment takes a kilobyte and a
    while to make, and mmengine pickles it at once. Here item i, a dictionary
    of its own, is made when it is asked for. A slice is a
    :class:`GarmentList`. The columns are arrays: what worker processes read
    of them stays shared.

    Args:
        table (LandmarkTable): The annotations.
        paths (Sequence[str]): The image of each.
        weights (np.ndarray): Of a visibility 0, 1 and 2, ``keypoints_visible``
            in shape (3, ), float32.
        categories (Sequence[str]): Names of the category ids 1, 2, ...
        detections (np.ndarray, optional): What to crop each image to, and
            the score, (x1, y1, x2, y2, score) in shape (N, 5), float32; NaN
            where nothing is known. Defaults to None, the boxes of ``table``.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.datasets.garment_list import GarmentList
        >>> from pcloss_mmpose.datasets.readers import LandmarkTable
        >>> table = LandmarkTable(
        ...     names=['a.jpg'], categories=np.array([2]),
        ...     keypoints=np.array([[[3., 4., 1.]]], dtype=np.float32),
        ...     sources=['list.txt:3'], ids=np.array([7]),
        ...     image_ids=np.array([7]))
        >>> weights = np.array([0., .5, 1.], dtype=np.float32)
        >>> garments = GarmentList(table, ['img/a.jpg'], weights,
        ...                        ('upper', 'lower'))
        >>> garments[0]['img_path'], garments[0]['category']
        ('img/a.jpg', 'lower')
        >>> garments[0]['keypoints_visible']
        array([[0.5]], dtype=float32)
    """

    def __init__(self,
                 table: LandmarkTable,
                 paths: 'Sequence[str]',
                 weights: np.ndarray,
                 categories: 'Sequence[str]',
                 detections: Optional[np.ndarray] = None) -> None:
        self._paths = _Texts(paths) if isinstance(paths, list) else paths
        self._rows = np.arange(len(paths))
        self._ids = table.ids
        self._image_ids = table.image_ids
        self._categories = table.categories
        self._keypoints = table.keypoints
        self._boxes = table.boxes
        self._detections = detections
        self._weights = weights
        self._category_names = categories
        self._extras = table.extras
        self._num_labelled = table.num_labelled

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, item: Union[int, slice]):
        if isinstance(item, slice):
            return self.take(item)
        row = self._rows[item]
        keypoints = self._keypoints[row]
        visibility = keypoints[:, 2].astype(np.int64)
        id_ = self._ids[row].item()
        category_id = self._categories[row].item()
        category = self._category_names[category_id - 1]
        raw = dict(
            id=id_,
            image_id=self._image_ids[row].item(),
            category_id=category_id,
            category=category,
            keypoints=keypoints.ravel().tolist(),
            num_keypoints=self._num_labelled[row].item(),
            iscrowd=0)
        garment = dict(
            id=id_,
            img_id=raw['image_id'],
            img_path=self._paths[row],
            bbox_score=np.ones(1, dtype=np.float32),
            keypoints=keypoints[None, :, :2].copy(),
            keypoints_visible=self._weights[visibility][None],
            num_keypoints=raw['num_keypoints'],
            iscrowd=0,
            category_id=category_id,
            category=category,
            raw_ann_info=raw)
        if self._extras is not None:
            raw.update(zip(self._extras.dtype.names, self._extras[row].item()))
        if self._boxes is not None:
            garment['bbox'] = self._boxes[row:row + 1].copy()
            x1, y1, x2, y2 = self._boxes[row]
            width, height = x2 - x1, y2 - y1
            raw.update(
                bbox=[v.item() for v in (x1, y1, width, height)],
                area=(width * height).item())
        if self._detections is not None:
            detection = self._detections[row:row + 1]
            garment['bbox_score'] = np.nan_to_num(detection[:, 4])
            if not np.isnan(detection[0, 0]):
                center, scale = bbox_xyxy2cs(detection[:, :4])
                # GetBBoxCenterScale takes these before bbox, the annotated box
                garment.update(bbox_center=center, bbox_scale=scale)
        return garment

    @property
    def num_labelled(self) -> np.ndarray:
        """How many landmarks of each are labelled, (N, )."""
        return self._num_labelled[self._rows]

    def take(self, items: Union[slice, np.ndarray]) -> 'GarmentList':
        """Those at ``items``, in a list that shares the columns."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, _rows=self._rows[items])
        return other


class _Texts:
    """One text, and where each of the given ones ends in it.

    A list would be copied to the workers, bit by bit, as they count
    references.
    """

    def __init__(self, texts: List[str]) -> None:
        encoded = [text.encode('utf-8', 'surrogateescape') for text in texts]
        self._bytes = np.frombuffer(b''.join(encoded), dtype=np.uint8)
        self._ends = np.cumsum([0, *map(len, encoded)])

    def __getitem__(self, row: int) -> str:
        begin, end = self._ends[row:row + 2]
        text = self._bytes[begin:end].tobytes()
        return text.decode('utf-8', 'surrogateescape')
