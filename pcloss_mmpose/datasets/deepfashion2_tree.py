"""The official tree of DeepFashion2, read once and then from a file."""
import logging
import os
import os.path as osp
from hashlib import sha256
from typing import Tuple, Union

import numpy as np
from mmengine.dist import get_world_size, is_main_process
from mmengine.logging import print_log
from mmengine.utils import ProgressBar

from ..utils import counted, usable_cores
from .readers import LandmarkTable
from .readers.array_cache import load_arrays, save_arrays
from .readers.deepfashion2_annos import (list_annos, list_numbered, make_table,
                                         read_annos)
from .readers.mistakes import BAD_NAME, Report
from .tree_check.findings import FILES

# Of a cache: another one when the reader gives other columns.
_VERSION = 2


def read_deepfashion2(annos: str,
                      pictures: str,
                      cache: Union[bool, str] = True,
                      skips: bool = False) -> LandmarkTable:
    """Read all annotations of a split.

    Args:
        annos (str): The folder of the json files.
        pictures (str): The folder of the images.
        cache (bool | str): Whether to keep what was read, beside the json
            files' folder (``annos.npz``), or in a folder given here.
        skips (bool): Whether images may be absent, though not all.

    Returns:
        LandmarkTable: Ragged, in the order of the images' numbers.

    Raises:
        FileNotFoundError: If a folder or images are absent.
        ValueError: If a file breaks the format, or an image has none.
    """
    columns, numbers = _read_columns(annos, cache)
    _check_numbers(annos, numbers, pictures, skips)
    return make_table(columns, annos)


def read_split(annos: str, report: Report) -> LandmarkTable:
    """Read what can be read of a split, for a check of it.

    Args:
        annos (str): The folder of the json files, beside ``image``.
        report (Report): Takes the mistakes, and images without annotations.

    Raises:
        ValueError: If the folder has no json files, or others.
    """
    numbers, _ = list_annos(annos)
    pictures = osp.join(osp.dirname(annos), 'image')
    try:
        images = list_numbered(pictures, '.jpg')[:, 0]
    except FileNotFoundError:  # then each image is missing
        images = numbers
    except ValueError as error:
        report(BAD_NAME, str(error))
        images = numbers
    for number in np.setdiff1d(images, numbers):
        report(
            FILES, f'{annos}/{number:06d}.json: no such file, but '
            f'{pictures}/{number:06d}.jpg')
    return make_table(
        read_annos(annos, numbers, report, workers=usable_cores()), annos)


def _read_columns(folder: str, cache: Union[bool,
                                            str]) -> Tuple[dict, np.ndarray]:
    """What is in the files, and the numbers of all images."""
    numbers, digest = list_annos(folder)
    file, key = _cache_file(folder, cache), f'{_VERSION} {digest}'
    columns = cache and load_arrays(file, key)
    if columns:
        return columns, numbers
    print_log(
        f'reading {counted(len(numbers), "file")} of {folder}',
        logger='current')
    bar = ProgressBar(len(numbers)) if is_main_process() else None
    columns = read_annos(
        folder,
        numbers,
        workers=max(1,
                    usable_cores() // get_world_size()),
        progress=bar and bar.update)
    if bar:
        bar.file.write('\n')
    if cache and is_main_process():
        try:
            save_arrays(file, key, columns)
        except OSError as error:
            print_log(
                f'{file}: {error.strerror or error}: what was read of '
                f'{folder} is not kept; cache of the data set may name '
                'another folder, or be False',
                logger='current',
                level=logging.WARNING)
    return columns, numbers


def _cache_file(folder: str, cache: Union[bool, str]) -> str:
    folder = osp.abspath(folder)
    if not isinstance(cache, str):
        return f'{folder}.npz'
    tree = sha256(os.fsencode(folder)).hexdigest()[:12]
    return osp.join(cache, f'deepfashion2-{tree}.npz')


def _check_numbers(annos: str, numbers: np.ndarray, pictures: str,
                   skips: bool) -> None:
    """Refuse annotations without an image, and the reverse."""
    images = list_numbered(pictures, '.jpg')[:, 0]
    missing = np.setdiff1d(numbers, images)
    if len(missing) and not (skips and len(missing) < len(numbers)):
        some = counted(
            len(numbers), 'image is not there, such as',
            'images are not there, such as')
        raise FileNotFoundError(
            f'{annos}/{missing[0]:06d}.json: {len(missing)} of {some} '
            f'{pictures}/{missing[0]:06d}.jpg')
    extra = np.setdiff1d(images, numbers)
    if len(extra):
        some = counted(len(images), 'image has', 'images have')
        raise ValueError(f'{pictures}/{extra[0]:06d}.jpg: {len(extra)} of '
                         f'{some} no annotation, such as '
                         f'{annos}/{extra[0]:06d}.json')
