"""Readers of the ``list_*.txt`` files of FLD and DeepFashion."""
from typing import Dict, List, NoReturn, Optional, Sequence, Tuple

import numpy as np

from .landmark_table import LandmarkTable
from .list_rows import FIRST_ROW, check_token_count, read_rows, row_numbers

#: Garment types, in the order of ``clothes_type`` 1, 2, 3.
CLOTHES_TYPES = ('upper', 'lower', 'full')

# Slots of the eight landmarks (L/R collar, L/R sleeve, L/R waistline, L/R
# hem) that a row of each clothes_type fills, in the order of the row.
SLOTS = {
    1: [0, 1, 2, 3, 6, 7],
    2: [4, 5, 6, 7],
    3: [0, 1, 2, 3, 4, 5, 6, 7],
}

PARTITIONS = ('train', 'val', 'test')


def read_landmark_list(path: str,
                       variation_type: Optional[bool] = None) -> LandmarkTable:
    """Read ``list_landmarks.txt`` of FLD, In-shop or DeepFashion-C.

    A row is the image name, ``clothes_type`` (1 upper, 2 lower, 3 full), in
    FLD and In-shop ``variation_type``, and for each of the 6, 4 or 8
    landmarks of the type the visibility (0 visible, 1 occluded, 2 cut off), x
    and y. Source: "Fashion Landmark Detection in the Wild", ECCV 2016.

    Args:
        path (str): The file.
        variation_type (bool, optional): Whether the file must have the
            column ``variation_type``. Defaults to None, either way.

    Returns:
        LandmarkTable: With 8 landmark slots and without boxes. Ids are row
        numbers, counted from 0.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the line.
    """
    header, rows = read_rows(path)
    if header[1:2] != ['clothes_type']:
        raise ValueError(
            f'{path}:2: the columns must be image_name, clothes_type, ..., '
            f'found {" ".join(header[:3])!r}')
    has_variation = 'variation_type' in header
    if variation_type is not None and has_variation != variation_type:
        raise ValueError(
            f'{path}:2: the column variation_type is '
            f'{"there" if has_variation else "missing"}: FLD and In-shop have '
            'it, DeepFashion-C has not')
    lead = 2 + has_variation

    by_type: Dict[int, List[int]] = {c: [] for c in SLOTS}
    tokens_of_type = {str(c): lead + 3 * len(s) for c, s in SLOTS.items()}
    for i, row in enumerate(rows):
        if len(row) < 2 or tokens_of_type.get(row[1]) != len(row):
            _raise_landmark_row(path, i, row, lead)
        by_type[int(row[1])].append(i)

    keypoints = np.zeros((len(rows), 8, 3), dtype=np.float32)
    categories = np.zeros(len(rows), dtype=np.int64)
    for clothes_type, index in by_type.items():
        slots = SLOTS[clothes_type]
        vxy = row_numbers(path, rows, index, lead)
        vxy = vxy.reshape(len(index), len(slots), 3)
        _check_codes(path, rows, index, lead, vxy[..., 0])
        xyv = vxy[..., [1, 2, 0]]
        xyv[..., 2] = 2 - xyv[..., 2]  # to COCO's codes
        keypoints[np.array(index, dtype=np.int64)[:, None], slots] = xyv
        categories[index] = clothes_type
    keypoints[keypoints[..., 2] == 0] = 0

    ids = np.arange(len(rows))
    return LandmarkTable(
        names=[row[0] for row in rows],
        categories=categories,
        keypoints=keypoints,
        sources=[f'{path}:{i + FIRST_ROW}' for i in range(len(rows))],
        ids=ids,
        image_ids=ids)


def read_bbox_list(path: str) -> Tuple[List[str], np.ndarray]:
    """Read ``list_bbox.txt``: image name, x1, y1, x2, y2 in pixels.

    Returns:
        tuple: Image names and boxes (x1, y1, x2, y2) in shape (N, 4),
        float32, as written.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format or a box is empty. The
            message names the line.
    """
    _, rows = read_rows(path)
    check_token_count(path, rows, 'image_name x_1 y_1 x_2 y_2')
    index = range(len(rows))
    boxes = row_numbers(path, rows, index, 1).reshape(len(rows), 4)
    empty = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    if empty.any():
        i = int(empty.argmax())
        raise ValueError(
            f'{path}:{i + FIRST_ROW}: the box {" ".join(rows[i][1:])} is '
            'empty, x_2 > x_1 and y_2 > y_1 are needed')
    return [row[0] for row in rows], boxes


def read_partition_list(path: str) -> Tuple[List[str], List[str]]:
    """Read ``list_eval_partition.txt``: image name, train, val or test.

    Returns:
        tuple: Image names and partitions.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the line.
    """
    _, rows = read_rows(path)
    check_token_count(path, rows, 'image_name evaluation_status')
    for i, (_, partition) in enumerate(rows):
        if partition not in PARTITIONS:
            raise ValueError(
                f'{path}:{i + FIRST_ROW}: the partition must be one of '
                f'{", ".join(PARTITIONS)}, found {partition!r}')
    return [row[0] for row in rows], [row[1] for row in rows]


def _check_codes(path: str, rows: List[List[str]], index: Sequence[int],
                 lead: int, codes: np.ndarray) -> None:
    bad = ~np.isin(codes, (0, 1, 2))
    if bad.any():
        row, landmark = np.argwhere(bad)[0]
        i = index[row]
        raise ValueError(
            f'{path}:{i + FIRST_ROW}: landmark {landmark + 1} has the '
            f'visibility {rows[i][lead + 3 * landmark]}, allowed are 0 '
            '(visible), 1 (occluded) and 2 (cut off)')


def _raise_landmark_row(path: str, i: int, row: List[str],
                        lead: int) -> NoReturn:
    where = f'{path}:{i + FIRST_ROW}'
    if len(row) < 2:
        raise ValueError(f'{where}: 1 token, a row has at least {lead + 12}')
    if row[1] not in map(str, SLOTS):
        raise ValueError(f'{where}: clothes_type must be 1 (upper), 2 (lower) '
                         f'or 3 (full), found {row[1]!r}')
    clothes_type = int(row[1])
    landmarks = len(SLOTS[clothes_type])
    message = (
        f'{where}: {len(row)} tokens, but a row of clothes_type '
        f'{clothes_type} ({CLOTHES_TYPES[clothes_type - 1]}, {landmarks} '
        f'landmarks) has {lead + 3 * landmarks} '
        f'{"with" if lead == 3 else "without"} variation_type')
    if len(row) == 5 - lead + 3 * landmarks:
        message += ': this one is ' + {
            2: 'with, as in FLD and In-shop',
            3: 'without, as in DeepFashion-C'
        }[lead]
    raise ValueError(message)
