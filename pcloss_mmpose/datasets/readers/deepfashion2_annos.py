"""Reader of the annotations of DeepFashion2: a json for each image."""
import multiprocessing
import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from hashlib import sha256
from itertools import chain
from json import JSONDecoder
from typing import Any, Callable, Iterator, List, NamedTuple, Optional

import numpy as np

from .formatted import Formatted
from .landmark_table import LandmarkTable
from .mistakes import BAD_ROW, BAD_VISIBILITY, EMPTY_BOX, Report, refuse
from .ragged_landmarks import RaggedLandmarks
from .text import LIMIT, quote, read_text

#: Garment categories, in the order of their category ids 1, 2, ..., and how
#: many of the 294 landmarks each has: those of the first category come first.
NUM_LANDMARKS = {
    'short sleeve top': 25,
    'long sleeve top': 33,
    'short sleeve outwear': 31,
    'long sleeve outwear': 39,
    'vest': 15,
    'sling': 15,
    'shorts': 10,
    'trousers': 14,
    'skirt': 8,
    'short sleeve dress': 29,
    'long sleeve dress': 37,
    'vest dress': 19,
    'sling dress': 19,
}
CATEGORIES = tuple(NUM_LANDMARKS)

# In ten thousandths, category by category, of
#: `cocoeval.py` in github.com/switchablenorms/DeepFashion2 (deepfashion2_api).
_SIGMAS = '''
120 158 169 165 169 158 298 329 321 323 340 388 452 574 492 352 492 574 452
388 340 323 321 329 298 194 170 185 193 185 170 286 471 547 526 430 392 513
566 509 564 542 604 599 520 599 604 542 564 509 566 513 392 430 526 547 471
286 74 85 165 248 165 85 156 231 296 137 195 250 347 380 257 370 257 380
347 250 195 137 296 231 156 248 469 632 370 469 632 137 153 243 377 243 153
203 366 467 433 393 329 418 477 399 331 420 492 436 478 436 492 420 331 399
477 418 329 393 433 467 366 203 377 645 573 478 645 573 352 158 210 214 210
158 196 500 489 404 401 404 489 500 196 276 548 283 204 283 548 369 726 677
640 251 640 677 726 369 308 216 308 506 494 463 477 463 494 506 275 202 275
651 451 350 280 392 362 392 280 350 451 651 253 195 253 513 543 415 543 513
153 230 167 145 167 230 332 391 391 396 440 452 498 514 585 655 635 602 635
655 585 514 498 452 440 396 391 391 332 121 134 158 162 158 134 246 406 470
404 463 466 435 499 455 440 411 490 576 685 618 483 618 685 576 490 411 440
486 499 435 466 463 404 470 406 246 116 167 160 180 160 167 196 385 421 497
562 528 428 528 562 497 421 385 196 244 297 244 208 244 297 173 616 659 712
707 685 339 685 707 712 659 616 173
'''.split()
#: Constants of the official OKS, of each of the 294 landmarks.
SIGMAS = tuple(int(sigma) / 1e4 for sigma in _SIGMAS)

#: Attributes of an item and the names of their values 1, 2, 3.
ATTRIBUTES = dict(
    scale=('small', 'modest', 'large'),
    occlusion=('slight', 'medium', 'heavy'),
    zoom_in=('no', 'medium', 'large'),
    viewpoint=('no wear', 'frontal', 'side or back'))
SOURCES = ('user', 'shop')

#: What an item has beside landmarks and box, in the columns of a table.
ITEM = np.dtype([(name, np.int32) for name in ('style', 'pair_id')] +
                [(name, np.int8) for name in ATTRIBUTES] + [('source', 'U4')])

_COUNTS = np.array([0, *NUM_LANDMARKS.values()])
#: Of each category id, the index of its first landmark.
FIRST = np.array([0, 0, *np.cumsum(_COUNTS)[1:-1]])

_KEYS = ('category_id', 'category_name', 'style', 'bounding_box', 'landmarks',
         *ATTRIBUTES)
_NUMBERS = {int, float}
_CHUNK = 256  # files


def own_landmarks(category: int) -> slice:
    """Which of the 294 landmarks those of a category are.

    Example:
        >>> from pcloss_mmpose.datasets.readers.deepfashion2_annos import (
        ...     own_landmarks)
        >>> own_landmarks(2)
        slice(25, 58, None)
    """
    return slice(
        int(FIRST[category]), int(FIRST[category] + _COUNTS[category]))


class Listing(NamedTuple):
    """The json files of a folder, in the order of their numbers.

    Attributes:
        numbers (np.ndarray): Of the images, (N, ), int64.
        digest (str): Changes with names, sizes and times of the files.
    """
    numbers: np.ndarray
    digest: str


