"""Readers of the ``list_*.txt`` files of FLD and DeepFashion."""
from typing import List, Optional, Tuple

import numpy as np

from .landmark_table import LandmarkTable
from .list_rows import (ListRows, check_columns, check_last_number,
                        check_token_count, read_rows, row_numbers)
from .report import (BAD_HEADER, BAD_ROW, BAD_VISIBILITY, EMPTY_BOX, Report,
                     refuse)
from .text import quote

#: Garment types, in the order of ``clothes_type`` 1, 2, 3.
CLOTHES_TYPES = ('upper', 'lower', 'full')

# Slots of the eight landmarks (L/R collar, L/R sleeve, L/R waistline, L/R
# hem) that a row of each clothes_type fills, in the order of the row.
SLOTS = {
    1: [0, 1, 2, 3, 6, 7],
    2: [4, 5, 6, 7],
    3: [0, 1, 2, 3, 4, 5, 6, 7],
}

_TYPE_OF_TOKEN = {str(c): c for c in SLOTS}
_COLUMNS_OF_LANDMARK = ('landmark_visibility_{}', 'landmark_location_x_{}',
                        'landmark_location_y_{}')
_BBOX_COLUMNS = ('image_name', 'x_1', 'y_1', 'x_2', 'y_2')
PARTITIONS = ('train', 'val', 'test')

#: The official places.
LANDMARK_FILE = 'Anno/list_landmarks.txt'
BBOX_FILE = 'Anno/list_bbox.txt'
PARTITION_FILE = 'Eval/list_eval_partition.txt'


def read_landmark_list(path: str,
                       variation_type: Optional[bool] = None,
                       report: Report = refuse) -> LandmarkTable:
    """Read ``list_landmarks.txt`` of FLD, In-shop or DeepFashion-C.

    A row is the image name, ``clothes_type`` (1 upper, 2 lower, 3 full), in
    FLD and In-shop ``variation_type``, and for each of the 6, 4 or 8
    landmarks of the type the visibility (0 visible, 1 occluded, 2 cut off), x
    and y. Source: "Fashion Landmark Detection in the Wild", ECCV 2016.

    Args:
        path (str): The file.
        variation_type (bool, optional): Whether the file must have the
            column ``variation_type``. Defaults to None, either way.
        report (Report): Takes the mistakes. If it does not raise, a row with
            one has the category 0 and no landmarks.

    Returns:
        LandmarkTable: With 8 landmark slots and without boxes. Ids are row
        numbers, counted from 0.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the line.
    """
    rows = read_rows(path, report)
    if rows.header[1:2] != ['clothes_type']:
        report(
            BAD_HEADER,
            f'{path}:2: the columns must be image_name, clothes_type, ..., '
            f'found {quote(" ".join(rows.header[:3]))}')
    has_variation = 'variation_type' in rows.header
    if variation_type is not None and has_variation != variation_type:
        report(
            BAD_HEADER, f'{path}:2: the column variation_type is '
            f'{"there" if has_variation else "missing"}: FLD and In-shop have '
            'it, DeepFashion-C has not')
    lead = 2 + has_variation
    columns = ['image_name', 'clothes_type', 'variation_type'][:lead]
    check_columns(
        rows, columns + [
            column.format(i + 1) for i in range(8)
            for column in _COLUMNS_OF_LANDMARK
        ], report)
    check_last_number(rows, report)

    count = len(rows.names)
    types = rows.column(np.flatnonzero(rows.counts > 1), 1)
    categories = np.zeros(count, dtype=np.int64)
    categories[rows.counts > 1] = [_TYPE_OF_TOKEN.get(t, 0) for t in types]
    lengths = np.array([0] + [lead + 3 * len(s) for s in SLOTS.values()])
    categories[lengths[categories] != rows.counts] = 0
    for i in np.flatnonzero(categories == 0):
        report(BAD_ROW, f'{rows.where(i)}: {_describe_row(rows, i, lead)}')

    keypoints = np.zeros((count, 8, 3), dtype=np.float32)
    for clothes_type, slots in SLOTS.items():
        index = np.flatnonzero(categories == clothes_type)
        vxy = row_numbers(rows, index, lead, 3 * len(slots), report)
        vxy = vxy.reshape(len(index), len(slots), 3)
        good = (_check_codes(rows, index, lead, vxy[..., 0], report)
                & ~np.isnan(vxy).any(axis=2)).all(axis=1)
        if has_variation:
            variation = row_numbers(rows, index, 2, 1, report)
            good &= ~np.isnan(variation[:, 0])
        xyv = vxy[good][..., [1, 2, 0]]
        xyv[..., 2] = 2 - xyv[..., 2]  # to COCO's codes
        keypoints[index[good][:, None], slots] = xyv
        categories[index[~good]] = 0
    keypoints[keypoints[..., 2] == 0] = 0
    ids = np.arange(count)
    return LandmarkTable(
        names=rows.names,
        categories=categories,
        keypoints=keypoints,
        sources=[f'{path}:{line}' for line in rows.lines],
        ids=ids,
        image_ids=ids)


