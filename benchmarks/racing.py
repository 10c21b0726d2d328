"""Two ways to the same result, timed in turns."""
import ctypes
import gc
import multiprocessing
import statistics
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple, Tuple

import cv2
import torch
from torch.utils.benchmark import Timer

REPEATS = 7


class Race(NamedTuple):
    """A part of the plugin, and what it is measured against."""
    part: str
    against: str
    size: str  # of the inputs, as text
    ours: Callable
    theirs: Callable
    check: Callable[[], None]  # raises unless both give the right answer
    images: int = 1  # in a call; times are of one
    threads: int = 1  # of torch and OpenCV
    memory: bool = False  # each call in a process, whose peak is measured


def run(race: Race) -> dict:
    """Time both sides in turns, the one that begins changing."""
    cv2.setNumThreads(race.threads)
    race.check()
    sides = race.ours, race.theirs
    found: Tuple[list, list] = ([], [])
    for repeat in range(REPEATS):
        for i in (1, 0) if repeat % 2 else (0, 1):
            found[i].append(
                in_child(sides[i]) if race.memory else
                (seconds(sides[i], race.threads) / race.images, None))
    (ours, our_mb), (theirs, their_mb) = (zip(*side) for side in found)
    ratios = [b / a for a, b in zip(ours, theirs)]
    row = dict(
        part=race.part,
        against=race.against,
        size=race.size,
        threads=race.threads,
        ours=statistics.median(ours),
        theirs=statistics.median(theirs),
        ratio=statistics.median(ratios),
        ratios=[min(ratios), max(ratios)])
    if race.memory:
        row['mb'] = [statistics.median(mb) for mb in (our_mb, their_mb)]
    return row


def seconds(call: Callable, threads: int) -> float:
    """Of a call, by torch's benchmark, which warms up and synchronises."""
    timer = Timer('call()', globals=dict(call=call), num_threads=threads)
    return timer.blocked_autorange(min_run_time=.05).median


def in_child(call: Callable) -> Tuple[float, float]:
    """Seconds and peak memory in MB of a call in a process of its own."""
    receiver, sender = multiprocessing.Pipe(False)
    child = multiprocessing.get_context('fork').Process(
        target=lambda: sender.send(with_memory(call)))
    child.start()
    sender.close()
    measured = receiver.recv()
    child.join()
    return measured


def with_memory(call: Callable) -> Tuple[float, float]:
    """Seconds, and by how many MB memory rises above what it was before.

    Linux only: it resets and reads the peak that the system keeps.
    """
    torch.set_num_threads(1)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # freed memory would hide what is taken
    Path('/proc/self/clear_refs').write_text('5')
    before = _status('VmRSS')
    start = time.perf_counter()
    kept = call()  # what it returns is a part of what it takes
    taken = time.perf_counter() - start
    peak = _status('VmHWM') - before
    del kept
    return taken, peak


def _status(key: str) -> float:
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise KeyError(key)


def equal(ours: Any, theirs: Any, **tolerance) -> None:
    torch.testing.assert_close(
        torch.as_tensor(ours), torch.as_tensor(theirs), **tolerance)
