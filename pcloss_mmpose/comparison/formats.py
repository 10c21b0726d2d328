"""A comparison for the terminal, for documents and for programs."""
import csv
import io
import math
import re
import shutil
from typing import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable

from .paper import AVERAGE, PaperRow
from .table import Comparison, Table


def print_terminal(comparison: Comparison) -> None:
    """Print tables and notes, at least 100 columns wide."""
    console = print_tables(comparison.tables)
    for note in comparison.notes:
        console.print(note)


def print_tables(tables: Sequence[Table], width: int = 100) -> Console:
    """Print tables, at least so wide, and return where they stand."""
    width = max(width, shutil.get_terminal_size().columns)
    # no markup: a name may have brackets
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    for table in tables:
        rich = RichTable(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        for i, name in enumerate(table.header):
            # names of two words are wider than their figures
            rich.add_column(
                '\n'.join(name.rsplit(' ', 1)),
                justify='right' if i else 'left',
                vertical='bottom',
                overflow='fold')
        for row in table.rows:
            rich.add_row(*row)
        console.print(table.title, style='bold')
        console.print(rich)
    return console


def to_markdown(comparison: Comparison) -> str:
    """Tables as GitHub shows them, columns aligned in the text too."""
    parts = [
        f'**{t.title}**\n\n{_markdown_table(t)}' for t in comparison.tables
    ]
    return '\n\n'.join(parts + comparison.notes) + '\n'


def _markdown_table(table: Table) -> str:
    lines = [table.header, *table.rows]
    lines = [[
        re.sub('^  ', '&emsp;', cell).replace('|', '\\|') for cell in line
    ] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines)]

    def text(cells):
        return '| ' + ' | '.join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))) + ' |'

    rule = '|' + '|'.join('-' * (width + 1) + (':' if i else '-')
                          for i, width in enumerate(widths)) + '|'
    return '\n'.join([text(lines[0]), rule, *map(text, lines[1:])])


def to_latex(comparison: Comparison) -> str:
    """One ``table`` each, with the rules of the package booktabs."""
    parts = ['% needs \\usepackage{booktabs}']
    for table in comparison.tables:
        lines = [
            r'\begin{table}', r'\centering',
            rf'\caption{{{_latex(table.title)}}}',
            rf'\begin{{tabular}}{{l{"r" * (len(table.header) - 1)}}}',
            r'\toprule',
            _latex_row(table.header), r'\midrule'
        ]
        lines += map(_latex_row, table.rows)
        lines += [r'\bottomrule', r'\end{tabular}', r'\end{table}']
        parts.append('\n'.join(lines))
    parts += ['\n'.join(f'% {note}' for note in comparison.notes)]
    return '\n\n'.join(parts) + '\n'


def _latex_row(cells: Sequence[str]) -> str:
    return ' & '.join(map(_latex, cells)) + r' \\'


def _latex(text: str) -> str:
    text = re.sub(r'[\\{}]',
                  lambda m: {'\\': r'\textbackslash{}'}.get(m[0], '\\' + m[0]),
                  text)
    text = re.sub(r'[%_&#$]', r'\\\g<0>', text)
    text = text.replace('±', r'$\pm$').replace('~', r'\textasciitilde{}')
    text = re.sub(r'(?<!\w)([+-])(?=\d)', r'$\1$', text)
    return re.sub('^  ', r'\\quad ', text)


def to_csv(comparison: Comparison, paper: Sequence[PaperRow] = ()) -> str:
    """One row a figure and model, all digits, empty where there is none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator='\n')
    writer.writerow([
        'table', 'measure', 'model', 'seeds', 'value', 'std', 'difference',
        'difference_percent', 'low', 'high'
    ])

    def row(*cells):
        writer.writerow([
            '' if isinstance(c, float) and math.isnan(c) else c for c in cells
        ])

    for f in comparison.results:
        row(f.measure.table, f.measure.name, f.model, f.seeds, f.measure.value,
            f.std, f.difference, f.relative, f.low, f.high)
    for p in paper:
        for name, error in {**p.landmarks, AVERAGE: p.average}.items():
            row('landmarks', name, f'paper: {p.label}', '', error, *[''] * 5)
    return file.getvalue()
