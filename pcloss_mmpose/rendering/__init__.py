"""Rendered garments in the official layouts of fashion-landmark data sets.

Needs NumPy and OpenCV only, and nothing of the package around it: where that
one's folder is on the path, it is ``rendering``, without torch and MMPose.
"""
from .contact_sheet import contact_sheet
from .dataset import SPLIT, render_dataset
from .layouts import LAYOUTS

__all__ = ['LAYOUTS', 'SPLIT', 'contact_sheet', 'render_dataset']
