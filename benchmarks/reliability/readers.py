"""Mutated annotation files through each reader, beside a slow, strict one.

A file counts as read where both give the same rows, as refused where both
refuse it and the reader says why in a sentence that begins with the file.
Runs of other seeds add to the results, one that was interrupted goes on.
"""
import argparse
import json
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from common import RESULTS, ROOT, store
from rich.progress import track

sys.path.insert(0, str(ROOT / 'tests/test_datasets'))
from fuzzing import SUBJECTS, Wrong, add_real, judge  # noqa: E402
from mutations import mutate  # noqa: E402

_FILE = RESULTS / 'readers.json'
_BATCH = 1000
# A row of the results, but for its name.
_NOTHING = dict(
    tried=0,
    read=0,
    refused=0,
    refused_too_much=0,
    crashed=0,
    silently_wrong=0,
    seconds=0.,
    slowest=0.)
_HANGS = 20  # seconds of the processor that no small file takes


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--files', type=int, default=20_000, help='a reader')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--data', type=Path, help='a folder of real annotations to start from')
    return parser.parse_args()


def too_long(*_):
    raise Wrong('crashed', f'still reading after {_HANGS} s')


def batch(name, seed, number, path):
    """Mutate and read a thousand files."""
    subject = SUBJECTS[name]
    row = dict(what=name, **_NOTHING, batches=[[seed, number]])
    begin = time.process_time()
    for i in range(_BATCH):
        rng = random.Random(f'{name} {seed} {number} {i}')
        data = mutate(rng.choice(subject.samples), rng, subject.mutations)
        row['tried'] += 1
        start = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, _HANGS)
        try:
            row[judge(subject, data, path)] += 1
        except Wrong as wrong:
            row[wrong.args[0].replace(' ', '_')] += 1
            print(f'{name}, seed {seed} {number} {i}: {wrong}'[:1000])
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        row['slowest'] = max(row['slowest'], time.process_time() - start)
    row['seconds'] = time.process_time() - begin
    return row


def add(row, other):
    for key, value in other.items():
        if key == 'slowest':
            row[key] = max(row[key], round(value, 3))
        elif key != 'what':
            row[key] += value
    row['seconds'] = round(row['seconds'], 1)


def main():
    args = parse_args()
    if args.data:
        add_real(args.data)
    signal.signal(signal.SIGVTALRM, too_long)
    rows = json.loads(_FILE.read_text()) if _FILE.exists() else []
    by_name = {row['what']: row for row in rows}
    todo = [(name, number) for number in range(-(-args.files // _BATCH))
            for name in SUBJECTS if [args.seed, number] not in by_name.get(
                name, {'batches': []})['batches']]
    with tempfile.TemporaryDirectory() as folder:
        for name, number in track(todo, 'thousands of files'):
            row = batch(name, args.seed, number, Path(folder) / 'file')
            add(
                by_name.setdefault(name,
                                   dict(what=name, **_NOTHING, batches=[])),
                row)
            store('readers', list(by_name.values()))
    for row in by_name.values():
        print({k: v for k, v in row.items() if k != 'batches'})


if __name__ == '__main__':
    main()
