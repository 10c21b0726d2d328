"""A picture of a set's first pictures with what the annotations say."""
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from .dataset import write_whole
from .layouts import LAYOUTS

_COLOURS = {0: (0, 200, 0), 1: (0, 0, 255)}  # visible green, occluded red
_TILE, _COLUMNS = 256, 8


def contact_sheet(root: str, layout: str, file: str, count: int = 40) -> None:
    """Draw pictures with landmarks and boxes, read from the set itself.

    Args:
        root: Folder of a complete set.
        layout: One of ``LAYOUTS``.
        file: PNG file to write.
        count: How many pictures.
    """
    tiles = [
        _tile(str(Path(root) / name), landmarks, boxes)
        for name, landmarks, boxes in islice(LAYOUTS[layout].read(Path(root)),
                                             count)
    ]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    sheet = np.vstack([
        np.hstack(tiles[i:i + _COLUMNS])
        for i in range(0, len(tiles), _COLUMNS)
    ])
    write_whole(Path(file), cv2.imencode('.png', sheet)[1].tobytes())


def _tile(path: str, landmarks: np.ndarray, boxes: list) -> np.ndarray:
    image = cv2.imread(path)
    k = _TILE / max(image.shape[:2])
    image = cv2.resize(image, None, fx=k, fy=k)
    for box in boxes:
        x1, y1, x2, y2 = (int(v * k) for v in box)
        cv2.rectangle(image, (x1, y1), (x2, y2), (255, 190, 0), 1)
    for v, x, y in landmarks.tolist():
        if v in _COLOURS:
            for radius, colour in ((3, (255, 255, 255)), (2, _COLOURS[v])):
                cv2.circle(image, (int(x * k), int(y * k)), radius, colour,
                           -1, cv2.LINE_AA)
    h, w = image.shape[:2]
    return cv2.copyMakeBorder(image, 0, _TILE - h, 0, _TILE - w,
                              cv2.BORDER_CONSTANT)
