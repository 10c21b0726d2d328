"""Bring README.md and the pages of docs/ up to date with stored results.

Tables stand between `<!-- NAME -->` and `<!-- end -->` on any page, where
NAME is an experiment or a key of TABLES below; the curves are
docs/results/ablation.png.
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
from experiments import EXPERIMENTS
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmpose.utils import register_all_modules
from reliability import tables as reliability

from pcloss_mmpose.comparison import draw_differences, read_models
from pcloss_mmpose.models.losses.pc_loss import SHARE
from pcloss_mmpose.utils import palette, replacing

DOCS = Path(__file__).resolve().parents[1] / 'docs'
PICTURES = DOCS / 'results'
MARKED = re.compile(r'(<!-- (\S+) -->\n).*?(<!-- end -->)', re.S)
TABLES = {
    'gradients': gradients.tabulate,
    'outliers': results.tabulate_outliers,
    'summary': results.tabulate_summary,
    'races': speed_tables.tabulate,
    'model-costs': speed_tables.costs,
    'kills': partial(reliability.tabulate, 'kills'),
    'readers': partial(reliability.tabulate, 'readers'),
}
COLOURS = (palette.BLACK, palette.ORANGE, palette.BLUE)
SHOWN = ('faces', 'garments-MSE', 'bodies')
#: Of one kind, and of more and more landmarks.
GROWING = ('faces-8', 'faces-20', 'faces')


def pages():
    """The pages that have a table."""
    for page in [DOCS.parent / 'README.md', *sorted(DOCS.rglob('*.md'))]:
        if MARKED.search(page.read_text()):
            yield page


def markdown(name: str) -> str:
    """A table of TABLES, or that of an experiment."""
    table = TABLES.get(name, partial(results.tabulate, name))()
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


def draw(file: Path) -> Figure:
    """Distributions of errors, and what brings how much."""
    figure = Figure(figsize=(11, 6.4))
    growth = landmark_points()
    below = 'dddeee' if len(growth) > 1 else 'dddddd'
    axes = figure.subplot_mosaic(f'aabbcc\n{below}')
    for axis, name in zip((axes[x] for x in 'abc'), SHOWN):
        _distributions(axis, name)
    shares = {name: share_points(name) for name in SHOWN}
    _changes(axes['d'], shares, 'weight of the constraint',
             "share of the base loss's gradient")
    if 'e' in axes:
        _changes(axes['e'], {'faces': growth}, 'number of landmarks',
                 'landmarks')
    figure.tight_layout()
    FigureCanvasAgg(figure)
    with replacing(file) as part:
        figure.savefig(part, format='png', dpi=100)
    return figure


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


def share_points(name):
    """Of each weight: share, change of NE in % and its interval."""
    return sorted((pc.get('share', SHARE), *results.effect(*pair))
                  for row, pair in results.pairs(name).items()
                  for pc in [EXPERIMENTS[name][row].pc]
                  if pc is not None and {*pc} <= {'share'})


def landmark_points():
    """The same of each number of landmarks, with the default settings."""
    found = {name: results.pairs(name).get('constraint') for name in GROWING}
    return [(results.SUMMARY[name][-1], *results.effect(*pair))
            for name, pair in found.items() if pair]


def _changes(axis, curves, title, xlabel):
    """Curves of changes of NE, with their intervals."""
    ticks = sorted({x for points in curves.values() for x, *_ in points})
    for colour, (name, points) in zip(COLOURS, curves.items()):
        x, change, low, high = np.transpose(points)
        axis.errorbar(
            x,
            change,
            np.stack([change - low, high - change]),
            fmt='o-',
            color=colour,
            label=name,
            capsize=3)
    axis.axhline(0, color='#999999', linewidth=.8)
    axis.set(
        title=title, xscale='log', xlabel=xlabel, ylabel='change of NE, %')
    axis.minorticks_off()
    axis.set_xticks(ticks, [f'{x:g}' for x in ticks])
    axis.margins(x=.15)
    axis.legend()


def draw_cases(file: Path) -> None:
    """Where coordinates with and without the constraint differ most."""
    found = results.find('garments-MSE')
    draw_differences(
        read_models([
            f'{row}={WORK / found[row][0]["key"]}/test.pkl'
            for row in ('baseline', 'constraint')
        ]), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--cases',
        action='store_true',
        help='draw ablation_cases.png as well, which takes the models of '
        'garments-MSE, seed 0, trained on this machine')
    args = parser.parse_args()
    register_all_modules()
    if args.cases:
        draw_cases(PICTURES / 'ablation_cases.png')
    filled = {page: fill(page.read_text()) for page in pages()}
    draw(PICTURES / 'ablation.png')
    for page, text in filled.items():
        with replacing(page) as part:
            part.write_text(text)


if __name__ == '__main__':
    main()
