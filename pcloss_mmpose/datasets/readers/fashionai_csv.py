"""Reader of the key-point csv files of FashionAI."""
import re
from typing import Iterable, List, Optional

import numpy as np

from .image_names import find_bad_names
from .landmark_table import LandmarkTable
from .mistakes import BAD_NAME, BAD_ROW, Report, refuse
from .text import NUMBER, quote, read_lines, to_numbers

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

#: Landmarks that a garment of each category can have.
SLOTS = {
    1: [0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14],
    2: [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    3: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 18],
    4: [15, 16, 17, 18],
    5: [15, 16, 19, 20, 21, 22, 23],
}

_CELL = f'{NUMBER}_{NUMBER}_(?:-1|0|1)'
_CELLS = re.compile(f'{_CELL}(?:,{_CELL}){{{len(LANDMARKS) - 1}}}', re.ASCII)
_IS_SEPARATOR = np.zeros(256, dtype=bool)
_IS_SEPARATOR[list(b'_,\n')] = True
_FIRST_ROW = 2


def read_fashionai_csv(path: str, report: Report = refuse) -> LandmarkTable:
    """Read a csv of FashionAI with its 24 landmarks a row.

    A cell is ``x_y_v`` with v = 1 visible, 0 occluded, -1 not annotated.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, blank lines
            and rows with a name that can't be used are left out. A row with
            another mistake has the category 0 and no landmarks.

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
        raise ValueError(f'{path}:1: {_describe_header(header)}')

    rows, numbers, mistakes = [], [], []
    for line, text in enumerate(lines[1:], _FIRST_ROW):
        if text:
            rows.append(text.split(',', 2))
            numbers.append(line)
        else:
            mistakes.append((line, BAD_ROW, _describe_row(text)))
    del lines  # a copy of the file
    bad = find_bad_names([row[0] for row in rows])
    mistakes += [(numbers[i], BAD_NAME, text) for i, text in bad.items()]
    rows = [row for i, row in enumerate(rows) if i not in bad]
    numbers = [line for i, line in enumerate(numbers) if i not in bad]
    good = [len(row) == 3 and row[1] in CATEGORIES for row in rows]
    keypoints = _read_cells(row[2] for row, g in zip(rows, good) if g)
    if keypoints is None:  # then each row by itself, to tell which are not
        good = [
            g and _CELLS.fullmatch(row[2]) is not None
            for row, g in zip(rows, good)
        ]
        keypoints = _read_cells(row[2] for row, g in zip(rows, good) if g)
    for i in np.flatnonzero(~np.array(good, dtype=bool)):
        mistakes.append(
            (numbers[i], BAD_ROW, _describe_row(','.join(rows[i]))))
    for line, kind, mistake in sorted(mistakes):
        report(kind, f'{path}:{line}: {mistake}')
    names = [row[0] for row in rows]
    categories = [
        CATEGORIES.index(row[1]) + 1 if g else 0 for row, g in zip(rows, good)
    ]
    ids = np.arange(len(names))
    table = np.zeros((len(rows), len(LANDMARKS), 3), dtype=np.float32)
    table[np.array(good, dtype=bool)] = keypoints
    return LandmarkTable(
        names=names,
        categories=np.array(categories, dtype=np.int64),
        keypoints=table,
        sources=[f'{path}:{line}' for line in numbers],
        ids=ids,
        image_ids=ids)


def _read_cells(rows: Iterable[str]) -> Optional[np.ndarray]:
    """Landmarks (N, K, 3) of rows of cells; None if a cell breaks the format.

    All rows at once: that takes a tenth of the time of the expression
    ``_CELLS``.
    """
    text = ''.join(f'{row}\n' for row in rows).encode()
    text = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(_IS_SEPARATOR[text])
    pattern = np.frombuffer(
        b','.join([b'__'] * len(LANDMARKS)) + b'\n', dtype=np.uint8)
    if len(ends) % len(pattern) or (text[ends].reshape(-1, len(pattern))
                                    != pattern).any():
        return None
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1] + 1
    numbers = to_numbers(text, starts, ends).reshape(-1, len(LANDMARKS), 3)
    codes = numbers[..., 2]
    length = (ends - starts).reshape(numbers.shape)[..., 2]
    # '-1', '0' or '1' and nothing else that means the same
    if np.isnan(numbers).any() or not (((codes == -1) & (length == 2)) |
                                       (((codes == 0) | (codes == 1)) &
                                        (length == 1))).all():
        return None
    codes += 1  # to COCO's codes
    numbers[codes == 0] = 0
    return numbers


def read_fashionai_ids(path: str) -> List[str]:
    """Read only the image ids, also of a csv without annotations.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the first column is not ``image_id``.
    """
    rows = [line.split(',', 1)[0].strip() for line in read_lines(path)]
    if rows[:1] != ['image_id']:
        raise ValueError(f'{path}:1: the first column must be image_id, found '
                         f'{quote("".join(rows[:1]))}')
    return rows[1:]


def _describe_header(header: tuple) -> str:
    for column, (found, wanted) in enumerate(zip(header, HEADER), 1):
        if found != wanted:
            return f'column {column} must be {wanted}, found {quote(found)}'
    return (f'{len(header)} columns, FashionAI has {len(HEADER)} '
            f'(image_id, image_category, {len(LANDMARKS)} landmarks)')


def _describe_row(text: str) -> str:
    row = text.split(',')
    if not text:
        return 'blank line between the rows'
    if len(row) != len(HEADER):
        return f'{len(row)} columns, a row has {len(HEADER)}'
    if row[1] not in CATEGORIES:
        return (f'image_category must be one of {", ".join(CATEGORIES)}, '
                f'found {quote(row[1])}')
    name, cell = next((name, cell) for name, cell in zip(LANDMARKS, row[2:])
                      if not re.fullmatch(_CELL, cell, re.ASCII))
    return (
        f'{name} is {quote(cell)}, a landmark is x_y_v with numbers below '
        'ten million and v = 1 (visible), 0 (occluded) or -1 (not annotated)')
