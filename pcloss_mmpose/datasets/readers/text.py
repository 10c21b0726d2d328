import json
import os.path as osp
import re
from codecs import BOM_UTF8
from typing import Any, List

import numpy as np

# Tokens that are converted at a time, so that memory does not grow with them.
_BLOCK = 2**16

#: What a number in an annotation file is below. Of more digits float32 keeps
#: not all, and no image is as large.
LIMIT = 10**7
#: A number in a text file.
NUMBER = r'-?0*\d{1,7}(?:\.\d+)?'
_NUMBER = re.compile(NUMBER, re.ASCII)
_DIGITS = 7

#: What separates columns and ends lines, the blanks of ASCII. Others, such as
#: the no-break space, are letters.
BLANKS = ' \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f'

_SHOWN = 60  # characters of a file that a message quotes


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


def read_text(path: str) -> bytes:
    """Read a UTF-8 text file, without its byte order mark.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not UTF-8.
    """
    check_file(path)
    with open(path, 'rb') as f:
        data = f.read()
    try:
        data.decode('utf-8')
    except UnicodeDecodeError as e:
        line = data.count(b'\n', 0, e.start) + 1
        raise ValueError(f'{path}:{line}: byte 0x{data[e.start]:02x} is not '
                         'UTF-8, save the file as UTF-8') from None
    return data[len(BOM_UTF8):] if data.startswith(BOM_UTF8) else data


def read_lines(path: str) -> List[str]:
    r"""Read a UTF-8 text file as a list of lines.

    A byte order mark, Windows line ends, ASCII blanks around a line and
    blank lines at the end of the file are removed, so that line ``i`` of the
    file is item ``i - 1``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not UTF-8.
    """
    # str.splitlines would also break at form feeds and the like
    lines = [
        line.strip(BLANKS) for line in read_text(path).decode().split('\n')
    ]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def read_json(path: str) -> Any:
    """Read a json file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not a json.
    """
    check_file(path)
    with open(path, 'rb') as file:
        try:
            return json.load(file)
        except (ValueError, RecursionError) as error:
            raise ValueError(f'{path}: not a json file: {error}') from None


def quote(value: Any) -> str:
    r"""Show what was found in a file, on one line and not at length.

    Example:
        >>> from pcloss_mmpose.datasets.readers.text import quote
        >>> print(quote('0\t1'))
        '0\t1'
    """
    text = repr(value)
    return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}...'


def to_numbers(text: np.ndarray, starts: np.ndarray,
               ends: np.ndarray) -> np.ndarray:
    """Convert decimal numbers to an array, all at once.

    A number is what looks like ``-7``, ``086`` or ``12.5`` and is below ten
    million. What else ``float`` takes, such as ``nan``, ``1e3`` or ``1_0``,
    is not one.

    Args:
        text (np.ndarray): Bytes of a text, uint8.
        starts (np.ndarray): Where the numbers begin in it, (N, ).
        ends (np.ndarray): Where they end, (N, ).

    Returns:
        np.ndarray: In shape (N, ), float32, NaN for what is not a number.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.datasets.readers.text import to_numbers
        >>> text = np.frombuffer(b'012 -1 2.5 nan', dtype=np.uint8)
        >>> to_numbers(text, np.array([0, 4, 7, 11]), np.array([3, 6, 10, 14]))
        array([12. , -1. ,  2.5,  nan], dtype=float32)
    """
    numbers = np.empty(len(starts), dtype=np.float32)
    for i in range(0, len(starts), _BLOCK):
        block = slice(i, i + _BLOCK)
        numbers[block] = _to_numbers(text, starts[block], ends[block])
    return numbers


def _to_numbers(text: np.ndarray, starts: np.ndarray,
                ends: np.ndarray) -> np.ndarray:
    negative = text[starts] == ord('-')
    digits = ends - starts - negative
    value = np.zeros(len(starts), dtype=np.int32)
    whole = (digits > 0) & (digits <= _DIGITS)
    rows = np.flatnonzero(whole)
    for power in range(_DIGITS):
        if not len(rows):
            break
        digit = text[ends[rows] - 1 - power] - np.uint8(ord('0'))
        whole[rows[digit > 9]] = False
        value[rows] += digit.astype(np.int32) * 10**power
        rows = rows[digits[rows] > power + 1]
    numbers = np.where(negative, -value, value).astype(np.float32)
    # The rest, decimals and what is not a number, one by one.
    for i in np.flatnonzero(~whole):
        token = text[starts[i]:ends[i]].tobytes().decode()
        numbers[i] = float(token) if _NUMBER.fullmatch(token) else np.nan
    return numbers
