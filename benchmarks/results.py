"""What trained models left behind, and tables of it."""
import json
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

import numpy as np
from experiments import EXPERIMENTS, SEEDS, Row, identity

from pcloss_mmpose.comparison.bootstrap import bootstrap_intervals, error_ratio
from pcloss_mmpose.comparison.measures import AVERAGE
from pcloss_mmpose.comparison.run import Run

FOLDER = Path(__file__).resolve().parent / 'results'
HEADER = [
    'row', 'seeds', 'NE val', 'NE test', '+-', 'change, %', '95 % interval',
    'outliers', 'change, %', 'duplicates', 'change, %'
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


def line_of(row: Row, seed: int, lines: List[dict]) -> Optional[dict]:
    """The last one of a model, in whichever experiment it was trained."""
    wanted = identity(row, seed)
    for line in reversed(lines):
        if all(line[key] == value for key, value in wanted.items()):
            return line
    return None


def find(name: str) -> Dict[str, Dict[int, dict]]:
    """Of each row of an experiment that has any, its lines by seed."""
    lines, found = read(), {}
    for row, settings in EXPERIMENTS[name].items():
        of = {seed: line_of(settings, seed, lines) for seed in SEEDS}
        of = {seed: line for seed, line in of.items() if line}
        if of:
            found[row] = of
    return found


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

    Of the seeds that both have; intervals are paired by test image. Where
    these are not all of the first row's, its NE of them is in brackets.
    """
    table = []
    for row, (first, lines) in pairs(name).items():
        cells = _compare(first, lines)
        if table and str(len(first)) != table[0][1]:
            cells[1] += f' ({_mean(first, AVERAGE):.3f})'
        table.append([row, str(len(lines)), *cells])
    return table and [HEADER, *table]


def _mean(lines, what, split='test'):
    return float(np.mean([line[split][what] for line in lines]))


def _change(first, lines, what):
    """Of a mean, to the first row's, in percent."""
    return 100 * (_mean(lines, what) / _mean(first, what) - 1)


def _compare(first, lines):
    """Means of a row, and the differences to the first one's."""
    same = lines[0]['key'] == first[0]['key']

    def change(what):
        # The table shows less as 0.000 duplicates, which are one or two pairs.
        if same or _mean(first, what) < .0005:
            return ''
        return f'{_change(first, lines, what):+.1f}'

    spread = interval = ''
    if len(lines) > 1:
        spread = np.std([line['test'][AVERAGE] for line in lines], ddof=1)
        spread = f'{spread:.3f}'
    if not same:
        _, low, high = effect(first, lines)
        interval = f'{low:+.1f} to {high:+.1f}'
    return [
        f'{_mean(lines, AVERAGE, "val"):.3f}', f'{_mean(lines, AVERAGE):.3f}',
        spread,
        change(AVERAGE), interval, f'{_mean(lines, "outliers"):.2f}',
        change('outliers'), f'{_mean(lines, "duplicates"):.3f}',
        change('duplicates')
    ]


def effect(first: List[dict], lines: List[dict]) -> Tuple[float, ...]:
    """Difference of NE to the first row's in percent, low and high end."""
    errors = [[[error_ratio(*read_errors(line['key']))] for line in of]
              for of in (first, lines)]
    images = range(len(errors[0][0][0].top))
    low, high = bootstrap_intervals(errors, images)[0, 0]
    base = _mean(first, AVERAGE)
    change = _change(first, lines, AVERAGE)
    return change, 1e4 * low / base, 1e4 * high / base


#: experiment -> head, data, number of landmarks
SUMMARY: Dict[str, Tuple[str, str, Union[int, str]]] = {
    'faces': ('heatmaps', 'photographs of faces', 68),
    'faces-20': ('heatmaps', 'photographs of faces', 20),
    'faces-8': ('heatmaps', 'photographs of faces', 8),
    'faces-MSE': ('coordinates, MSE', 'photographs of faces', 68),
    'faces-L1': ('coordinates, L1', 'photographs of faces', 68),
    'faces-RLE': ('RLE', 'photographs of faces', 68),
    'faces-SimCC': ('SimCC', 'photographs of faces', 68),
    'faces-integral': ('integral regression', 'photographs of faces', 68),
    'garments': ('heatmaps', 'rendered garments', 8),
    'garments-MSE': ('coordinates, MSE', 'rendered garments', 8),
    'deepfashion2': ('heatmaps', 'rendered garments', '8 to 39'),
    'street': ('heatmaps', 'street photographs', 4),
    'street-MSE': ('coordinates, MSE', 'street photographs', 4),
    'street-ImageNet': ('heatmaps, from ImageNet', 'street photographs', 4),
    'bodies': ('heatmaps', 'photographs of bodies', 14),
    'bodies-MSE': ('coordinates, MSE', 'photographs of bodies', 14),
    'bodies-ImageNet': ('heatmaps, from ImageNet', 'photographs of bodies',
                        14),
    'faces-ResNet-50': ('heatmaps, ResNet-50', 'photographs of faces', 68),
    'bodies-ResNet-50': ('heatmaps, ResNet-50', 'photographs of bodies', 14),
    'street-ImageNet-large': ('heatmaps of 64 x 48, from ImageNet',
                              'street photographs', 4),
    'bodies-ImageNet-large': ('heatmaps of 64 x 48, from ImageNet',
                              'photographs of bodies', 14),
}


def tabulate_summary() -> List[List[str]]:
    """What the default settings bring, of each experiment that is done."""
    table = [[
        'head', 'data', 'landmarks', 'NE', 'with PCLoss', 'change of NE, %',
        '95 % interval', 'each seed', 'outliers, %', 'duplicates, %'
    ]]
    for name, (head, data, number) in SUMMARY.items():
        first, lines = pairs(name).get('constraint', ([], []))
        if lines:
            base = _mean(first, AVERAGE)
            _, new, _, change, interval, _, outliers, _, duplicates = _compare(
                first, lines)
            each = (_change([a], [b], AVERAGE) for a, b in zip(first, lines))
            table.append([
                head, data,
                str(number), f'{base:.3f}', new, change, interval,
                ', '.join(f'{x:+.1f}' for x in each), outliers, duplicates
            ])
    return table


def tabulate_outliers() -> List[List[str]]:
    """How many of a baseline's outliers other models have as well.

    Over all pairs of a baseline with a model of another seed, so that what
    two seeds have in common, the start and the order of images, counts for
    no row. Experiments without such pairs are not in it.
    """
    table = [['experiment', 'the other model', 'stay', 'go', 'come']]
    for name in ('faces', 'garments-MSE', 'bodies'):
        for row, (first, lines) in pairs(name).items():
            counts = np.zeros(3)
            for a in first:
                for b in lines:
                    if a['seed'] != b['seed']:
                        old, new = (
                            read_errors(x['key'])[0] > .1 for x in (a, b))
                        counts += [(old & new).sum(), (old & ~new).sum(),
                                   (new & ~old).sum()]
            if counts.any():
                counts *= 100 / counts[:2].sum()
                table.append([name, row, *(f'{x:.0f}' for x in counts)])
    return table
