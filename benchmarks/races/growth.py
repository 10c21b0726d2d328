"""How time and memory grow, and whether memory stays from epoch to epoch."""
import math
import multiprocessing
import os
import statistics
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
import torch
from mmengine.dataset import ConcatDataset
from racing import in_child, stopwatch, threads, with_memory
from torch.utils.data import DataLoader

from pcloss_mmpose.evaluation import LandmarkFailures, NormalizedError
from pcloss_mmpose.functional import fit_peak, position_constraint, soft_argmax
from . import codecs, data, losses


class Growth(NamedTuple):
    """A part of the plugin, on larger and larger inputs.

    Attributes:
        part: What is measured.
        of: What grows.
        sizes: Each about twice the one before.
        make: Gives the call for a size.
        child: Whether it runs in a process of its own.
    """
    part: str
    of: str
    sizes: Sequence[int]
    make: Callable[[int], Callable]
    child: bool = False


def doubled(first: int, times: int = 4) -> List[int]:
    return [first * 2**i for i in range(times + 1)]


def _constraint(batch: int, landmarks: int) -> Callable:
    pred, target = torch.rand(2, batch, landmarks, 2)
    weights = torch.ones(batch, landmarks)
    return lambda: losses._gradient(
        lambda p: position_constraint(
            p, target, weights, penalise=losses.PENALTIES['robust']),
        pred.requires_grad_())


def _size(pixels: int) -> Tuple[int, int]:
    """Width and height, 3 to 4, of about as many pixels."""
    width = round(math.sqrt(pixels * 3 / 4))
    return width, pixels // width


def _heatmaps(function: Callable, batch: int, landmarks: int,
              pixels: int) -> Callable:
    """Gradients for maps of ``pixels`` pixels."""
    width, height = _size(pixels)
    maps = torch.rand(batch, landmarks, height, width)
    return lambda: losses._gradient(function, maps.requires_grad_())


def _decode(batch: int, pixels: int) -> Callable:
    width, height = _size(pixels)
    maps = torch.rand(batch, 24, height, width)
    return lambda: fit_peak(maps, codecs.SIGMA)


def _encode(landmarks: int, pixels: int = 3072) -> Callable:
    size = _size(pixels)
    codec = codecs.SoftArgmaxHeatmap(size, size, sigma=codecs.SIGMA)
    xy = np.random.default_rng(0).random((1, landmarks, 2)) * size
    return lambda: codec.encode(xy.astype(np.float32))


