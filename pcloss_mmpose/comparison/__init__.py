"""Runs and the paper side by side."""
from .paper import PaperRow, paper_rows
from .picture import draw_differences
from .run import Run, read_run
from .table import comparison_table

__all__ = [
    'PaperRow', 'Run', 'comparison_table', 'draw_differences', 'paper_rows',
    'read_run'
]
