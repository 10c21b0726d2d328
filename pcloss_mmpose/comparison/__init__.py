"""Runs and the paper side by side."""
from .formats import print_terminal, to_csv, to_latex, to_markdown
from .page import write_page
from .paper import PaperRow, paper_rows, paper_rows_for
from .picture import draw_differences
from .run import Run, read_run
from .seeds import Model, read_models
from .table import Comparison, Table, compare

__all__ = [
    'Comparison', 'Model', 'PaperRow', 'Run', 'Table', 'compare',
    'draw_differences', 'paper_rows', 'paper_rows_for', 'print_terminal',
    'read_models', 'read_run', 'to_csv', 'to_latex', 'to_markdown',
    'write_page'
]
