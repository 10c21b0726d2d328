"""Rendered garments in the official layouts of fashion-landmark data sets.

Needs NumPy and OpenCV only: nothing in here imports torch or MMPose.
"""
from .contact_sheet import contact_sheet
from .dataset import SPLIT, render_dataset
from .writers import LAYOUTS

__all__ = ['LAYOUTS', 'SPLIT', 'contact_sheet', 'render_dataset']
