"""Reader of the key-point csv files of FashionAI."""
import re
from typing import List, NoReturn

import numpy as np

from .landmark_table import LandmarkTable
from .text import read_lines, to_numbers

#: Garment categories, in the order of their category ids 1, 2, ...
CATEGORIES = ('blouse', 'outwear', 'dress', 'skirt', 'trousers')

#: Landmarks, in the order of the columns.
LANDMARKS = ('neckline_left', 'neckline_right', 'center_front',
             'shoulder_left', 'shoulder_right', 'armpit_left', 'armpit_right',
             'waistline_left', 'waistline_right', 'cuff_left_in',
             'cuff_left_out', 'cuff_right_in', 'cuff_right_out',
             'top_hem_left', 'top_hem_right', 'waistband_left',
             'waistband_right', 'hemline_left', 'hemline_right', 'crotch',
             'bottom_left_in', 'bottom_left_out', 'bottom_right_in',
             'bottom_right_out')

HEADER = ('image_id', 'image_category') + LANDMARKS

_CELL = r'-?\d+(?:\.\d+)?_-?\d+(?:\.\d+)?_(?:-1|0|1)'
_CELLS = re.compile(f'{_CELL}(?:,{_CELL}){{{len(LANDMARKS) - 1}}}', re.ASCII)
_FIRST_ROW = 2


def read_fashionai_csv(path: str) -> LandmarkTable:
    """Read a csv of FashionAI with its 24 landmarks a row.

    A cell is ``x_y_v`` with v = 1 visible, 0 occluded, -1 not annotated.

    Args:
        path (str): The file.

    Returns:
        LandmarkTable: With 24 landmark slots and without boxes. Ids are row
        numbers, counted from 0. An image may be in several rows.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the line.
    """
    lines = read_lines(path)
    header = tuple(cell.strip() for cell in lines[0].split(',')) if lines \
        else ()
    if header != HEADER:
        _raise_header(path, header)

    names, categories, cells = [], [], []
    for line, text in enumerate(lines[1:], _FIRST_ROW):
        parts = text.split(',', 2)
        if (len(parts) < 3 or parts[1] not in CATEGORIES
                or not _CELLS.fullmatch(parts[2])):
            _raise_row(path, line, text)
        names.append(parts[0])
        categories.append(CATEGORIES.index(parts[1]) + 1)
        cells.append(parts[2])

    text = ','.join(cells).replace('_', ',')
    numbers = to_numbers(text.split(',') if text else [])
    keypoints = numbers.reshape(len(names), len(LANDMARKS), 3)
    keypoints[..., 2] += 1  # to COCO's codes
    keypoints[keypoints[..., 2] == 0] = 0
    ids = np.arange(len(names))
    return LandmarkTable(
        names=names,
        categories=np.array(categories, dtype=np.int64),
        keypoints=keypoints,
        sources=[f'{path}:{i + _FIRST_ROW}' for i in range(len(names))],
        ids=ids,
        image_ids=ids)


def read_fashionai_ids(path: str) -> List[str]:
    """Read only the image ids, also of a csv without annotations.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the first column is not ``image_id``.
    """
    rows = [line.split(',', 1)[0].strip() for line in read_lines(path)]
    if rows[:1] != ['image_id']:
        raise ValueError(f'{path}:1: the first column must be image_id, found '
                         f'{"".join(rows[:1])[:40]!r}')
    return rows[1:]


def _raise_header(path: str, header: tuple) -> NoReturn:
    for column, (found, wanted) in enumerate(zip(header, HEADER), 1):
        if found != wanted:
            raise ValueError(f'{path}:1: column {column} must be {wanted}, '
                             f'found {found[:40]!r}')
    raise ValueError(
        f'{path}:1: {len(header)} columns, FashionAI has {len(HEADER)} '
        f'(image_id, image_category, {len(LANDMARKS)} landmarks)')


def _raise_row(path: str, line: int, text: str) -> NoReturn:
    row = text.split(',')
    where = f'{path}:{line}'
    if not text:
        raise ValueError(f'{where}: blank line between the rows')
    if len(row) != len(HEADER):
        raise ValueError(f'{where}: {len(row)} columns, a row has '
                         f'{len(HEADER)}')
    if row[1] not in CATEGORIES:
        raise ValueError(f'{where}: image_category must be one of '
                         f'{", ".join(CATEGORIES)}, found {row[1]!r}')
    for name, cell in zip(LANDMARKS, row[2:]):
        if not re.fullmatch(_CELL, cell, re.ASCII):
            raise ValueError(
                f'{where}: {name} is {cell!r}, a landmark is x_y_v with v = 1 '
                '(visible), 0 (occluded) or -1 (not annotated)')
    raise AssertionError('unreachable')
