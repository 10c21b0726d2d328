"""What trained models left behind, and tables of it."""
import json
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
from experiments import EXPERIMENTS, SEEDS, key_of

from pcloss_mmpose.comparison.bootstrap import bootstrap_intervals
from pcloss_mmpose.comparison.measures import AVERAGE
from pcloss_mmpose.comparison.run import Run

FOLDER = Path(__file__).resolve().parent / 'results'
HEADER = [
    'row', 'seeds', 'NE val', 'NE test', '+-', '%', '95 % interval',
    'outliers', '%', 'duplicates', '%'
]


def store(line: dict, run: Run) -> None:
    """Keep the figures of a model, and the errors of its test images."""
    errors = FOLDER / 'errors'
    errors.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        errors / f'{line["key"]}.npz',
        test=run.distances().astype(np.float16),
        pooled=run.pooled)
    with open(FOLDER / 'ablation.jsonl', 'a') as file:
        file.write(json.dumps(line) + '\n')


def read() -> List[dict]:
    """All lines, the oldest first."""
    file = FOLDER / 'ablation.jsonl'
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text().splitlines()]


@lru_cache(maxsize=None)
def read_errors(key: str) -> Tuple[np.ndarray, bool]:
    """Test errors (N, K) as fractions of the norm, whether NE pools them."""
    file = np.load(FOLDER / f'errors/{key}.npz')
    return file['test'].astype(float), bool(file['pooled'])


def find(name: str) -> Dict[str, Dict[int, dict]]:
    """Of each row of an experiment that has any, its lines by seed."""
    lines = {line['key']: line for line in read()}  # the last one counts
    found = {}
    for row, settings in EXPERIMENTS[name].items():
        keys = {seed: key_of(settings, seed) for seed in SEEDS}
        found[row] = {s: lines[k] for s, k in keys.items() if k in lines}
    return {row: of for row, of in found.items() if of}


def title(name: str) -> str:
    row = next(iter(EXPERIMENTS[name].values()))
    return f'{name}: {row.num} training images, {row.epochs} epochs'


def tabulate(name: str) -> List[List[str]]:
    """Header and rows, each against the first one; empty without that one.

    Of the seeds that both have; intervals are paired by test image.
    """
    found = find(name)
    first = found.get(next(iter(EXPERIMENTS[name])))
    if not first:
        return []
    table = [HEADER]
    for row, lines in found.items():
        seeds = sorted(set(lines) & set(first))
        if seeds:
            table.append([
                row,
                str(len(seeds)),
                *_compare([first[s] for s in seeds],
                          [lines[s] for s in seeds])
            ])
    return table


def _compare(first, lines):
    """Means of a row, and the differences to the first one's."""
    same = lines[0]['key'] == first[0]['key']

    def mean(of, what, split='test'):
        return float(np.mean([line[split][what] for line in of]))

    def change(what):
        base = mean(first, what)
        return '' if same or not base else (
            f'{100 * (mean(lines, what) / base - 1):+.1f}')

    spread = interval = ''
    if len(lines) > 1:
        spread = np.std([line['test'][AVERAGE] for line in lines], ddof=1)
        spread = f'{spread:.3f}'
    if not same:
        low, high = _interval(first, lines) / mean(first, AVERAGE)
        interval = f'{low:+.1f} to {high:+.1f}'
    return [
        f'{mean(lines, AVERAGE, "val"):.3f}', f'{mean(lines, AVERAGE):.3f}',
        spread,
        change(AVERAGE), interval, f'{mean(lines, "outliers"):.2f}',
        change('outliers'), f'{mean(lines, "duplicates"):.3f}',
        change('duplicates')
    ]


def _interval(first, lines):
    """Of the difference of NE: a hundred times percent of the norm."""
    errors = [[read_errors(line['key']) for line in of]
              for of in (first, lines)]
    pooled = errors[0][0][1]
    errors = [[e for e, _ in of] for of in errors]
    images = range(len(errors[0][0]))
    return 1e4 * bootstrap_intervals(errors, images, pooled=pooled)[0]
