"""What the ``list_*.txt`` files of FLD and DeepFashion have in common.

Line 1 is the number of rows, line 2 names the columns, the rows follow;
columns are separated by blanks, the first one is the image name.
"""
from typing import Container, List, NamedTuple, Sequence

import numpy as np

from .report import (BAD_HEADER, BAD_ROW, IN_ONE_LIST, LISTED_TWICE, Report,
                     refuse)
from .text import find_non_numbers, read_lines, to_numbers

#: Line number of the first row.
FIRST_ROW = 3


class ListRows(NamedTuple):
    """Rows of a file, split at the blanks.

    Attributes:
        path (str): The file.
        header (List[str]): The column names.
        tokens (List[List[str]]): The rows, at least one token each.
        lines (Sequence[int]): The line number of each row.
    """

    path: str
    header: List[str]
    tokens: List[List[str]]
    lines: Sequence[int]

    @property
    def names(self) -> List[str]:
        return [row[0] for row in self.tokens]

    def where(self, i: int) -> str:
        return f'{self.path}:{self.lines[i]}'


def read_rows(path: str, report: Report = refuse) -> ListRows:
    """Read the column names and the rows, split at the blanks.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, blank lines
            are left out, and so is a row whose image was listed before.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the row count in line 1 is wrong, the first column is
            not ``image_name``, or an image is listed twice.
    """
    text = read_lines(path)
    if len(text) < 2:
        raise ValueError(
            f'{path}: line 1 must be the row count and line 2 the column '
            f'names, found {len(text)} line{"s" * (len(text) != 1)}')
    if not text[0].isdecimal():
        report(
            BAD_HEADER, f'{path}:1: the row count must be a whole number, '
            f'found {text[0][:40]!r}')
    header = text[1].split()
    if header[:1] != ['image_name']:
        report(
            BAD_HEADER, f'{path}:2: the first column must be image_name, '
            f'found {text[1][:40]!r}')
    tokens = [line.split() for line in text[2:]]
    rows = ListRows(path, header, tokens,
                    range(FIRST_ROW, FIRST_ROW + len(tokens)))
    if not all(tokens):
        for i, row in enumerate(tokens):
            if not row:
                report(BAD_ROW,
                       f'{rows.where(i)}: blank line between the rows')
        rows = _keep(rows, [i for i, row in enumerate(tokens) if row])
    if text[0].isdecimal() and int(text[0]) != len(rows.tokens):
        report(
            BAD_HEADER, f'{path}:1: the row count is {int(text[0])}, but '
            f'{len(rows.tokens)} rows follow')
    if len(set(rows.names)) < len(rows.tokens):
        first = {}
        for i, name in enumerate(rows.names):
            if first.setdefault(name, i) != i:
                report(
                    LISTED_TWICE,
                    f'{rows.where(i)}: {name} is already in line '
                    f'{rows.lines[first[name]]}')
        rows = _keep(rows, list(first.values()))
    return rows


def row_sources(path: str) -> List[str]:
    """Tell where the rows stand that the readers of a list return.

    Returns:
        list[str]: ``path:line`` of each, if the readers do not raise.
    """
    rows = read_rows(path, lambda kind, message: None)
    return [rows.where(i) for i in range(len(rows.tokens))]


def check_token_count(rows: ListRows,
                      columns: str,
                      report: Report = refuse) -> List[int]:
    """Find the rows that have the columns, a blank-separated list of names.

    Raises:
        ValueError: If a row has not as many tokens.
    """
    count = len(columns.split())
    good = []
    for i, row in enumerate(rows.tokens):
        if len(row) == count:
            good.append(i)
        else:
            report(
                BAD_ROW,
                f'{rows.where(i)}: {len(row)} tokens, a row has {count} '
                f'({columns})')
    return good


def row_numbers(rows: ListRows,
                index: Sequence[int],
                lead: int,
                report: Report = refuse) -> np.ndarray:
    """Convert the rows ``index`` but for their first ``lead`` tokens.

    Returns:
        np.ndarray: All numbers in one row, float32; NaN for what is not one.

    Raises:
        ValueError: If a token is not a number. The message names the line.
    """
    tokens = [t for i in index for t in rows.tokens[i][lead:]]
    numbers = to_numbers(tokens)
    if numbers is not None:
        return numbers
    bad = find_non_numbers(tokens)
    for i in index:
        for column, token in enumerate(rows.tokens[i][lead:], lead + 1):
            if token in bad:
                report(
                    BAD_ROW,
                    f'{rows.where(i)}: {token!r} in column {column} is '
                    'not a number')
    numbers = to_numbers(['0' if t in bad else t for t in tokens])
    numbers[[t in bad for t in tokens]] = np.nan
    return numbers


def align_rows(names: Sequence[str],
               names_file: str,
               other: Sequence[str],
               other_file: str,
               report: Report = refuse) -> np.ndarray:
    """Find the rows of another file that hold the given names.

    Returns:
        np.ndarray: For each of ``names`` its row in ``other``, -1 for none.

    Raises:
        ValueError: If a name is in one of the two files only.
    """
    row_of = {name: i for i, name in enumerate(other)}
    _check_names(names, names_file, row_of, other_file, report)
    _check_names(other, other_file, set(names), names_file, report)
    return np.array([row_of.get(name, -1) for name in names], dtype=np.int64)


def _keep(rows: ListRows, index: Sequence[int]) -> ListRows:
    return rows._replace(
        tokens=[rows.tokens[i] for i in index],
        lines=[rows.lines[i] for i in index])


def _check_names(names: Sequence[str], names_file: str, others: Container[str],
                 others_file: str, report: Report) -> None:
    lost = [name for name in names if name not in others]
    if lost:
        report(
            IN_ONE_LIST,
            f'{others_file}: no row for {len(lost)} of the {len(names)} '
            f'images of {names_file}, such as {", ".join(lost[:3])}')
