"""Where the garments of a picture are, of which type, with what landmarks.
"""
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from ..datasets.readers.coco_json import read_coco

# A box may end on the border of the last pixel, and annotators round.
_TOLERANCE = 1


class Garments(NamedTuple):
    """The garments of one picture.

    Attributes:
        boxes (np.ndarray): (x1, y1, x2, y2) in pixels of the picture as it
            is displayed, in shape (N, 4), float32.
        scores (np.ndarray): In [0, 1], in shape (N, ), float32.
        types (Sequence[str | None]): Garment type of each, None where it is
            not known: N.
    """
    boxes: np.ndarray
    scores: np.ndarray
    types: Sequence[Optional[str]]

    def __len__(self) -> int:
        return len(self.boxes)


class Landmarks(NamedTuple):
    """The landmarks of the garments of a picture.

    Attributes:
        points (np.ndarray): (N, K, 2), (x, y) in pixels of the picture.
        scores (np.ndarray): (N, K).
    """
    points: np.ndarray
    scores: np.ndarray


def whole_picture(image: np.ndarray) -> Garments:
    """The picture (H, W, 3) as one garment, with the score 1."""
    height, width = image.shape[:2]
    return given_garments([(0, 0, width, height)], [None])


def check_type(garment: Optional[str], types: Sequence[str]) -> None:
    """Refuse a garment type that a model does not know.

    Raises:
        ValueError: With those that it knows.
    """
    if garment is not None and garment not in types:
        raise ValueError(f'{garment} is no garment type of the model, which '
                         f'knows {", ".join(types) or "none"}')


def given_garments(boxes: Sequence[Sequence[float]],
                   types: Sequence[Optional[str]]) -> Garments:
    """Make garments of boxes that somebody has drawn.

    Args:
        boxes (Sequence[Sequence[float]]): (x, y, width, height) in pixels.
        types (Sequence[str | None]): One for each.

    Returns:
        Garments: With the score 1.

    Raises:
        ValueError: If a box is not four finite numbers, or is empty.

    Example:
        >>> from pcloss_mmpose.deploy.garments import given_garments
        >>> given_garments([(10, 20, 30, 40)], ['upper']).boxes
        array([[10., 20., 40., 60.]], dtype=float32)
    """
    for box in boxes:
        try:
            numbers = np.array(box, dtype=np.float32)
        except (TypeError, ValueError):
            numbers = np.array(np.nan)
        if numbers.shape != (4, ) or not np.isfinite(numbers).all():
            raise ValueError(f'the box {box} must be four numbers: x, y, '
                             'width, height')
        if not (numbers[2:] > 0).all():
            raise ValueError(f'the box {describe(numbers)} is empty')
    array = np.array(boxes, dtype=np.float32).reshape(-1, 4)
    array[:, 2:] += array[:, :2]
    return Garments(array, np.ones(len(array), dtype=np.float32), list(types))


def check_inside(garments: Garments, width: int, height: int) -> None:
    """Refuse boxes that reach more than a pixel outside the picture.

    Raises:
        ValueError: With the first such box.
    """
    for box in garments.boxes:
        if (box < -_TOLERANCE).any() or (box[2:] > np.array([width, height]) +
                                         _TOLERANCE).any():
            xywh = np.concatenate([box[:2], box[2:] - box[:2]])
            raise ValueError(f'the box {describe(xywh)} reaches outside the '
                             f'picture of {width} x {height}')


def describe(box: np.ndarray) -> str:
    """Name the numbers of a box, (x, y, width, height)."""
    names = ('x', 'y', 'width', 'height')
    return ', '.join(f'{name} {v:g}' for name, v in zip(names, box))


def read_boxes(path: str, types: Sequence[str]) -> Dict[str, Garments]:
    """Read boxes in COCO's format, by the name of the picture.

    Args:
        path (str): A json with ``images`` (``id``, ``file_name``) and
            ``annotations`` (``image_id``, ``bbox`` as x, y, width, height).
            A ``category_id`` whose name in ``categories`` is one of the
            types gives the garment type.
        types (Sequence[str]): Names of the garment types.

    Returns:
        dict[str, Garments]: Those of each ``file_name``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the
            annotation.
    """
    coco = read_coco(path, ('id', 'image_id', 'category_id'))
    names = {row.get('id'): row.get('file_name') for row in coco['images']}
    category = {row.get('id'): row.get('name') for row in coco['categories']}
    boxes: Dict[str, List] = {}
    kinds: Dict[str, List] = {}
    for i, row in enumerate(coco['annotations']):
        box: Any = row.get('bbox')
        name = names.get(row.get('image_id'))
        where = f'{path}: annotation {row.get("id", f"number {i}")}'
        if not isinstance(name, str):
            raise ValueError(f'{where}: no image with a file_name has the id '
                             f'{row.get("image_id")!r}')
        try:
            given_garments([box], [None])
        except ValueError as error:
            raise ValueError(f'{where}: {error}') from None
        kind = category.get(row.get('category_id'))
        boxes.setdefault(name, []).append(box)
        kinds.setdefault(name, []).append(kind if kind in types else None)
    return {name: given_garments(boxes[name], kinds[name]) for name in boxes}
