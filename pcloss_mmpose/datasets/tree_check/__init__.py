"""A check of a whole data set on disk, before a training finds out."""
from .check import TreeReport, check_tree
from .findings import Findings
from .list_tree import ListFormat
from .places import tree_formats
from .tree import Tree, TreeFormat

__all__ = [
    'Findings', 'ListFormat', 'Tree', 'TreeFormat', 'TreeReport', 'check_tree',
    'tree_formats'
]
