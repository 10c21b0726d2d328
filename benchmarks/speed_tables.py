"""Stored measurements as a table of text."""
import json
from pathlib import Path
from typing import List

RESULTS = Path(__file__).resolve().parent / 'results'


def read(device: str = 'cpu') -> dict:
    return json.loads((RESULTS / f'speed_{device}.json').read_text())


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (('s', 1), ('ms', 1e-3)):
        if seconds >= size:
            return f'{seconds / size:.3g} {unit}'
    return f'{seconds * 1e6:.3g} us'


def races(rows: List[dict]) -> List[List[str]]:
    """Header and rows: who is how much faster."""
    table = [['part', 'against', 'size', 'threads', 'ours', 'theirs', 'ratio']]
    for row in rows:
        sides = [duration(row[side]) for side in ('ours', 'theirs')]
        if 'mb' in row:
            sides = [f'{s}, {mb:.0f} MB' for s, mb in zip(sides, row['mb'])]
        ratio = row['ratio']
        table.append([
            row['part'], row['against'], row['size'],
            str(row['threads']), *sides,
            f'{ratio:.3f}' if .9 < ratio < 1.1 else f'{ratio:.3g}'
        ])
    return table


def tabulate() -> List[List[str]]:
    return races(read()['races'])


def costs() -> List[List[str]]:
    """Header and rows: what the models of model_costs.py take."""
    stored = json.loads((RESULTS / 'model_costs.json').read_text())
    header = ['model', 'input', 'batch', 'parameters', 'a step', 'memory']
    return [header] + [[
        row['model'], row['input'],
        str(row['batch']), f'{row["parameters"] / 1e6:.3g} M',
        duration(row['step_seconds']), f'{row["megabytes"] / 1024:.1f} GB'
    ] for row in stored['models']]
