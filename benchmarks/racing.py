"""Two ways to the same result, timed in turns."""
import ctypes
import gc
import multiprocessing
import os
import statistics
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, Tuple

import cv2
import torch

REPEATS = 7
# A side runs as often in a row as it takes to fill this, in seconds.
_ENOUGH = .05


def stopwatch(call: Callable) -> Tuple[float, None]:
    """Seconds of a call, the mean of enough of them."""
    number, seconds = 0, 0.
    start = time.perf_counter()
    while seconds < _ENOUGH:
        call()
        number += 1
        _wait()
        seconds = time.perf_counter() - start
    return seconds / number, None


def in_child(call: Callable) -> Tuple[float, float]:
    """Seconds and peak memory in MB of a call in a process of its own."""
    receiver, sender = multiprocessing.Pipe(False)

    def work():
        sender.send(with_memory(call))

    child = multiprocessing.get_context('fork').Process(target=work)
    child.start()
    sender.close()
    measured = receiver.recv()
    child.join()
    return measured


def with_memory(call: Callable) -> Tuple[float, float]:
    """Seconds, and by how many MB memory rises above what it was before.

    Linux only: it resets and reads the peak that the system keeps.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # freed memory would hide what is taken
    Path('/proc/self/clear_refs').write_text('5')
    before = _status('VmRSS')
    start = time.perf_counter()
    kept = call()  # what it returns is a part of what it takes
    seconds = time.perf_counter() - start
    peak = _status('VmHWM') - before
    del kept
    return seconds, peak


def _status(key: str) -> float:
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise KeyError(key)


class Race(NamedTuple):
    """A part of the plugin, and what it is measured against.

    Attributes:
        part: What is measured.
        against: What it is measured against.
        size: Of the inputs, as text.
        ours: Does it, without arguments.
        theirs: Does the same in the other way. None if there is no other.
        check: Raises unless both give the right answer; returns what is to
            be said about it.
        bar: What the ratio of the times, theirs over ours, must reach; below
            1, how much slower it may be.
        threads: How many threads of torch and OpenCV.
        images: In a call; times are of one.
        measure: How a call is measured.
    """
    part: str
    against: str
    size: str
    ours: Callable
    theirs: Optional[Callable]
    check: Callable[[], Optional[str]]
    bar: Optional[float] = None
    threads: Tuple[int, ...] = (1, )
    images: int = 1
    measure: Callable[[Callable], Tuple[float, Optional[float]]] = stopwatch


def all_threads() -> Tuple[int, ...]:
    """One, and as many as there are cores."""
    return tuple(sorted({1, os.cpu_count()}))


@contextmanager
def threads(number: int):
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(number)
    cv2.setNumThreads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def run(race: Race, number: int, repeats: int = REPEATS) -> dict:
    """Time both sides in turns, the one that begins changing."""
    sides = [race.ours] + [race.theirs] * (race.theirs is not None)
    times = [[] for _ in sides]
    memory = [[] for _ in sides]
    with threads(number):
        said = race.check()
        if race.measure is stopwatch:
            for side in sides:  # what is done once is done then
                side()
        for repeat in range(repeats):
            for i in range(len(sides))[::1 if repeat % 2 else -1]:
                seconds, peak = race.measure(sides[i])
                times[i].append(seconds / race.images)
                memory[i].append(peak)
    row = dict(
        part=race.part,
        against=race.against,
        size=race.size,
        threads=number,
        ours=statistics.median(times[0]))
    if race.theirs is not None:
        ratios = [b / a for a, b in zip(*times)]
        row.update(
            theirs=statistics.median(times[1]),
            ratio=statistics.median(ratios),
            ratios=[min(ratios), max(ratios)])
    if memory[0][0] is not None:
        row['mb'] = [statistics.median(side) for side in memory]
    if said:
        row['said'] = said
    if race.bar:
        row.update(bar=race.bar, met=_met(race, row))
    return row


def _met(race: Race, row: dict) -> bool:
    """Whether the ratio reaches the bar, and memory is half at most."""
    mb = row.get('mb', [0, 0])
    return row['ratio'] >= race.bar and 2 * mb[0] <= mb[1]


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def equal(ours: Any, theirs: Any, **tolerance) -> None:
    torch.testing.assert_close(
        torch.as_tensor(ours), torch.as_tensor(theirs), **tolerance)