def _metric(kind, images: int, landmarks: int) -> Callable:
    samples = list(data._samples(64, landmarks))

    def call():
        metric = kind()
        batches = max(1, images // 64)
        for _ in range(batches):
            metric.process(None, samples)
        return metric.evaluate(batches * 64)

    return call


def _read(layout: str, root: Path, number: int) -> Callable:
    short = shorten(root, number)
    return lambda: data.build(layout, short)


def shorten(root: Path, number: int) -> Path:
    """The first rows of a generated tree, with the same images."""
    short = root.with_name(f'{root.name}-first-{number}')
    for file in [*root.glob('*/*.txt'), *root.glob('*/*.csv')]:
        lines = file.read_text().splitlines()
        rows = lines[2:] if file.suffix == '.txt' else lines[1:]
        head = lines[:len(lines) - len(rows)]
        if file.suffix == '.txt':
            head[0] = str(min(number, len(rows)))
        target = short / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text('\n'.join([*head, *rows[:number]]) + '\n')
    for images in ('img', 'Images'):
        link = short / images
        if (root / images).exists() and not link.exists():
            link.symlink_to(root / images)
    return short


def growths(official: dict = data.OFFICIAL,
            work: Path = data.WORK,
            share: int = 1) -> Iterator[Growth]:
    """All of them, on sizes divided by ``share``."""

    def sizes(first):
        return [max(2, size // share) for size in doubled(first)]

    def growth(part, of, first, make):
        return Growth(part, of, sizes(first), make)

    yield growth('position_constraint', 'images', 256,
                 lambda n: _constraint(n, 98))
    yield growth('position_constraint', 'landmarks', 64,
                 lambda n: _constraint(256, n))
    for name, function in (('soft_argmax', soft_argmax),
                           ('peak_moments', losses.our_peaks)):
        yield growth(name, 'images', 8,
                     lambda n, f=function: _heatmaps(f, n, 24, 3072))
        yield growth(name, 'landmarks', 6,
                     lambda n, f=function: _heatmaps(f, 32, n, 3072))
        yield growth(name, 'pixels', 3072,
                     lambda n, f=function: _heatmaps(f, 8, 24, n))
    yield growth('encode', 'landmarks', 24, _encode)
    yield growth('encode', 'pixels', 3072, lambda n: _encode(24, n))
    yield growth('batch_decode', 'images', 16, lambda n: _decode(n, 3072))
    yield growth('batch_decode', 'pixels', 3072, lambda n: _decode(8, n))
    yield growth('NormalizedError', 'images', 2560,
                 lambda n: _metric(NormalizedError, n, 24))
    yield growth('LandmarkFailures', 'images', 2560,
                 lambda n: _metric(LandmarkFailures, n, 24))
    yield growth('LandmarkFailures', 'landmarks', 8,
                 lambda n: _metric(LandmarkFailures, 1280, n))
    for layout, (kind, number, _) in official.items():
        yield Growth(kind, 'annotations',
                     [number // 2**i for i in (3, 2, 1, 0)],
                     lambda n, a=layout, b=work / f'{layout}-{number}': _read(
                         a, b, n), True)


def run(growth: Growth, repeats: int = 5) -> dict:
    """Measure each size, and fit the exponents over the larger ones."""
    seconds, memory = [], []
    with threads(1):
        for size in growth.sizes:
            call = growth.make(size)
            if growth.child:
                found = [in_child(call) for _ in range(repeats)]
                seconds.append(statistics.median(s for s, _ in found))
                memory.append(statistics.median(m for _, m in found))
            else:
                memory.append(with_memory(call)[1])
                seconds.append(
                    statistics.median(
                        stopwatch(call)[0] for _ in range(repeats)))
    return dict(
        part=growth.part,
        of=growth.of,
        sizes=list(growth.sizes),
        seconds=seconds,
        mb=memory,
        time_exponent=_exponent(growth.sizes, seconds),
        memory_exponent=_exponent(growth.sizes, memory)
        if memory[-1] > 1 else None)


def _exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Of the power law through the three largest sizes."""
    sizes, values = np.log(sizes[-3:]), np.log(np.maximum(values[-3:], 1e-9))
    return float(np.polyfit(sizes, values, 1)[0])


def positions_of(garment: dict) -> np.ndarray:
    return garment['keypoints']


def epochs(layout: str,
           official: dict = data.OFFICIAL,
           work: Path = data.WORK,
           workers: int = 4,
           number: int = 4) -> dict:
    """Memory of all processes after each epoch over all annotations."""
    root = work / f'{layout}-{official[layout][1]}'
    dataset = ConcatDataset([
        data.build(layout, root, split=split, pipeline=[positions_of])
        for split in ('train', 'val')
    ])
    loader = DataLoader(
        dataset,
        batch_size=64,
        shuffle=True,
        num_workers=workers,
        persistent_workers=True)
    memory, seconds = [], []
    for _ in range(number):
        start = os.times().elapsed
        count = sum(len(batch) for batch in loader)
        assert count == len(dataset)
        seconds.append(os.times().elapsed - start)
        memory.append(_pss())
    return dict(
        part=data.OFFICIAL[layout][0],
        annotations=len(dataset),
        workers=workers,
        mb=memory,
        seconds=seconds)


def _pss() -> float:
    """MB of this process and its children, what they share counted once."""
    total = 0
    for pid in ['self', *(c.pid for c in multiprocessing.active_children())]:
        text = Path(f'/proc/{pid}/smaps_rollup').read_text()
        total += next(
            int(line.split()[1]) for line in text.splitlines()
            if line.startswith('Pss:'))
    return total / 1024
