"""Bring docs/ablation.md up to date with the stored results.

Tables stand between `<!-- NAME -->` and `<!-- end -->` on the page, where NAME
is an experiment, or gradients; the curves are docs/ablation.png.
"""
import argparse
import os
import re
import sys
from pathlib import Path

import gradients
import numpy as np
import results
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmpose.utils import register_all_modules

PAGE = Path(__file__).resolve().parents[1] / 'docs/ablation.md'
MARKED = re.compile(r'(<!-- (\S+) -->\n).*?(<!-- end -->)', re.S)
# Okabe and Ito: distinct for the colour-blind.
COLOURS = {
    'baseline': '#000000',
    'pc': '#e69f00',
    'pc-skel': '#0072b2',
    'stock codec': '#999999'
}


def markdown(name: str) -> str:
    """The table of an experiment, or of the slopes."""
    table = (
        gradients.tabulate()
        if name == 'gradients' else results.tabulate(name))
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


def draw_distributions(file: Path) -> None:
    """How many landmarks have at most which error, over all seeds."""
    chosen = ('garments', 'faces-plugin', 'regression')
    figure = Figure(figsize=(11, 3.2))
    for axis, name in zip(figure.subplots(1, len(chosen)), chosen):
        for row, lines in results.find(name).items():
            errors = np.concatenate(
                [results.read_errors(x['key'])[0].ravel()
                 for x in lines.values()])
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
    figure.tight_layout()
    FigureCanvasAgg(figure)
    part = file.with_suffix('.part')
    figure.savefig(part, format='png', dpi=100)
    os.replace(part, file)


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    register_all_modules()
    draw_distributions(PAGE.with_suffix('.png'))
    part = PAGE.with_suffix('.part')
    part.write_text(fill(PAGE.read_text()))
    os.replace(part, PAGE)


if __name__ == '__main__':
    main()
