"""Runs side by side, as the paper's tables."""
from typing import Sequence

import numpy as np

from .run import Run


def comparison_table(runs: Sequence[Run]) -> str:
    """Markdown table of runs on the same test set.

    One row a landmark, then the average, outliers, duplicates and training
    time; one column a run, and its difference to the first.

    Args:
        runs (Sequence[Run]): At least two, the baseline first.

    Returns:
        str: The table, errors in percent of the box.

    Raises:
        ValueError: If the runs are not over the same images.
    """
    first = runs[0]
    images = [s['img_path'] for s in first.samples]
    for run in runs[1:]:
        if [s['img_path'] for s in run.samples] != images:
            raise ValueError(f'{run.name} and {first.name} were tested on '
                             'different images')
    names = [
        key for key in first.results
        if key.startswith('NE/') and not key.startswith('NE/num_')
    ]
    rows = [(key[3:], [100 * run.results[key] for run in runs], '.2f')
            for key in names]
    for label, key in (('**NE (avg.)**', 'NE'), ('outliers', 'outlier_rate'),
                       ('duplicates', 'duplicate_rate')):
        digits = '.3f' if key == 'duplicate_rate' else '.2f'
        rows.append((label, [100 * run.results[key] for run in runs], digits))
    rows.append(('training, minutes', [run.train_seconds / 60
                                       for run in runs], '.1f'))

    header = ['error, % of the box', first.name]
    for run in runs[1:]:
        header += [run.name, 'difference']
    body = []
    for label, values, digits in rows:
        cells = [label, format(values[0], digits)]
        for value in values[1:]:
            change = value - values[0]
            relative = ('' if not values[0] else
                        f' ({100 * change / values[0]:+.1f} %)')
            cells += [
                format(value, digits),
                format(change, '+' + digits) + relative
            ]
        body.append(cells)
    widths = np.max([[len(c) for c in cells] for cells in [header, *body]], 0)

    def line(cells):
        return '| ' + ' | '.join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))) + ' |'

    rule = '|' + '|'.join(
        '-' * (width + 2) if i == 0 else '-' * (width + 1) + ':'
        for i, width in enumerate(widths)) + '|'
    counts = (f"{first.results['NE/num_images']} test images, "
              f"{first.results['NE/num_landmarks']} visible landmarks; "
              'outlier: error over 10 % of the box; duplicate: a pair of '
              'landmarks predicted within 2 % of each other that is not')
    return '\n'.join([line(header), rule, *map(line, body), '', counts]) + '\n'
