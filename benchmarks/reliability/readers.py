"""Mutated annotation files through each reader, beside a slow, strict one.

A file counts as read where both give the same rows, as refused where both
refuse it and the reader says why in a sentence that begins with the file.
"""
import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from common import ROOT
from rich.progress import track
from tables import store

sys.path[:0] = [str(ROOT / 'tests/test_datasets'), str(ROOT / 'tests')]
from fuzzing import SUBJECTS, Wrong, add_real, judge  # noqa: E402
from mutations import mutate  # noqa: E402

FILES = 20_000  # a reader


def run(name, path, number):
    """Mutate and read files."""
    subject, counts = SUBJECTS[name], Counter()
    for i in track(range(number), name):
        rng = random.Random(f'{name} {i}')
        data = mutate(rng.choice(subject.samples), rng, subject.mutations)
        try:
            counts[judge(subject, data, path)] += 1
        except Wrong as wrong:
            counts[wrong.args[0]] += 1
            print(f'{name}, {i}: {wrong}'[:1000])
    return dict(what=name, tried=number, **counts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--data', type=Path, help='a folder of real annotations to start from')
    data = parser.parse_args().data
    if data:
        add_real(data)
    with tempfile.TemporaryDirectory() as folder:
        store('readers', [
            run(name, Path(folder) / '000001.json', FILES)
            for name in SUBJECTS
        ])


if __name__ == '__main__':
    main()
