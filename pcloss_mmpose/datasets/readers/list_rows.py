"""What the ``list_*.txt`` files of FLD and DeepFashion have in common.

Line 1 is the number of rows, line 2 names the columns, the rows follow;
columns are separated by blanks, those of ASCII; the first one is the image
name.
"""
from typing import Dict, List, Sequence, Tuple

import numpy as np

from ...utils import counted
from .image_names import find_bad_names
from .mistakes import (BAD_HEADER, BAD_NAME, BAD_ROW, IN_ONE_LIST,
                       LISTED_TWICE, Report, refuse)
from .text import BLANKS, quote, read_text, to_numbers

_IS_BLANK = np.zeros(256, dtype=bool)
_IS_BLANK[list(BLANKS.encode())] = True


class ListRows:
    """The rows of a file, split at the blanks.

    The tokens stay where they are in the file: of a large one, text objects
    of its tokens would take seconds and a gigabyte.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, blank lines
            are left out, and so is a row whose image was listed before or
            has a name that can't be used.

    Attributes:
        header (List[str]): The column names.
        names (List[str]): The first token of each row.
        lines (np.ndarray): The line number of each.
        counts (np.ndarray): How many tokens it has, one at least.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the row count in line 1 is wrong, the first column is
            not ``image_name``, or an image is listed twice or has a name
            that can't be used.
    """

    def __init__(self, path: str, report: Report = refuse) -> None:
        self.path, self._report = path, report
        self.text = text = np.frombuffer(read_text(path), dtype=np.uint8)
        inside = np.zeros(len(text) + 2, dtype=bool)
        inside[1:-1] = ~_IS_BLANK[text]
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        self._starts, self._ends = starts, ends = edges[::2], edges[1::2]
        line_ends = np.flatnonzero(text == ord('\n'))
        # Up to the last one that is not blank.
        count = np.searchsorted(line_ends, ends[-1:]).sum() + len(ends[-1:])
        line_starts = np.concatenate([[0], line_ends + 1])[:count]
        self._first = np.searchsorted(starts, line_starts)
        self.counts = np.diff(self._first, append=len(starts))
        self.lines = np.arange(1, count + 1)
        if count < 2:
            raise ValueError(
                f'{path}: line 1 must be the row count and line 2 the column '
                f'names, found {counted(count, "line")}')
        number, self.header = ' '.join(self.tokens(0)), self.tokens(1)
        is_number = number.isascii() and number.isdecimal()
        if not is_number:
            self.report(
                BAD_HEADER, 1, 'the row count must be a whole number, found '
                f'{quote(number)}')
        if self.header[:1] != ['image_name']:
            self.report(
                BAD_HEADER, 2, 'the first column must be image_name, found '
                f'{quote(" ".join(self.header))}')
        for line in np.flatnonzero(self.counts[2:] == 0) + 3:
            self.report(BAD_ROW, line, 'blank line between the rows')
        self._keep(np.flatnonzero(self.counts[2:]) + 2)
        self.names = self.column(np.arange(len(self.lines)), 0)
        # as text, since Python converts no number of 5,000 digits
        number = number.lstrip('0') or '0'
        if is_number and number != str(len(self.names)):
            if len(number) > 9:
                number = f'a number of {len(number)} digits'
            self.report(
                BAD_HEADER, 1, f'the row count is {number}, but '
                f'{counted(len(self.names), "row follows", "rows follow")}')
        self._check_names()

    def _check_names(self) -> None:
        bad = find_bad_names(self.names)
        for i, mistake in bad.items():
            self.report(BAD_NAME, self.lines[i], mistake)
        if not bad and len(set(self.names)) == len(self.names):
            return
        row_of: Dict[str, int] = {}
        for i, name in enumerate(self.names):
            if i not in bad and row_of.setdefault(name, i) != i:
                self.report(
                    LISTED_TWICE, self.lines[i],
                    f'{name} is already in line {self.lines[row_of[name]]}')
        self._keep(np.array(list(row_of.values()), dtype=np.int64))
        self.names = list(row_of)

    def _keep(self, index: np.ndarray) -> None:
        self._first = self._first[index]
        self.counts = self.counts[index]
        self.lines = self.lines[index]

    def report(self, kind: str, line: int, message: str) -> None:
        """Report a mistake in a line."""
        self._report(kind, f'{self.path}:{line}: {message}')

    def where(self, i: int) -> str:
        """The place of a row."""
        return f'{self.path}:{self.lines[i]}'

    def spans(self, index: np.ndarray,
              columns: Sequence[int]) -> Tuple[np.ndarray, np.ndarray]:
        """Where tokens begin and end in the text, both (rows, columns)."""
        tokens = self._first[index][:, None] + np.asarray(columns)
        return self._starts[tokens], self._ends[tokens]

    def column(self, index: np.ndarray, column: int) -> List[str]:
        """The token of each of the rows ``index`` in a column."""
        data = self.text.data
        starts, ends = self.spans(index, [column])
        return [
            str(data[a:b], 'utf-8')
            for a, b in zip(starts[:, 0].tolist(), ends[:, 0].tolist())
        ]

    def token(self, i: int, column: int) -> str:
        """The token of a row in a column."""
        k = self._first[i] + column
        return self.text[self._starts[k]:self._ends[k]].tobytes().decode()

    def tokens(self, i: int) -> List[str]:
        """All tokens of a row."""
        return [self.token(i, column) for column in range(self.counts[i])]

    def numbers(self, index: np.ndarray,
                columns: Sequence[int]) -> np.ndarray:
        """Convert the tokens of the rows ``index`` in some columns.

        Returns:
            np.ndarray: In shape (rows, columns), float32; NaN for what is
            reported not to be a number.
        """
        starts, ends = self.spans(index, columns)
        numbers = to_numbers(self.text, starts.ravel(), ends.ravel())
        numbers = numbers.reshape(starts.shape)
        for row, k in np.argwhere(np.isnan(numbers)):
            i, column = index[row], columns[k]
            self.report(
                BAD_ROW, self.lines[i],
                f'{quote(self.token(i, column))} in column {column + 1} is '
                'not a number below ten million')
        return numbers

    def of_length(self, columns: Sequence[str]) -> np.ndarray:
        """Indices of the rows that have these columns; report the others."""
        whole = self.counts == len(columns)
        for i in np.flatnonzero(~whole):
            self.report(
                BAD_ROW, self.lines[i], f'{self.counts[i]} tokens, a row has '
                f'{len(columns)} ({" ".join(columns)})')
        return np.flatnonzero(whole)

    def check_numbers(self, columns: Sequence[str]) -> None:
        """Report columns in another order, and a cut in the last number.

        Names that the format does not have are let through: only the order
        tells what a number means. Official numbers are padded to one length.
        In a file that was cut off in its last number, and only there, the
        count of the rows and that of their columns are right; without a line
        end, that number has less digits than any of the rows' last ones.
        """
        for i, name in enumerate(self.header):
            if name in columns and (i >= len(columns) or columns[i] != name):
                self.report(
                    BAD_HEADER, 2, f'column {i + 1} is {name}, which must be '
                    f'column {columns.index(name) + 1}')
        last = self._first + self.counts - 1
        lengths = (self._ends - self._starts)[last]
        if (len(lengths) > 1 and self._ends[-1] == len(self.text)
                and lengths[-1] < lengths[:-1].min()):
            self.report(
                BAD_ROW, self.lines[-1], 'the file seems to be cut off in '
                f'{quote(self.token(-1, self.counts[-1] - 1))}; if it is not, '
                'end the line')


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
    for ours, file, theirs, their_file in ((names, names_file, row_of,
                                            other_file),
                                           (other, other_file, set(names),
                                            names_file)):
        lost = [name for name in ours if name not in theirs]
        if lost:
            report(
                IN_ONE_LIST,
                f'{their_file}: no row for {len(lost)} of the {len(ours)} '
                f'images of {file}, such as {", ".join(lost[:3])}')
    return np.array([row_of.get(name, -1) for name in names], dtype=np.int64)
