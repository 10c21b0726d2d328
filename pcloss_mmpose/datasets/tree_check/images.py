import os
import os.path as osp
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Tuple, Union

import numpy as np

from ..readers import find_missing, image_size
from ..readers.mistakes import BAD_ROW
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


def check_images(tree: Tree, errors: Findings, remarks: Findings,
                 advance: Callable[[int], None]) -> np.ndarray:
    """Look for each image and decode it.

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
    for i in missing:
        errors(MISSING, f'{tree.table.sources[i]}: {tree.paths[i]}')
    if missing:
        path = osp.relpath(tree.paths[missing[0]], tree.root)
        errors.hint(MISSING, explain_missing_image(tree.root, path))
    if not {FILES, BAD_ROW} & set(errors.counts):  # else they may be named
        _check_unlisted(tree, remarks)
    advance(len(missing))

    sizes = np.full((len(tree.paths), 2), np.nan, dtype=np.float32)
    there = np.setdiff1d(np.arange(len(tree.paths)), missing)
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(there), _CHUNK):
            chunk = there[start:start + _CHUNK]
            results = pool.map(_size, [tree.paths[i] for i in chunk])
            for i, result in zip(chunk, results):
                if isinstance(result, str):
                    errors(BROKEN, f'{tree.table.sources[i]}: {result}')
                else:
                    sizes[i] = result
            advance(len(chunk))
    return sizes


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
