"""Stored results, and tables of them for docs/results/reliability.md."""
import json
from pathlib import Path
from typing import List

from pcloss_mmpose.utils import replacing

RESULTS = Path(__file__).resolve().parents[1] / 'results/reliability'


def store(name: str, rows: List[dict]) -> None:
    with replacing(RESULTS / f'{name}.json') as part:
        part.write_text(json.dumps(rows, indent=1) + '\n')


def tabulate(name: str) -> List[List[str]]:
    """Header and rows of 'kills' or 'readers'."""
    rows = json.loads((RESULTS / f'{name}.json').read_text())
    return dict(kills=_kills, readers=_readers)[name](rows)


def _kills(rows):
    table = {}
    for row in rows:
        cells = table.setdefault(row['what'], [row['what'], '', ''])
        cells[1 + (row['hooks'] == 'stock')] = _outcome(row)
    return [['killed', "with the plugin's hooks", "with mmengine's hooks"],
            *table.values()]


def _outcome(row):
    broken = ' and '.join(sorted({*row['broken']}))
    found = [f'{broken} broken'] if broken else []
    if row['code']:
        found.append('cannot be resumed')
    else:
        found += ['other weights'] * (not row['equal'])
        found += ['another best model'] * (not row['best_equal'])
    return ', '.join(found) or 'as if undisturbed'


def _readers(rows):
    # What went wrong is a column where there is any.
    keys = [
        key for key in ('tried', 'read', 'refused', 'refused too much',
                        'crashed', 'silently wrong')
        if any(row.get(key) for row in rows)
    ]
    return [['files', *keys],
            *([row['what'], *(f'{row.get(k, 0):,}' for k in keys)]
              for row in rows)]
