import os.path as osp
import re
from typing import Iterable, List, Optional, Sequence, Set

import numpy as np

_NUMBER = re.compile(r'-?\d+(\.\d+)?', re.ASCII)


def check_file(path: str) -> None:
    """Raise FileNotFoundError in one sentence unless ``path`` is a file."""
    if osp.isfile(path):
        return
    if osp.isdir(path):
        raise FileNotFoundError(f'{path}: is a folder, a file is needed')
    folder = osp.dirname(path)
    if folder and not osp.isdir(folder):
        raise FileNotFoundError(
            f'{path}: no such file, the folder {folder} does not exist')
    raise FileNotFoundError(f'{path}: no such file')


def read_lines(path: str) -> List[str]:
    r"""Read a UTF-8 text file as a list of lines.

    A byte order mark, Windows line ends, blanks around a line and blank
    lines at the end of the file are removed, so that line ``i`` of the file
    is item ``i - 1``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not UTF-8.
    """
    check_file(path)
    with open(path, 'rb') as f:
        data = f.read()
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError as e:
        line = data.count(b'\n', 0, e.start) + 1
        raise ValueError(f'{path}:{line}: byte 0x{data[e.start]:02x} is not '
                         'UTF-8, save the file as UTF-8') from None
    # str.splitlines would also break at form feeds and the like
    lines = [line.strip() for line in text.split('\n')]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def to_numbers(tokens: Sequence[str]) -> Optional[np.ndarray]:
    """Convert decimal numbers to a float32 array in one go.

    Returns:
        np.ndarray | None: None if any token is not a plain decimal number
        such as ``'-7'``, ``'086'`` or ``'12.5'``. What else ``float`` takes,
        such as ``'nan'``, ``'1e3'`` or ``'1_0'``, is not one.

    Example:
        >>> to_numbers(['012', '-1', '2.5'])
        array([12. , -1. ,  2.5], dtype=float32)
        >>> to_numbers(['012', 'nan']) is None
        True
    """
    # coordinates repeat, so that few of the tokens have to be parsed
    values = {}
    for token in set(tokens):
        if not _NUMBER.fullmatch(token):
            return None
        values[token] = float(token)
    return np.fromiter(
        map(values.__getitem__, tokens), dtype=np.float32, count=len(tokens))


def find_non_numbers(tokens: Iterable[str]) -> Set[str]:
    """Find the tokens that :func:`to_numbers` does not take.

    Example:
        >>> find_non_numbers(['012', 'nan', '-1', 'nan'])
        {'nan'}
    """
    return {token for token in set(tokens) if not _NUMBER.fullmatch(token)}
