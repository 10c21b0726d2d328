"""Which pictures train, validate and test."""
import random
import re
from typing import Dict, List, Optional

from ...utils import counted
from .annotations import Picture

#: Part -> its share of the pictures.
SHARES = dict(train=.8, val=.1, test=.1)


def split_pictures(pictures: List[Picture],
                   seed: int,
                   column: Optional[str] = None,
                   pattern: Optional[str] = None) -> Dict[str, List[Picture]]:
    """Split by picture, or so that no group is in two parts.

    Args:
        pictures (list[Picture]): At least ten groups.
        seed (int): The same split for the same seed and files.
        column (str, optional): What the export says of a picture; pictures
            with the same value are a group.
        pattern (str, optional): A regular expression in the files' names;
            what it finds, or its first group, names the group.

    Returns:
        dict[str, list[Picture]]: train, val and test, each in the order of
        the export.

    Raises:
        ValueError: If a picture has no group, or there are too few.
    """
    groups: Dict[str, List[Picture]] = {}
    for picture in pictures:
        groups.setdefault(_group(picture, column, pattern), []).append(picture)
    if len(groups) < 10:
        some = counted(
            len(groups), 'picture or group with an object is too few',
            'pictures or groups with an object are too few')
        raise ValueError(f'{some}: at least 10 are needed')
    # not the export's order, which two exports of one project may not share
    order = sorted(groups)
    random.Random(seed).shuffle(order)
    parts: Dict[str, List[Picture]] = {}
    start = 0
    for part in ('test', 'val', 'train'):
        stop = start + max(1, round(SHARES[part] * len(order)))
        stop = len(order) if part == 'train' else stop
        of = set(order[start:stop])
        parts[part] = [
            picture for picture in pictures
            if _group(picture, column, pattern) in of
        ]
        start = stop
    return {part: parts[part] for part in SHARES}


def _group(picture: Picture, column: Optional[str],
           pattern: Optional[str]) -> str:
    if column:
        if picture.columns.get(column) is None:
            raise ValueError(
                f'{picture.file}: the export has no {column!r} for it, but '
                f'{", ".join(map(str, picture.columns)) or "nothing"}')
        return str(picture.columns[column])
    if pattern:
        try:
            match = re.search(pattern, picture.file)
        except re.error as error:
            raise ValueError(f'--group-pattern {pattern!r}: no regular '
                             f'expression: {error}') from None
        if match is None:
            raise ValueError(f'{picture.file}: --group-pattern {pattern!r} '
                             'finds nothing in it')
        return match.group(1 if match.re.groups else 0)
    return picture.file