def list_numbered(folder: str, ending: str, stat: bool = False) -> np.ndarray:
    """List the files ``000001<ending>``, ``000002<ending>``, ... of a folder.

    Hidden files, and those of another ending, are not looked at.

    Args:
        folder (str): Of a split, ``annos`` or ``image``.
        ending (str): Such as ``'.json'``.
        stat (bool): Whether to look at sizes and times as well.

    Returns:
        np.ndarray: The numbers, sorted, in shape (N, 1), or with ``stat`` the
        sizes in bytes and the times of change in nanoseconds beside them,
        (N, 3); int64.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If a name is not a number of six digits.
    """
    if not os.path.isdir(folder):
        raise FileNotFoundError(f'{folder}: no such folder')
    rows = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if not name.endswith(ending) or name[0] == '.':
                continue
            stem = name[:-len(ending)]
            if len(stem) != 6 or not (stem.isascii() and stem.isdigit()):
                raise ValueError(
                    f'{entry.path}: the name must be the number of an image '
                    f'in six digits, such as 000001{ending}')
            rows.append(int(stem))
            if stat:
                status = entry.stat()
                rows += status.st_size, status.st_mtime_ns
    table = np.array(rows, dtype=np.int64).reshape(-1, 3 if stat else 1)
    return table[np.argsort(table[:, 0])]


def list_annos(folder: str) -> Listing:
    """List the annotations ``000001.json``, ``000002.json``, ... of a split.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If there is none, or a name is not a number of six digits.
    """
    rows = list_numbered(folder, '.json', stat=True)
    if not len(rows):
        raise ValueError(f'{folder}: has no annotations, such as 000001.json')
    return Listing(rows[:, 0].copy(), sha256(rows.tobytes()).hexdigest())


def read_annos(folder: str,
               numbers: np.ndarray,
               report: Report = refuse,
               workers: int = 1,
               progress: Optional[Callable[[int], Any]] = None) -> dict:
    """Read the annotations of images.

    Args:
        folder (str): With a file ``000001.json`` of image 1, and so on.
        numbers (np.ndarray): Of the images.
        report (Report): Takes the mistakes. If it does not raise, items and
            files with one are left out.
        workers (int): Processes to read with; where processes can't be
            forked, one.
        progress (callable, optional): Takes how many files more have been
            read.

    Returns:
        dict[str, np.ndarray]: Columns for :func:`make_table`.

    Raises:
        ValueError: If a file breaks the format. The message names file and
            item.
        RuntimeError: If one of the processes is killed.
    """
    jobs = [(folder, numbers[i:i + _CHUNK].tolist())
            for i in range(0, len(numbers), _CHUNK)]
    parts = []
    for (columns, mistakes), (_, chunk) in zip(_map(jobs, workers), jobs):
        for kind, mistake in mistakes:
            report(kind, mistake)
        parts.append(columns)
        if progress:
            progress(len(chunk))
    parts = parts or [_read_chunk((folder, []))[0]]
    return {
        key: np.concatenate([part.pop(key) for part in parts])
        for key in list(parts[0])
    }


def make_table(columns: dict, folder: str) -> LandmarkTable:
    """The annotations as a table.

    Args:
        columns (dict): From :func:`read_annos`.
        folder (str): For the messages.

    Returns:
        LandmarkTable: With boxes, :class:`RaggedLandmarks` and, in
        ``extras``, the fields of ``ITEM``. Images are named as on disk, and
        their numbers are their ids. Items are numbered from 1.
    """
    images, categories = columns['image'], columns['category']
    return LandmarkTable(
        names=Formatted('{:06d}.jpg', images),
        categories=categories,
        keypoints=RaggedLandmarks(columns['points'], FIRST, _COUNTS,
                                  categories),
        sources=Formatted('{:06d}.json: item{}', images,
                          columns['item']).after(os.path.join(folder, '')),
        ids=np.arange(1,
                      len(images) + 1),
        image_ids=images,
        boxes=columns['box'],
        extras=columns['extras'])


