"""Readers of the ``list_*.txt`` files of FLD and DeepFashion."""
from typing import List, Optional, Tuple

import numpy as np

from .landmark_table import LandmarkTable
from .list_rows import ListRows, align_rows
from .mistakes import (BAD_HEADER, BAD_ROW, BAD_VISIBILITY, EMPTY_BOX, Report,
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
_BBOX_COLUMNS = ('image_name', 'x_1', 'y_1', 'x_2', 'y_2')
PARTITIONS = ('train', 'val', 'test')

#: The official places.
LANDMARK_FILE = 'Anno/list_landmarks.txt'
BBOX_LIST = 'Anno/list_bbox.txt'
PARTITION_FILE = 'Eval/list_eval_partition.txt'


def read_lists(landmarks: str,
               boxes: str,
               partition: str,
               split: str,
               variation_type: Optional[bool] = None) -> LandmarkTable:
    """Read the landmarks and boxes of one split from the three lists.

    Args:
        landmarks (str): ``list_landmarks.txt``, read with ``variation_type``
            as by :func:`read_landmark_list`.
        boxes (str): ``list_bbox.txt``.
        partition (str): ``list_eval_partition.txt``.
        split (str): ``'train'``, ``'val'`` or ``'test'``.

    Returns:
        LandmarkTable: With boxes, in the order of the landmarks.

    Raises:
        FileNotFoundError: If a file is absent.
        ValueError: If a file breaks the format, the files do not list the
            same images, or none of them is in the split.
    """
    table = read_landmark_list(landmarks, variation_type)
    box_rows, numbers = read_bbox_list(boxes)
    numbers = numbers[align_rows(table.names, landmarks, box_rows.names,
                                 boxes)]
    split_rows, splits = read_partition_list(partition)
    splits = np.array(splits)[align_rows(table.names, landmarks,
                                         split_rows.names, partition)]
    rows = np.flatnonzero(splits == split)
    if not len(rows):
        raise ValueError(f'{partition}: no image is in the split {split}')
    return table._replace(boxes=numbers).take(rows)


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
    rows = ListRows(path, report)
    if rows.header[1:2] != ['clothes_type']:
        rows.report(
            BAD_HEADER, 2,
            'the columns must be image_name, clothes_type, ..., found '
            f'{quote(" ".join(rows.header[:3]))}')
    has_variation = 'variation_type' in rows.header
    if variation_type is not None and has_variation != variation_type:
        rows.report(
            BAD_HEADER, 2, 'the column variation_type is '
            f'{"there" if has_variation else "missing"}: FLD and In-shop have '
            'it, DeepFashion-C has not')
    lead = 2 + has_variation
    rows.check_numbers(
        ['image_name', 'clothes_type', 'variation_type'][:lead] + [
            f'landmark_{column}_{i}' for i in range(1, 9)
            for column in ('visibility', 'location_x', 'location_y')
        ])

    count = len(rows.names)
    types = rows.column(np.flatnonzero(rows.counts > 1), 1)
    categories = np.zeros(count, dtype=np.int64)
    categories[rows.counts > 1] = [_TYPE_OF_TOKEN.get(t, 0) for t in types]
    lengths = np.array([0] + [lead + 3 * len(s) for s in SLOTS.values()])
    categories[lengths[categories] != rows.counts] = 0
    for i in np.flatnonzero(categories == 0):
        rows.report(BAD_ROW, rows.lines[i], _describe_row(rows, i, lead))

    keypoints = np.zeros((count, 8, 3), dtype=np.float32)
    for clothes_type, slots in SLOTS.items():
        index = np.flatnonzero(categories == clothes_type)
        vxy = rows.numbers(index, range(lead, lead + 3 * len(slots)))
        vxy = vxy.reshape(len(index), len(slots), 3)
        good = (_check_codes(rows, index, lead, vxy[..., 0])
                & ~np.isnan(vxy).any(axis=2)).all(axis=1)
        if has_variation:
            good &= ~np.isnan(rows.numbers(index, [2])[:, 0])
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
                   report: Report = refuse) -> Tuple[ListRows, np.ndarray]:
    """Read ``list_bbox.txt``: image name, x1, y1, x2, y2 in pixels.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes.

    Returns:
        tuple: The rows and their boxes (x1, y1, x2, y2) in shape (N, 4),
        float32, as written, NaN where a row is not five numbers.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format or a box is empty, with the
            line.
    """
    rows = ListRows(path, report)
    rows.check_numbers(_BBOX_COLUMNS)
    index = rows.of_length(_BBOX_COLUMNS)
    boxes = np.full((len(rows.names), 4), np.nan, dtype=np.float32)
    boxes[index] = rows.numbers(index, range(1, 5))
    empty = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    for i in np.flatnonzero(empty):
        rows.report(
            EMPTY_BOX, rows.lines[i],
            f'the box {" ".join(rows.tokens(i)[1:])} is empty, x_2 > x_1 and '
            'y_2 > y_1 are needed')
    return rows, boxes


def read_partition_list(path: str,
                        report: Report = refuse) -> Tuple[ListRows, List[str]]:
    """Read ``list_eval_partition.txt``: image name, train, val or test.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes.

    Returns:
        tuple: The rows and their partitions, '' for one with a mistake.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format, with the line.
    """
    rows = ListRows(path, report)
    partitions = [''] * len(rows.names)
    index = rows.of_length(('image_name', 'evaluation_status'))
    for i, partition in zip(index.tolist(), rows.column(index, 1)):
        if partition in PARTITIONS:
            partitions[i] = partition
        else:
            rows.report(
                BAD_ROW, rows.lines[i], 'the partition must be one of '
                f'{", ".join(PARTITIONS)}, found {quote(partition)}')
    return rows, partitions


def _check_codes(rows: ListRows, index: np.ndarray, lead: int,
                 codes: np.ndarray) -> np.ndarray:
    """Find the codes that are one of the digits 0, 1 and 2, (N, K)."""
    columns = range(lead, lead + 3 * codes.shape[1], 3)
    starts, ends = rows.spans(index, columns)
    good = (ends - starts == 1) & np.isin(rows.text[starts], list(b'012'))
    for row, landmark in np.argwhere(~good & ~np.isnan(codes)):
        i = index[row]
        rows.report(
            BAD_VISIBILITY, rows.lines[i],
            f'landmark {landmark + 1} has the visibility '
            f'{rows.token(i, columns[landmark])[:20]}, allowed are 0 '
            '(visible), 1 (occluded) and 2 (cut off)')
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
        message += (': this one is with, as in FLD and In-shop' if lead == 2
                    else ': this one is without, as in DeepFashion-C')
    return message
