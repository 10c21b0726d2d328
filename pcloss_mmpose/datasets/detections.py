"""Boxes that a detector found, in place of those of the annotations."""
from math import isfinite
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from ..utils import counted
from .readers.text import read_json

_KEYS = ('image_id', 'bbox', 'score')


def read_best_boxes(path: str, names: Sequence[str],
                    image_ids: np.ndarray) -> np.ndarray:
    """Read the detected box with the highest score of each image.

    The file is a json in COCO's format of results, as mmdet's ``CocoMetric``
    writes it (``<outfile_prefix>.bbox.json``): a list of ``{"image_id": ...,
    "bbox": [x, y, width, height], "score": ...}``. An ``image_id`` that is a
    text is the image's name as the annotations spell it, one that is a whole
    number is their image id: of list files the number of the row, from 0.
    ``category_id`` is not looked at, as the type of the garment is not known
    to who looks for it. Detections in other images are ignored. Of equal
    scores the first one counts.

    Args:
        path (str): The file.
        names (Sequence[str]): Name of the image of each of N garments.
        image_ids (np.ndarray): Id of the image of each, (N, ).

    Returns:
        np.ndarray: (x1, y1, x2, y2, score) in pixels, in shape (N, 5),
        float32; NaN where nothing was detected.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format, or has nothing of these
            images. The message names the detection, counted from 1.
    """
    best = _read(path)
    found = np.full((len(names), 5), np.nan, dtype=np.float32)
    for row, keys in enumerate(zip(names, image_ids.tolist())):
        detections = [best[key] for key in keys if key in best]
        if detections:
            found[row] = max(detections, key=lambda d: d[-1])
    if np.isnan(found).all():
        raise ValueError(
            f'{path}: has no detection in the '
            f'{counted(len(names), "image")}, such as image_id {names[0]!r} '
            f'or {image_ids[0]}, but in '
            f'{counted(len(best), "other")}, such as '
            f'{next(iter(best), None)!r}: the '
            'detector has to be run on the same split')
    found[:, 2:4] += found[:, :2]
    return found


def read_detections(path: str, categories: int) -> Tuple[list, np.ndarray]:
    """Read all detections of a file, each with its category.

    Args:
        path (str): A json as :func:`read_best_boxes` takes it, where each
            detection has a ``category_id`` as well.
        categories (int): The category ids are 1 to this.

    Returns:
        tuple: Of each detection the ``image_id``, and its numbers
        (x1, y1, x2, y2, score, category_id) in shape (N, 6), float32.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the
            detection, counted from 1.
    """
    content = _load(path)
    rows = np.empty((len(content), 6), dtype=np.float32)
    for number, detection in enumerate(content, 1):
        category = detection.get('category_id')
        if type(category) is not int or not 1 <= category <= categories:
            raise ValueError(
                f'{path}: detection {number}: category_id must be from 1 to '
                f'{categories}, found {category!r:.40}')
        rows[number - 1] = *detection['bbox'], detection['score'], category
    rows[:, 2:4] += rows[:, :2]
    return [detection['image_id'] for detection in content], rows


def whole_image(width: float, height: float) -> np.ndarray:
    """The box (0, 0, width - 1, height - 1) of an image, (1, 4), float32."""
    return np.array([[0, 0, width - 1, height - 1]], dtype=np.float32)


def _read(path: str) -> Dict[Union[str, int], Tuple[float, ...]]:
    """Of each image id, x, y, width, height and score of the best box."""
    best: Dict[Union[str, int], Tuple[float, ...]] = {}
    for detection in _load(path):
        image_id, score = detection['image_id'], detection['score']
        if image_id not in best or score > best[image_id][-1]:
            best[image_id] = (*detection['bbox'], score)
    return best


def _load(path: str) -> List[dict]:
    """The detections of a file, checked."""
    content = read_json(path)
    if not isinstance(content, list):
        raise ValueError(f'{path}: must be a list of detections, as '
                         'CocoMetric writes to <outfile_prefix>.bbox.json, '
                         f'found a {type(content).__name__}')
    if not content:
        raise ValueError(f'{path}: has no detections')
    for number, detection in enumerate(content, 1):
        mistake = _describe(detection)
        if mistake:
            raise ValueError(f'{path}: detection {number}: {mistake}')
    return content


def _describe(detection: Any) -> Optional[str]:
    """Say what is wrong with a detection, if anything is."""
    if not isinstance(detection, dict):
        return f'must be an object with {", ".join(_KEYS)}, ' \
            f'found {detection!r:.40}'
    for key in _KEYS:
        if key not in detection:
            return f'{key} is missing'
    image_id, box, score = (detection[key] for key in _KEYS)
    if isinstance(image_id, bool) or not isinstance(image_id, (int, str)):
        return ('image_id must be the name of an image or a whole number, '
                f'found {image_id!r:.40}')
    if not _is_number(score):
        return f'score must be a number, found {score!r:.40}'
    if (not isinstance(box, list) or len(box) != 4
            or not all(map(_is_number, box)) or min(box[2:]) <= 0):
        return ('bbox must be four numbers, x, y, width and height, the last '
                f'two above 0, found {box!r:.60}')
    return None


def _is_number(value: Any) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and abs(value) < 1e9 and isfinite(value))
