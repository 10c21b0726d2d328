"""A whole set: planned, painted by all cores, written so that it resumes."""
import hashlib
import json
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Callable, Optional

import cv2

from .layouts import LAYOUTS, Split
from .rows import read_shapes
from .scene import paint, plan

# Raised whenever the same seed would give other bytes.
VERSION = 1
MANIFEST = '.rendering.json'
SPLIT = dict(train=.8, val=.1, test=.1)
_CHUNK = 16
_job = {}


def render_dataset(layout: str,
                   num: int,
                   seed: int,
                   out: str,
                   size: int = 256,
                   annotations: Optional[str] = None,
                   split: Split = SPLIT,
                   clutter: float = 1.,
                   workers: Optional[int] = None,
                   advance: Callable[[int], None] = lambda n: None) -> int:
    """Write a set of ``num`` rendered pictures in an official layout.

    Picture ``i`` depends on seed, layout, size, ``annotations``, ``clutter``
    and ``i`` alone. Pictures that are there already are kept; the annotation
    files are written last.

    Args:
        layout: One of ``LAYOUTS``.
        num: Number of pictures.
        seed: Of everything random, >= 0.
        out: Folder, new or with an unfinished or smaller set of the same kind.
        size: Longer side of the pictures in pixels, >= 64.
        annotations: A FashionAI csv whose rows give the landmarks instead of
            the shape model; more pictures than rows repeat the rows.
        split: Part -> share.
        clutter: Share of the pictures with other garments and things around
            and in front of the garment, 0 to 1.
        workers: Processes; all cores by default.
        advance: Called with the number of pictures that are done.

    Returns:
        Number of pictures painted by this call; 0: the set was complete.

    Raises:
        ValueError: in one sentence, for bad settings and for a folder with
            something else in it.
        RuntimeError: if one of the processes ends.
    """
    _check(layout, num, seed, size, split, clutter, workers)
    split = {k: split[k] for k in SPLIT if k in split}
    root, style = Path(out), LAYOUTS[layout]
    recipe = style.recipe._replace(
        size=size,
        clutter=clutter,
        rows=read_shapes(annotations) if annotations else None)
    settings = dict(
        layout=layout,
        seed=seed,
        size=size,
        annotations=annotations and hashlib.sha256(
            Path(annotations).read_bytes()).hexdigest(),
        split=split,
        clutter=clutter,
        version=VERSION)
    before = _claim(root, settings, num)
    files = [root / f for f in style.files(num, split)]
    pictures = sum(map(_is_there, root.rglob('*.jpg')))
    if before == pictures == num and all(map(_is_there, files)):
        advance(num)
        return 0
    for file in reversed(files):
        if file.exists():
            file.unlink()
    write_whole(
        root / MANIFEST,
        json.dumps(dict(settings, num=num)).encode(),
        durable=True)
    chunks = [range(i, min(i + _CHUNK, num)) for i in range(0, num, _CHUNK)]
    records, painted = [], 0
    for part, count in _map(chunks, (layout, seed, root, split, recipe),
                            workers or _cores()):
        records += part
        painted += count
        advance(len(part))
    texts = style.texts(seed, records, split)
    for name, text in texts.items():
        # not where each picture has a file of its own: see write_whole
        write_whole(
            root / name, text.encode(), durable=len(texts) <= len(SPLIT))
    return painted


def _check(layout, num, seed, size, split, clutter, workers) -> None:
    if layout not in LAYOUTS:
        raise ValueError(f'layout is {layout!r}, one of '
                         f'{", ".join(LAYOUTS)} is needed')
    for key, value, low in (('num', num, 1), ('seed', seed, 0),
                            ('size', size, 64), ('workers', workers, 1)):
        if value is not None and value < low:
            raise ValueError(f'{key} is {value}, at least {low} is needed')
    if size > 999:
        raise ValueError(f'size is {size}, at most 999 is possible: the '
                         'lists have three digits for a coordinate')
    if not 0 <= clutter <= 1:
        raise ValueError(f'clutter is {clutter}, a share from 0 to 1 is '
                         'needed')
    if not split or set(split) - set(SPLIT) or \
            min(split.values()) <= 0 or abs(sum(split.values()) - 1) > 1e-6:
        raise ValueError(f'split is {split}, positive shares of train, val '
                         'and test that add up to 1 are needed')


def _claim(root: Path, settings: dict, num: int) -> int:
    """Number of pictures of the set in ``root``, 0 for a new one."""
    if root.exists() and not root.is_dir():
        raise ValueError(f'{root} is a file, a folder is needed')
    if not root.is_dir() or not any(root.iterdir()):
        return 0
    manifest = root / MANIFEST
    if not manifest.is_file():
        raise ValueError(f'{root} holds files that are not of a rendered '
                         'set, an empty or new folder is needed')
    try:
        found = json.loads(manifest.read_text())
    except ValueError:
        raise ValueError(f'{manifest} cannot be read, choose another folder '
                         'or delete this one') from None
    found.setdefault('clutter', 1.)  # older sets have no such key
    for key, value in settings.items():
        if found.get(key) != value:
            raise ValueError(f'{root} holds a set of another {key} '
                             f'({found.get(key)}, not {value}), choose '
                             'another folder')
    if found['num'] > num:
        raise ValueError(f'{root} holds {found["num"]} pictures of this set, '
                         f'more than the {num} asked for, choose another '
                         'folder')
    return found['num']


def write_whole(path: Path, data: bytes, durable: bool = False) -> None:
    """Write a file as a whole or not at all; its folder is made.

    As ``pcloss_mmpose.utils.replacing``, which can't be had without MMPose.
    A power cut may leave the name without the data, unless it is ``durable``,
    which for each of many pictures takes half as long as to paint it. Of so
    small a file nothing is left then, see :func:`_is_there`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f'.part-{path.name}')
    try:
        with open(part, 'wb') as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _map(chunks, job, workers):
    workers = min(workers, len(chunks))
    if workers == 1:
        _start(job, False)
        yield from map(_render, chunks)
        return
    # spawn: safe with the threads of OpenCV and torch, and the same everywhere
    context = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(workers, context, _start, (job, )) as pool:
        try:
            yield from pool.map(_render, chunks)
        except BrokenProcessPool:
            raise RuntimeError(
                'a process that painted ended, as where memory runs out, or '
                "where a script calls this outside `if __name__ == "
                "'__main__':`; the pictures so far are kept") from None


def _start(job, is_worker: bool = True) -> None:
    _job['job'] = job
    if is_worker:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
        cv2.setNumThreads(0)


def _render(indices) -> tuple:
    """Plan a chunk and paint what is missing of it."""
    layout, seed, root, split, recipe = _job['job']
    style = LAYOUTS[layout]
    records, painted = [], 0
    for i in indices:
        scene = plan(seed, i, recipe)
        path = root / style.image(seed, i, scene.category, split)
        if not _is_there(path):
            write_whole(path, paint(scene, seed))
            painted += 1
        records.append(style.record(scene))
    return records, painted
