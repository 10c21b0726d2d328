"""Bring README.md and the pages of docs/ up to date with stored results.

Tables stand between `<!-- NAME -->` and `<!-- end -->` on the pages, where
NAME is an experiment, summary, gradients, outliers, or a table of
speed_tables.py or of reliability/tables.py; the curves are docs/ablation.png.
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
from experiments import EXPERIMENTS, key_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmpose.utils import register_all_modules
from reliability import tables as reliability_tables

from pcloss_mmpose.comparison import draw_differences, read_models
from pcloss_mmpose.models.losses.pc_loss import SHARE
from pcloss_mmpose.utils import palette, replacing

DOCS = Path(__file__).resolve().parents[1] / 'docs'
PAGES = [
    DOCS.parent / 'README.md',
    *(page for kind in ('ablation', 'speed', 'reliability')
      for page in sorted(DOCS.glob(f'{kind}*.md')))
]
MARKED = re.compile(r'(<!-- (\S+) -->\n).*?(<!-- end -->)', re.S)
COLOURS = (palette.BLACK, palette.ORANGE, palette.BLUE)
SHOWN = ('faces', 'garments-MSE', 'bodies')


def markdown(name: str) -> str:
    """The table of an experiment, of the slopes, or of what stays."""
    special = {
        'gradients': gradients.tabulate,
        'outliers': results.tabulate_outliers,
        'summary': results.tabulate_summary,
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
    """Distributions of errors, and what the weight does."""
    figure = Figure(figsize=(11, 6.4))
    *above, below = figure.subplots(2, 2).ravel()
    for axis, name in zip(above, SHOWN):
        _distributions(axis, name)
    for colour, name in zip(COLOURS, SHOWN):
        _effects(below, name, colour)
    below.axhline(0, color='#999999', linewidth=.8)
    below.set(
        title='weight of the constraint',
        xscale='log',
        xlim=(.4, 2.5),
        xlabel="share of the base loss's gradient",
        ylabel='change of NE, %')
    below.minorticks_off()
    below.set_xticks([.5, 1, 2], ['0.5', '1', '2'])
    below.legend()
    figure.tight_layout()
    FigureCanvasAgg(figure)
    with replacing(file) as part:
        figure.savefig(part, format='png', dpi=100)


def _distributions(axis, name):
    """How many landmarks have at most which error, over all seeds."""
    found = results.find(name)
    for row, colour in zip(('baseline', 'constraint'), COLOURS):
        errors = np.concatenate([
            results.read_errors(x['key'])[0].ravel()
            for x in found[row].values()
        ])
        errors = np.sort(100 * errors[~np.isnan(errors)])
        share = 100 * np.arange(1, len(errors) + 1) / len(errors)
        step = max(1, len(errors) // 2000)
        axis.plot(
            errors[::step],
            share[::step],
            color=colour,
            label=row,
            linewidth=1.2)
    axis.set(
        title=name,
        xlim=(0, 20),
        ylim=(0, 100),
        xlabel='error, % of the norm',
        ylabel='landmarks, %')
    axis.legend(loc='lower right')


def _effects(axis, name, colour):
    """Change of NE by the share, with its interval."""
    points = sorted((pc.get('share', SHARE), *results.effect(*pair))
                    for row, pair in results.pairs(name).items()
                    for pc in [EXPERIMENTS[name][row].pc]
                    if pc is not None and {*pc} <= {'share'})
    shares, change, low, high = np.transpose(points)
    axis.errorbar(
        shares,
        change,
        np.stack([change - low, high - change]),
        fmt='o-',
        color=colour,
        label=name,
        capsize=3)


def draw_cases(file: Path) -> None:
    """Where coordinates with and without the constraint differ most."""
    runs = [
        f'{row}={WORK / key_of(EXPERIMENTS["garments-MSE"][row], 0)}/test.pkl'
        for row in ('baseline', 'constraint')
    ]
    draw_differences(read_models(runs), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--cases',
        action='store_true',
        help='draw docs/ablation_cases.png as well, which takes the models '
        'of garments-MSE, seed 0, trained on this machine')
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