def read_bbox_list(path: str,
                   report: Report = refuse) -> Tuple[List[str], np.ndarray]:
    """Read ``list_bbox.txt``: image name, x1, y1, x2, y2 in pixels.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, the box of
            a row that is not five numbers is NaN.

    Returns:
        tuple: Image names and boxes (x1, y1, x2, y2) in shape (N, 4),
        float32, as written.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format or a box is empty. The
            message names the line.
    """
    rows = read_rows(path, report)
    check_columns(rows, _BBOX_COLUMNS, report)
    check_last_number(rows, report)
    index = check_token_count(rows, ' '.join(_BBOX_COLUMNS), report)
    boxes = np.full((len(rows.names), 4), np.nan, dtype=np.float32)
    boxes[index] = row_numbers(rows, index, 1, 4, report)
    empty = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    for i in np.flatnonzero(empty):
        report(
            EMPTY_BOX,
            f'{rows.where(i)}: the box {" ".join(rows.tokens(i)[1:])} is '
            'empty, x_2 > x_1 and y_2 > y_1 are needed')
    return rows.names, boxes


def read_partition_list(path: str,
                        report: Report = refuse
                        ) -> Tuple[List[str], List[str]]:
    """Read ``list_eval_partition.txt``: image name, train, val or test.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, a row with
            one has the partition ''.

    Returns:
        tuple: Image names and partitions.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the line.
    """
    rows = read_rows(path, report)
    partitions = [''] * len(rows.names)
    index = check_token_count(rows, 'image_name evaluation_status', report)
    for i, partition in zip(index.tolist(), rows.column(index, 1)):
        if partition in PARTITIONS:
            partitions[i] = partition
        else:
            report(
                BAD_ROW, f'{rows.where(i)}: the partition must be one of '
                f'{", ".join(PARTITIONS)}, found {quote(partition)}')
    return rows.names, partitions


def _check_codes(rows: ListRows, index: np.ndarray, lead: int,
                 codes: np.ndarray, report: Report) -> np.ndarray:
    """Find the codes that are one of the digits 0, 1 and 2, (N, K)."""
    tokens = rows.first[index][:, None] + np.arange(
        lead, lead + 3 * codes.shape[1], 3)
    good = (rows.ends[tokens] - rows.starts[tokens] == 1) & np.isin(
        rows.text[rows.starts[tokens]], list(b'012'))
    for row, landmark in np.argwhere(~good & ~np.isnan(codes)):
        i = index[row]
        report(
            BAD_VISIBILITY,
            f'{rows.where(i)}: landmark {landmark + 1} has the '
            f'visibility {rows.token(i, lead + 3 * landmark)[:20]}, allowed '
            'are 0 (visible), 1 (occluded) and 2 (cut off)')
    return good


def _describe_row(rows: ListRows, i: int, lead: int) -> str:
    row = rows.tokens(i)
    if len(row) < 2:
        return f'1 token, a row has at least {lead + 12}'
    if row[1] not in map(str, SLOTS):
        return ('clothes_type must be 1 (upper), 2 (lower) or 3 (full), '
                f'found {quote(row[1])}')
    clothes_type = int(row[1])
    landmarks = len(SLOTS[clothes_type])
    message = (f'{len(row)} tokens, but a row of clothes_type {clothes_type} '
               f'({CLOTHES_TYPES[clothes_type - 1]}, {landmarks} landmarks) '
               f'has {lead + 3 * landmarks} '
               f'{"with" if lead == 3 else "without"} variation_type')
    if len(row) == 5 - lead + 3 * landmarks:
        message += ': this one is ' + {
            2: 'with, as in FLD and In-shop',
            3: 'without, as in DeepFashion-C'
        }[lead]
    return message
