"""What the ``list_*.txt`` files of FLD and DeepFashion have in common.

Line 1 is the number of rows, line 2 names the columns, the rows follow;
columns are separated by blanks, those of ASCII; the first one is the image
name.
"""
from typing import Container, List, NamedTuple, Sequence

import numpy as np

from .image_names import find_bad_names
from .report import (BAD_HEADER, BAD_NAME, BAD_ROW, IN_ONE_LIST, LISTED_TWICE,
                     Report, refuse)
from .text import BLANKS, quote, read_text, to_numbers


class ListRows(NamedTuple):
    """Rows of a file, split at the blanks.

    The tokens stay where they are in the file: of a large one, text objects
    of its tokens would take seconds and a gigabyte.

    Attributes:
        path (str): The file.
        header (List[str]): The column names.
        names (List[str]): The first token of each row.
        text (np.ndarray): The file, uint8.
        starts (np.ndarray): Where each token of the file begins.
        ends (np.ndarray): Where it ends.
        first (np.ndarray): Of each row, the first of its tokens.
        counts (np.ndarray): How many tokens it has, one at least.
        lines (np.ndarray): Its line number.
    """
    path: str
    header: List[str]
    names: List[str]
    text: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    first: np.ndarray
    counts: np.ndarray
    lines: np.ndarray

    def tokens(self, i: int) -> List[str]:
        return [self.token(i, column) for column in range(self.counts[i])]

    def token(self, i: int, column: int) -> str:
        k = self.first[i] + column
        return self.text[self.starts[k]:self.ends[k]].tobytes().decode()

    def column(self, index: Sequence[int], column: int) -> List[str]:
        """The token of each of the rows ``index`` in a column."""
        k = self.first[index] + column
        data = self.text.data
        return [
            str(data[a:b], 'utf-8')
            for a, b in zip(self.starts[k].tolist(), self.ends[k].tolist())
        ]

    def where(self, i: int) -> str:
        return f'{self.path}:{self.lines[i]}'


_IS_BLANK = np.zeros(256, dtype=bool)
_IS_BLANK[list(BLANKS.encode())] = True


def read_rows(path: str, report: Report = refuse) -> ListRows:
    """Read the column names and the rows, split at the blanks.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, blank lines
            are left out, and so is a row whose image was listed before or
            has a name that can't be used.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the row count in line 1 is wrong, the first column is
            not ``image_name``, or an image is listed twice or has a name
            that can't be used.
    """
    text = np.frombuffer(read_text(path), dtype=np.uint8)
    inside = np.zeros(len(text) + 2, dtype=bool)
    inside[1:-1] = ~_IS_BLANK[text]
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    line_ends = np.flatnonzero(text == ord('\n'))
    # Up to the last one that is not blank.
    count = np.searchsorted(line_ends, ends[-1:]).sum() + len(ends[-1:])
    line_starts = np.concatenate([[0], line_ends + 1])[:count]
    first = np.searchsorted(starts, line_starts)
    counts = np.diff(first, append=len(starts))
    rows = ListRows(path, [], [], text, starts, ends, first, counts,
                    np.arange(1, count + 1))
    if count < 2:
        raise ValueError(
            f'{path}: line 1 must be the row count and line 2 the column '
            f'names, found {count} line{"s" * int(count != 1)}')
    number, header = ' '.join(rows.tokens(0)), rows.tokens(1)
    is_number = number.isascii() and number.isdecimal()
    if not is_number:
        report(
            BAD_HEADER, f'{path}:1: the row count must be a whole number, '
            f'found {quote(number)}')
    if header[:1] != ['image_name']:
        report(
            BAD_HEADER, f'{path}:2: the first column must be image_name, '
            f'found {quote(" ".join(header))}')
    for i in np.flatnonzero(counts[2:] == 0) + 2:
        report(BAD_ROW, f'{rows.where(i)}: blank line between the rows')
    rows = _keep(rows, np.flatnonzero(counts[2:]) + 2)
    rows = rows._replace(
        header=header, names=rows.column(np.arange(len(rows.lines)), 0))
    # as text, since Python converts no number of 5,000 digits
    number = number.lstrip('0') or '0'
    if is_number and number != str(len(rows.names)):
        if len(number) > 9:
            number = f'a number of {len(number)} digits'
        report(
            BAD_HEADER, f'{path}:1: the row count is {number}, but '
            f'{len(rows.names)} rows follow')
    bad = find_bad_names(rows.names)
    if bad:
        for i, mistake in bad.items():
            report(BAD_NAME, f'{rows.where(i)}: {mistake}')
        kept = np.setdiff1d(np.arange(len(rows.names)), list(bad))
        rows = _keep(rows, kept)._replace(names=[rows.names[i] for i in kept])
    if len(set(rows.names)) < len(rows.names):
        row_of = {}
        for i, name in enumerate(rows.names):
            if row_of.setdefault(name, i) != i:
                report(
                    LISTED_TWICE,
                    f'{rows.where(i)}: {name} is already in line '
                    f'{rows.lines[row_of[name]]}')
        kept = np.array(list(row_of.values()), dtype=np.int64)
        rows = _keep(rows, kept)._replace(names=list(row_of))
    return rows


