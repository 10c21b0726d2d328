"""Bring the pages of docs/ with tables up to date with stored results.

Tables stand between `<!-- NAME -->` and `<!-- end -->` on the pages, where
NAME is an experiment, gradients, outliers, or a table of speed_tables.py or
of reliability/tables.py; the curves are docs/ablation.png.
"""
import argparse
import re
import sys
from functools import partial
from pathlib import Path

import gradients
import numpy as np
import results
import speed_tables
from ablation import WORK
from experiments import EXPERIMENTS, build_config, key_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmpose.utils import register_all_modules
from reliability import tables as reliability_tables

from pcloss_mmpose.comparison import draw_differences, read_models
from pcloss_mmpose.utils import replacing

DOCS = Path(__file__).resolve().parents[1] / 'docs'
PAGES = [
    page for kind in ('ablation', 'speed', 'reliability')
    for page in sorted(DOCS.glob(f'{kind}*.md'))
]
MARKED = re.compile(r'(<!-- (\S+) -->\n).*?(<!-- end -->)', re.S)
# Okabe and Ito: distinct for the colour-blind.
COLOURS = {
    'baseline': '#000000',
    'pc': '#e69f00',
    'pc-skel': '#0072b2',
    'stock codec': '#999999',
    'DARK': '#009e73'
}


def markdown(name: str) -> str:
    """The table of an experiment, of the slopes, or of what stays."""
    special = {
        'gradients': gradients.tabulate,
        'outliers': results.tabulate_outliers,
        **{
            table: partial(speed_tables.tabulate, table)
            for table in ('races', 'growths', 'epochs')
        },
        **{
            table: partial(reliability_tables.tabulate, table)
            for table in ('kills', 'full_disk', 'images', 'spikes',
                          'loss_steps', 'readers')
        }
    }
    table = special[name]() if name in special else results.tabulate(name)
    if not table:
        sys.exit(f'{name} has no results yet')
    header, *lines = table
    marks = ['---'] + ['---:'] * (len(header) - 1)
    return ''.join(f'| {" | ".join(cells)} |\n'
                   for cells in (header, marks, *lines))


def fill(page: str) -> str:
    """The page with today's tables."""
    return MARKED.sub(
        lambda found: found[1] + '\n' + markdown(found[2]) + '\n' + found[3],
        page)


def draw(file: Path) -> None:
    """Distributions of errors above, effects below."""
    figure = Figure(figsize=(11, 6.4))
    above, below = figure.subplots(2, 3)
    for axis, name in zip(above, ('garments', 'faces-plugin', 'regression')):
        _distributions(axis, name)
    for axis, name in zip(below, ('garments-beta', 'faces-beta')):
        _effects(axis, _betas(name))
        axis.set(title=name, xscale='log', xlabel='beta')
    _effects(below[2], _sizes())
    below[2].set(title='garments', xscale='log', xlabel='training images')
    figure.tight_layout()
    FigureCanvasAgg(figure)
    with replacing(file) as part:
        figure.savefig(part, format='png', dpi=100)


def _distributions(axis, name):
    """How many landmarks have at most which error, over all seeds."""
    for row, lines in results.find(name).items():
        errors = np.concatenate([
            results.read_errors(x['key'])[0].ravel() for x in lines.values()
        ])
        errors = np.sort(100 * errors[~np.isnan(errors)])
        share = 100 * np.arange(1, len(errors) + 1) / len(errors)
        step = max(1, len(errors) // 2000)
        axis.plot(
            errors[::step],
            share[::step],
            color=COLOURS[row],
            label=row,
            linewidth=1.2)
    axis.set(
        title=name,
        xlim=(0, 20),
        ylim=(0, 100),
        xlabel='error, % of the norm',
        ylabel='landmarks, %')
    axis.legend(loc='lower right')


def _betas(name):
    """Weight of the constraint, and its effect, of an experiment's rows."""
    rows = list(EXPERIMENTS[name])
    return [(build_config(EXPERIMENTS[name][row], 0).model.head.loss.beta,
             results.effect(*pair))
            for row, pair in results.pairs(name).items()
            if row != rows[0]]


def _sizes():
    """Training images, and the effect of the constraint."""
    return [(EXPERIMENTS[name]['pc'].num,
             results.effect(*results.pairs(name)['pc']))
            for name in ('garments-500', 'garments', 'garments-8000')]


def _effects(axis, points):
    """Change of NE, with its interval."""
    places, effects = zip(*sorted(points))
    change, low, high = np.transpose(effects)
    axis.errorbar(
        places,
        change,
        np.stack([change - low, high - change]),
        fmt='o-',
        color=COLOURS['pc-skel'],
        capsize=3)
    axis.axhline(0, color=COLOURS['baseline'], linewidth=.8)
    axis.set_ylabel('change of NE, %')


def draw_cases(file: Path) -> None:
    """Where regression with and without the constraint differ most."""
    runs = [
        f'{row}={WORK / key_of(EXPERIMENTS["regression"][row], 0)}/test.pkl'
        for row in ('baseline', 'pc')
    ]
    draw_differences(read_models(runs), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--cases',
        action='store_true',
        help='draw docs/ablation_cases.png as well, which takes the models '
        'of regression, seed 0, trained on this machine')
    args = parser.parse_args()
    register_all_modules()
    if args.cases:
        draw_cases(DOCS / 'ablation_cases.png')
    filled = {page: fill(page.read_text()) for page in PAGES}
    draw(DOCS / 'ablation.png')
    for page, text in filled.items():
        with replacing(page) as part:
            part.write_text(text)


if __name__ == '__main__':
    main()
