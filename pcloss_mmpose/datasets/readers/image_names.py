"""Which names of images an annotation file may hold."""
import re
from typing import Dict, Optional, Sequence

import numpy as np

from .text import quote

_CONTROL = re.compile('[\0-\x1f\x7f]')
_DRIVE = re.compile('[A-Za-z]:')
# Of a name and of the parts between its slashes, in bytes.
_LONGEST, _LONGEST_PART = 4095, 255


def find_bad_names(names: Sequence[str]) -> Dict[int, str]:
    """Find names of images that leave the folder of the images, or can't be.

    Bad are an empty name, an absolute path, a URL, a backslash, a ``..``, a
    control character, and what is too long for a file system. A link in the
    folder may lead anywhere: who made it, meant it.

    Args:
        names (Sequence[str]): Of N images, relative to their folder.

    Returns:
        dict[int, str]: What is wrong with which of them, by index.

    Example:
        >>> from pcloss_mmpose.datasets.readers.image_names import (
        ...     find_bad_names)
        >>> find_bad_names(['img/a.jpg', '', 'img/my shirt.jpg'])
        {1: "the image name '' is empty"}
    """
    if _are_plain(names):
        return {}
    bad = {}
    for i, name in enumerate(names):
        mistake = _describe_name(name)
        if mistake:
            bad[i] = f'the image name {quote(name)} {mistake}'
    return bad


def _are_plain(names: Sequence[str]) -> bool:
    """Look at all names at once: most files have nothing to look closer at."""
    if not names:
        return True
    text = '\n'.join(names)
    longest = _LONGEST_PART if text.isascii() else _LONGEST_PART // 4
    if (len(max(names, key=len)) > longest or not all(names)
            or text.startswith('/')
            or any(sign in text for sign in ('..', '\n/', '\\', ':'))):
        return False
    try:
        data = np.frombuffer(text.encode(), dtype=np.uint8)
    except UnicodeEncodeError:  # half of a character, as json can hold
        return False
    controls = np.count_nonzero((data < 32) | (data == 127))
    return controls == len(names) - 1  # the line ends between them


def _describe_name(name: str) -> Optional[str]:
    """Say why a name can't be used, if it can't."""
    if not name:
        return 'is empty'
    if _CONTROL.search(name):
        return 'has a control character'
    try:
        # as Python spells names on disk that are not UTF-8
        parts = name.encode('utf-8', 'surrogateescape').split(b'/')
    except UnicodeEncodeError:
        return 'has half of a character'
    if '://' in name:
        return ('is a URL, a path relative to the folder of the images is '
                'needed')
    if name.startswith('/') or _DRIVE.match(name):
        return ('is an absolute path, one relative to the folder of the '
                'images is needed')
    if '\\' in name:
        return 'has a backslash, folders are separated by /'
    if b'..' in parts:
        return "has a '..', it must stay below the folder of the images"
    if (max(map(len, parts)) > _LONGEST_PART
            or sum(map(len, parts)) + len(parts) > _LONGEST):
        return (f'is longer than file systems take, {_LONGEST_PART} bytes '
                f'between slashes and {_LONGEST} in all')
    return None
