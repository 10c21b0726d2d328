"""A picture of a set's first pictures with what the annotations say."""
import csv
from pathlib import Path
from typing import Iterator, List, Tuple

import cv2
import numpy as np

from ..utils import replacing

_COLOURS = {0: (0, 200, 0), 1: (0, 0, 255)}  # visible green, occluded red
_TILE, _COLUMNS = 256, 8


def contact_sheet(root: str, layout: str, file: str, count: int = 40) -> None:
    """Draw pictures with landmarks and boxes, read from the set itself.

    Args:
        root: Folder of a complete set.
        layout: 'fld', 'deepfashion_c' or 'fashionai'.
        file: PNG file to write.
        count: How many pictures.
    """
    rows = _csv_rows if layout == 'fashionai' else _list_rows
    tiles = [
        _tile(str(Path(root) / name), landmarks, box)
        for _, (name, landmarks, box) in zip(range(count), rows(Path(root)))
    ]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    sheet = np.vstack([
        np.hstack(tiles[i:i + _COLUMNS])
        for i in range(0, len(tiles), _COLUMNS)
    ])
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as part:
        part.write_bytes(cv2.imencode('.png', sheet)[1].tobytes())


def _list_rows(root: Path) -> Iterator[Tuple[str, np.ndarray, List[int]]]:
    lines = (root / 'Anno/list_landmarks.txt').read_text().splitlines()[1:]
    boxes = (root / 'Anno/list_bbox.txt').read_text().splitlines()[2:]
    first = lines[0].split().index('landmark_visibility_1')
    for line, box in zip(lines[1:], boxes):
        tokens = line.split()
        values = np.array(tokens[first:], int).reshape(-1, 3)
        yield tokens[0], values, [int(t) for t in box.split()[1:]]


def _csv_rows(root: Path) -> Iterator[Tuple[str, np.ndarray, List[int]]]:
    for file in sorted((root / 'Annotations').glob('*.csv'), reverse=True):
        with open(file, newline='') as lines:
            for row in list(csv.reader(lines))[1:]:
                xyv = np.array([t.split('_') for t in row[2:] if t[0] != '-'],
                               int)
                yield row[0], np.stack(
                    [1 - xyv[:, 2], xyv[:, 0], xyv[:, 1]], 1), []


def _tile(path: str, landmarks: np.ndarray, box: List[int]) -> np.ndarray:
    image = cv2.imread(path)
    k = _TILE / max(image.shape[:2])
    image = cv2.resize(image, None, fx=k, fy=k)
    if box:
        x1, y1, x2, y2 = (int(v * k) for v in box)
        cv2.rectangle(image, (x1, y1), (x2, y2), (255, 190, 0), 1)
    for v, x, y in landmarks.tolist():
        if v in _COLOURS:
            cv2.circle(image, (int(x * k), int(y * k)), 3, (255, 255, 255),
                       -1, cv2.LINE_AA)
            cv2.circle(image, (int(x * k), int(y * k)), 2, _COLOURS[v], -1,
                       cv2.LINE_AA)
    h, w = image.shape[:2]
    return cv2.copyMakeBorder(image, 0, _TILE - h, 0, _TILE - w,
                              cv2.BORDER_CONSTANT)
