"""Stored measurements as tables of text."""
import json
from pathlib import Path
from typing import List

RESULTS = Path(__file__).resolve().parent / 'results'


def read(device: str = 'cpu') -> dict:
    return json.loads((RESULTS / f'speed_{device}.json').read_text())


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (('s', 1), ('ms', 1e-3), ('us', 1e-6)):
        if seconds >= size or unit == 'us':
            return f'{seconds / size:.3g} {unit}'


def races(rows: List[dict]) -> List[List[str]]:
    """Header and rows: who is how much faster, and whether that is enough."""
    table = [['part', 'against', 'size', 'threads', 'ours', 'theirs',
              'ratio', 'bar', '']]
    for row in rows:
        ours, theirs = duration(row['ours']), duration(row.get('theirs', 0))
        if 'mb' in row:
            ours += f', {row["mb"][0]:.0f} MB'
            theirs += f', {row["mb"][1]:.0f} MB'
        ratio = row.get('ratio')
        table.append([
            row['part'], row['against'], row['size'],
            str(row['threads']), ours, theirs if ratio else '',
            _number(ratio), _number(row.get('bar')),
            {True: 'met', False: 'missed', None: ''}[row.get('met')]
        ])
    return table


def _number(value) -> str:
    if value is None:
        return ''
    return f'{value:.3f}' if .9 < value < 1.1 else f'{value:.3g}'


def growths(rows: List[dict]) -> List[List[str]]:
    """Header and rows: by which power time and memory grow."""
    table = [['part', 'what grows', 'from', 'to', 'time there',
              'time grows by the power', 'memory by']]
    for row in rows:
        memory = row['memory_exponent']
        table.append([
            row['part'], row['of'], f'{row["sizes"][0]:,}',
            f'{row["sizes"][-1]:,}', duration(row['seconds'][-1]),
            f'{row["time_exponent"]:.2f}',
            '' if memory is None else f'{memory:.2f}'
        ])
    return table


def epochs(rows: List[dict]) -> List[List[str]]:
    """Header and rows: memory after each epoch."""
    table = [['data set', 'annotations', 'workers', 'an epoch',
              'MB in all processes after each epoch']]
    for row in rows:
        table.append([
            row['part'], f'{row["annotations"]:,}',
            str(row['workers']), duration(min(row['seconds'])),
            ', '.join(f'{mb:.0f}' for mb in row['mb'])
        ])
    return table


def tabulate(name: str, device: str = 'cpu') -> List[List[str]]:
    """One of the tables of the stored measurements."""
    make = dict(races=races, growths=growths, epochs=epochs)[name]
    return make(read(device)[name])