def row_sources(path: str) -> List[str]:
    """Tell where the rows stand that the readers of a list return.

    Returns:
        list[str]: ``path:line`` of each, if the readers do not raise.
    """
    rows = read_rows(path, lambda kind, message: None)
    return [rows.where(i) for i in range(len(rows.names))]


def check_token_count(rows: ListRows,
                      columns: str,
                      report: Report = refuse) -> np.ndarray:
    """Find the rows that have the columns, a blank-separated list of names.

    Returns:
        np.ndarray: Their indices.

    Raises:
        ValueError: If a row has not as many tokens.
    """
    count = len(columns.split())
    for i in np.flatnonzero(rows.counts != count):
        report(
            BAD_ROW, f'{rows.where(i)}: {rows.counts[i]} tokens, a row has '
            f'{count} ({columns})')
    return np.flatnonzero(rows.counts == count)


def check_columns(rows: ListRows,
                  columns: Sequence[str],
                  report: Report = refuse) -> None:
    """Check that the column names are in the order of the format.

    Names that the format does not have are let through: only the order tells
    what a number means.

    Raises:
        ValueError: If a column of the format has another place.
    """
    for i, name in enumerate(rows.header):
        if name in columns and (i >= len(columns) or columns[i] != name):
            report(
                BAD_HEADER, f'{rows.path}:2: column {i + 1} is {name}, which '
                f'must be column {columns.index(name) + 1}')


def check_last_number(rows: ListRows, report: Report = refuse) -> None:
    """Look whether the file ends in the middle of a number.

    Official numbers are padded to one length. In a file that was cut off in
    its last number, and only there, the count of the rows and that of their
    columns are right.

    Raises:
        ValueError: If the last number has neither a line end nor as many
            digits as any of the rows' last numbers.
    """
    last = rows.first + rows.counts - 1
    lengths = (rows.ends - rows.starts)[last]
    if (len(lengths) > 1 and rows.ends[-1] == len(rows.text)
            and lengths[-1] < lengths[:-1].min()):
        i = len(lengths) - 1
        report(
            BAD_ROW, f'{rows.where(i)}: the file seems to be cut off in '
            f'{quote(rows.token(i, rows.counts[i] - 1))}; if it is not, end '
            'the line')


def row_numbers(rows: ListRows,
                index: np.ndarray,
                lead: int,
                count: int,
                report: Report = refuse) -> np.ndarray:
    """Convert ``count`` tokens of the rows ``index``, after ``lead`` others.

    Returns:
        np.ndarray: In shape (rows, count), float32; NaN for what is not one.

    Raises:
        ValueError: If a token is not a number. The message names the line.
    """
    tokens = rows.first[index][:, None] + np.arange(lead, lead + count)
    tokens = tokens.ravel()
    numbers = to_numbers(rows.text, rows.starts[tokens], rows.ends[tokens])
    numbers = numbers.reshape(len(index), count)
    for row, column in np.argwhere(np.isnan(numbers)):
        i, column = index[row], lead + column
        report(
            BAD_ROW, f'{rows.where(i)}: {quote(rows.token(i, column))} in '
            f'column {column + 1} is not a number below ten million')
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
    if names == other:
        return np.arange(len(names))
    row_of = {name: i for i, name in enumerate(other)}
    _check_names(names, names_file, row_of, other_file, report)
    _check_names(other, other_file, set(names), names_file, report)
    return np.array([row_of.get(name, -1) for name in names], dtype=np.int64)


def _keep(rows: ListRows, index: np.ndarray) -> ListRows:
    return rows._replace(
        first=rows.first[index],
        counts=rows.counts[index],
        lines=rows.lines[index])


def _check_names(names: Sequence[str], names_file: str, others: Container[str],
                 others_file: str, report: Report) -> None:
    lost = [name for name in names if name not in others]
    if lost:
        report(
            IN_ONE_LIST,
            f'{others_file}: no row for {len(lost)} of the {len(names)} '
            f'images of {names_file}, such as {", ".join(lost[:3])}')
