"""What the ``list_*.txt`` files of FLD and DeepFashion have in common.

Line 1 is the number of rows, line 2 names the columns, the rows follow;
columns are separated by blanks, the first one is the image name.
"""
from collections import Counter
from typing import Container, List, Sequence, Tuple

import numpy as np

from .text import read_lines, to_numbers

#: Line number of the first row.
FIRST_ROW = 3


def read_rows(path: str) -> Tuple[List[str], List[List[str]]]:
    """Read the column names and the rows, split at the blanks.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the row count in line 1 is wrong, the first column is
            not ``image_name``, or an image is listed twice.
    """
    lines = read_lines(path)
    if len(lines) < 2:
        raise ValueError(
            f'{path}: line 1 must be the row count and line 2 the column '
            f'names, found {len(lines)} line{"s" * (len(lines) != 1)}')
    if not lines[0].isdecimal():
        raise ValueError(f'{path}:1: the row count must be a whole number, '
                         f'found {lines[0][:40]!r}')
    header = lines[1].split()
    if header[:1] != ['image_name']:
        raise ValueError(f'{path}:2: the first column must be image_name, '
                         f'found {lines[1][:40]!r}')
    rows = [line.split() for line in lines[2:]]
    for i, row in enumerate(rows):
        if not row:
            raise ValueError(f'{path}:{i + FIRST_ROW}: blank line between '
                             'the rows')
    if int(lines[0]) != len(rows):
        raise ValueError(f'{path}:1: the row count is {int(lines[0])}, but '
                         f'{len(rows)} rows follow')
    names = [row[0] for row in rows]
    if len(set(names)) < len(names):
        name = Counter(names).most_common(1)[0][0]
        first = names.index(name)
        second = names.index(name, first + 1)
        raise ValueError(f'{path}:{second + FIRST_ROW}: {name} is already in '
                         f'line {first + FIRST_ROW}')
    return header, rows


def check_token_count(path: str, rows: List[List[str]], columns: str) -> None:
    """Raise ValueError unless each row has the columns, blank-separated."""
    count = len(columns.split())
    for i, row in enumerate(rows):
        if len(row) != count:
            raise ValueError(f'{path}:{i + FIRST_ROW}: {len(row)} tokens, '
                             f'a row has {count} ({columns})')


def row_numbers(path: str, rows: List[List[str]], index: Sequence[int],
                lead: int) -> np.ndarray:
    """Convert the rows ``index`` but for their first ``lead`` tokens.

    Returns:
        np.ndarray: All numbers in one row, float32.

    Raises:
        ValueError: If a token is not a number. The message names the line.
    """
    numbers = to_numbers([t for i in index for t in rows[i][lead:]])
    if numbers is not None:
        return numbers
    for i in index:
        for column, token in enumerate(rows[i][lead:], lead + 1):
            if to_numbers([token]) is None:
                raise ValueError(f'{path}:{i + FIRST_ROW}: {token!r} in '
                                 f'column {column} is not a number')
    raise AssertionError('unreachable')


def align_rows(names: Sequence[str], names_file: str, other: Sequence[str],
               other_file: str) -> np.ndarray:
    """Find the rows of another file that hold the given names.

    Returns:
        np.ndarray: For each of ``names`` its row in ``other``.

    Raises:
        ValueError: If a name is in one of the two files only.
    """
    row_of = {name: i for i, name in enumerate(other)}
    _check_names(names, names_file, row_of, other_file)
    _check_names(other, other_file, set(names), names_file)
    return np.array([row_of[name] for name in names], dtype=np.int64)


def _check_names(names: Sequence[str], names_file: str, others: Container[str],
                 others_file: str) -> None:
    lost = [name for name in names if name not in others]
    if lost:
        raise ValueError(
            f'{others_file}: no row for {len(lost)} of the {len(names)} '
            f'images of {names_file}, such as {", ".join(lost[:3])}')