def _map(jobs: List[tuple], workers: int) -> Iterator[tuple]:
    workers = min(workers, len(jobs) // 2)
    if (workers < 2 or 'fork' not in multiprocessing.get_all_start_methods()
            or multiprocessing.current_process().daemon):
        yield from map(_read_chunk, jobs)
        return
    # Not spawn: that would run a script that trains without asking whether
    # it is the main module. The children touch neither torch nor OpenCV. Not
    # multiprocessing.Pool: it waits for ever for a child that was killed.
    context = multiprocessing.get_context('fork')
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore', DeprecationWarning)
                chunks = pool.map(_read_chunk, jobs)
            yield from chunks
        except BrokenProcessPool:
            raise RuntimeError(
                f'{jobs[0][0]}: a process that read it was killed, as the '
                'system does where memory runs out') from None


def _read_chunk(job: tuple) -> tuple:
    folder, numbers = job
    mistakes, rows, boxes, points = [], [], [], []
    for number in numbers:
        path = os.path.join(folder, f'{number:06d}.json')
        try:
            content = _load(path)
        except (ValueError, OSError) as error:
            mistakes.append((BAD_ROW, str(error)))
            continue
        shared = content['pair_id'], content['source']
        for index in range(1, len(content) + 1):
            if f'item{index}' not in content:
                break
            item = content[f'item{index}']
            found = _mistake(item)
            if found:
                mistakes.append((found[0], f'{path}: item{index}: {found[1]}'))
                continue
            extras = (item['style'], shared[0],
                      *(item[key] for key in ATTRIBUTES), shared[1])
            rows.append((number, index, item['category_id'], extras))
            boxes.append(item['bounding_box'])
            points.append(item['landmarks'])
    columns = dict(
        image=np.array([row[0] for row in rows], dtype=np.int64),
        item=np.array([row[1] for row in rows], dtype=np.int16),
        category=np.array([row[2] for row in rows], dtype=np.int64),
        extras=np.array([row[3] for row in rows], dtype=ITEM),
        box=np.array(boxes, dtype=np.float32).reshape(-1, 4),
        points=np.fromiter(chain.from_iterable(points),
                           dtype=np.float32).reshape(-1, 3))
    columns['points'][columns['points'][:, 2] == 0] = 0
    return columns, mistakes


def _refuse_constant(name: str) -> None:
    raise ValueError(f'{name} is not a number')


_DECODER = JSONDecoder(parse_constant=_refuse_constant)


def _load(path: str) -> dict:
    """Read a file, and check what is not in its items."""
    text = read_text(path).decode()
    try:
        content = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: not a json file: {error}') from None
    if not isinstance(content, dict):
        raise ValueError(f'{path}: must be an object with source, pair_id and '
                         f'item1, found {quote(content)}')
    if content.get('source') not in SOURCES:
        raise ValueError(f'{path}: source must be one of '
                         f'{", ".join(SOURCES)}, found '
                         f'{quote(content.get("source"))}')
    if not _is_count(content.get('pair_id')):
        raise ValueError(f'{path}: pair_id must be a whole number from 0, '
                         f'found {quote(content.get("pair_id"))}')
    items = [key for key in content if key.startswith('item')]
    for index, key in enumerate(items, 1):
        if f'item{index}' not in content:
            raise ValueError(
                f'{path}: {len(items)} items must be item1 to '
                f'item{len(items)}, found {quote(key)}, but no item{index}')
    if not items:
        raise ValueError(f'{path}: has no item1')
    return content


def _mistake(item: Any) -> Optional[tuple]:
    """The kind of mistake and what it is, if there is one in an item."""
    if type(item) is not dict:
        return BAD_ROW, f'must be an object, found {quote(item)}'
    for key in _KEYS:
        if key not in item:
            return BAD_ROW, f'the key {key} is missing'
    category = item['category_id']
    if type(category) is not int or not 1 <= category <= len(CATEGORIES):
        return BAD_ROW, ('category_id must be from 1 to '
                         f'{len(CATEGORIES)}, found {quote(category)}')
    name = CATEGORIES[category - 1]
    if item['category_name'] != name:
        return BAD_ROW, (f'category_name of category_id {category} must be '
                         f'{name!r}, found {quote(item["category_name"])}')
    for key, choices in ATTRIBUTES.items():
        if type(item[key]) is not int or not 1 <= item[key] <= len(choices):
            return BAD_ROW, (f'{key} must be 1, 2 or 3 '
                             f'({", ".join(choices)}), found '
                             f'{quote(item[key])}')
    if not _is_count(item['style']):
        return BAD_ROW, ('style must be a whole number from 0, found '
                         f'{quote(item["style"])}')
    for key, size in (('bounding_box', 4), ('landmarks',
                                            3 * NUM_LANDMARKS[name])):
        values = item[key]
        if type(values) is not list or len(values) != size:
            found = (f'{len(values)} numbers'
                     if type(values) is list else quote(values))
            return BAD_ROW, (f'{key} of a {name} must be {size} numbers, '
                             f'found {found}')
        if (not _NUMBERS.issuperset(map(type, values)) or max(values) >= LIMIT
                or min(values) <= -LIMIT):
            return BAD_ROW, f'{key} must be numbers below ten million'
    codes = item['landmarks'][2::3]
    if not {0, 1, 2}.issuperset(codes):
        index = next(i for i, v in enumerate(codes) if v not in (0, 1, 2))
        return BAD_VISIBILITY, (
            f'landmark {index + 1} has the visibility {codes[index]}, allowed '
            'are 0 (not labelled), 1 (occluded) and 2 (visible)')
    x1, y1, x2, y2 = np.array(item['bounding_box'], dtype=np.float32)
    if x2 <= x1 or y2 <= y1:
        return EMPTY_BOX, (f'the box {item["bounding_box"]} is empty, x2 > x1 '
                           'and y2 > y1 are needed')
    return None


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31
