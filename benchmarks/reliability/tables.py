"""Stored results as tables of text, for docs/reliability.md."""
import json
from pathlib import Path
from typing import List

RESULTS = Path(__file__).resolve().parents[1] / 'results/reliability'


def tabulate(name: str) -> List[List[str]]:
    """Header and rows; empty where nothing is stored."""
    file = RESULTS / f'{name}.json'
    if not file.exists():
        return []
    return globals()[f'_{name}'](json.loads(file.read_text()))


def _yes(value) -> str:
    return 'yes' if value else 'no'


def _kills(rows):
    table = [['killed', 'hooks', 'kills', 'broken files then',
              'resumed to the end', 'same weights', 'same best model']]
    for row in rows:
        broken = ', '.join(sorted({f.split(',')[0] for f in row['broken']}))
        table.append([
            row['what'], row['hooks'], str(row['kills']), broken or 'none',
            _yes(row['code'] == 0), _yes(row['equal']),
            _yes(row['best_equal'])
        ])
    return table


def _full_disk(rows):
    table = [['what was written', 'hooks', 'exit code', 'traceback',
              'broken files', 'left-overs', 'the same command goes on']]
    for row in rows:
        goes_on = _yes(row['code_after'] == 0)
        if 'equal' in row and row['equal']:
            goes_on += ', to the same weights'
        table.append([
            row['what'], row['hooks'], str(row['code']),
            _yes(row['traceback']), ', '.join(row.get('broken', ())) or 'none',
            str(len(row['parts'])), goes_on
        ])
    return table


def _images(rows):
    table = [['image', 'LoadGarmentImage', 'LoadImage', 's', 'MB']]
    for row in rows:
        ours = row['ours']
        table.append([
            row['what'], _read(ours), _read(row['stock']),
            f'{ours["seconds"]:.2f}', str(ours['mb'])
        ])
    return table


def _read(result):
    if 'read' in result:
        height, width, channels = result['read']
        return f'{width}x{height}, {channels} channels'
    if result['error'] == 'Fault':
        text = result['message'].split(': ', 1)[1]
        limit = 'pixels <= CV_IO_MAX_IMAGE_PIXELS'
        return f'refused: {limit if limit in text else text}'
    return result['error']


def _spikes(rows):
    """Values that ended alike in one row."""
    table = [['spoilt', 'value', 'model', 'hooks', 'how it ended',
              'checkpoints', 'finite']]
    values = {}
    for row in rows:
        ended = row['ended'].split('; images')[0].split('; this')[0]
        if ended.startswith('ValueError'):
            ended = 'the metric refused NaN'
        if row['warnings']:
            ended += ', with a warning'
        key = (dict(img='pixels', keypoints='landmarks')[row['of']],
               row['model'], row['hooks'], ended.replace('Fault: ', ''),
               str(row['checkpoints']),
               _yes(row['finite'] and row['optimizer_finite']))
        values.setdefault(key, []).append(row['value'])
    for (spoilt, *rest), of in values.items():
        table.append([spoilt, ', '.join(of), *rest])
    return table


def _loss_steps(rows):
    table = [['form', 'of', 'type', 'steps', 'losses not finite',
              'gradients not finite', 'with a constraint of zero']]
    for row in rows:
        table.append([
            row['form'], row['of'], row['type'], f'{row["steps"]:,}',
            str(row['loss']), str(row['gradient']),
            f'{row["constraint_zero"]:,}'
        ])
    total = [sum(r[k] for r in rows)
             for k in ('steps', 'loss', 'gradient', 'constraint_zero')]
    return [*table, ['all', '', '', *(f'{n:,}' for n in total)]]


def _readers(rows):
    keys = ('tried', 'read', 'refused', 'crashed', 'silently_wrong')
    table = [['files', *(k.replace('_', ' ') for k in keys), 's']]
    for row in rows:
        table.append([row['what'], *(f'{row[k]:,}' for k in keys),
                      f'{row["seconds"]:.0f}'])
    return table
