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


def pairs(name: str) -> Dict[str, Tuple[List[dict], List[dict]]]:
    """Of each row, the first one's lines and its own, of the seeds of both."""
    found = find(name)
    first = found.get(next(iter(EXPERIMENTS[name])), {})
    seeds = {row: sorted({*lines} & {*first}) for row, lines in found.items()}
    return {
        row: ([first[s] for s in seeds[row]], [lines[s] for s in seeds[row]])
        for row, lines in found.items() if seeds[row]
    }


def tabulate(name: str) -> List[List[str]]:
    """Header and rows, each against the first one; empty without that one.

    Of the seeds that both have; intervals are paired by test image.
    """
    table = [[row, str(len(lines)), *_compare(first, lines)]
             for row, (first, lines) in pairs(name).items()]
    return table and [HEADER, *table]


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
        _, low, high = effect(first, lines)
        interval = f'{low:+.1f} to {high:+.1f}'
    return [
        f'{mean(lines, AVERAGE, "val"):.3f}', f'{mean(lines, AVERAGE):.3f}',
        spread,
        change(AVERAGE), interval, f'{mean(lines, "outliers"):.2f}',
        change('outliers'), f'{mean(lines, "duplicates"):.3f}',
        change('duplicates')
    ]


def effect(first: List[dict], lines: List[dict]) -> Tuple[float, ...]:
    """Difference of NE to the first row's, of which it is percent.

    Returns:
        tuple: Difference, low and high end of its 95 % interval.
    """
    errors = [[read_errors(line['key']) for line in of]
              for of in (first, lines)]
    pooled = errors[0][0][1]
    errors = [[e for e, _ in of] for of in errors]
    images = range(len(errors[0][0]))
    low, high = bootstrap_intervals(errors, images, pooled=pooled)[0]
    base, new = (
        np.mean([line['test'][AVERAGE] for line in of])
        for of in (first, lines))
    return 100 * (new / base - 1), 1e4 * low / base, 1e4 * high / base
