import os
import os.path as osp
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Dict, List, Tuple, Union

import numpy as np

from ..readers import find_missing, image_size
from ..readers.mistakes import BAD_ROW, BAD_VISIBILITY, EMPTY_BOX
from .findings import FILES, Findings
from .places import explain_missing_image
from .tree import Tree

_SUFFIXES = ('.jpg', '.jpeg', '.png')
_CHUNK = 500
# While one image is decoded, the next ones come from the disk.
_THREADS = 8

MISSING = 'images that are not there'
BROKEN = 'broken images'
UNLISTED = 'images that no annotation names'
# After these, annotations that could not be read may name an image.
_UNREAD = {FILES, BAD_ROW, BAD_VISIBILITY, EMPTY_BOX}


def check_images(tree: Tree, errors: Findings, remarks: Findings,
                 advance: Callable[[int], None]) -> np.ndarray:
    """Look for each image and decode it, once if it has several annotations.

    Args:
        tree (Tree): The annotations.
        errors (Findings): Takes images that are missing or broken.
        remarks (Findings): Takes images that are in the folders, but not in
            the annotations.
        advance (Callable): Called with the number of rows that are done.

    Returns:
        np.ndarray: (width, height) of each row's image in shape (N, 2), NaN
        where it is not known.
    """
    missing = find_missing(tree.paths)
    for path, rows in _by_path(tree.paths, missing).items():
        errors(MISSING, f'{tree.table.sources[rows[0]]}: {path}')
    if missing:
        path = osp.relpath(tree.paths[missing[0]], tree.root)
        errors.hint(MISSING, explain_missing_image(tree.root, path))
    if not _UNREAD & set(errors.counts):
        _check_unlisted(tree, remarks)
    advance(len(missing))

    sizes = np.full((len(tree.paths), 2), np.nan, dtype=np.float32)
    there = np.setdiff1d(np.arange(len(tree.paths)), missing)
    rows_of = _by_path(tree.paths, there.tolist())
    paths = list(rows_of)
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(paths), _CHUNK):
            chunk = paths[start:start + _CHUNK]
            for path, result in zip(chunk, pool.map(_size, chunk)):
                rows = rows_of[path]
                if isinstance(result, str):
                    errors(BROKEN, f'{tree.table.sources[rows[0]]}: {result}')
                else:
                    sizes[rows] = result
            advance(sum(len(rows_of[path]) for path in chunk))
    return sizes


def _by_path(paths: List[str], rows: List[int]) -> Dict[str, List[int]]:
    found: Dict[str, List[int]] = {}
    for row in rows:
        found.setdefault(paths[row], []).append(row)
    return found


def _size(path: str) -> Union[Tuple[int, int], str]:
    try:
        return image_size(path, decode=True)
    except (OSError, ValueError) as e:
        return str(e)


def _check_unlisted(tree: Tree, remarks: Findings) -> None:
    named = set(tree.paths)
    for folder in sorted({osp.dirname(path) for path in named}):
        if osp.isdir(folder) and os.access(folder, os.R_OK):
            for name in sorted(os.listdir(folder)):
                path = osp.join(folder, name)
                if name.lower().endswith(_SUFFIXES) and path not in named:
                    remarks(UNLISTED, path)
