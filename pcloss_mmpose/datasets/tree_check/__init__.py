"""A check of a whole data set on disk, before a training finds out."""
from .check import LAYOUTS, TreeReport, check_tree

__all__ = ['LAYOUTS', 'TreeReport', 'check_tree']
