"""Position Constraint Loss for MMPose.

Importing the package registers its classes in MMPose's registries:
``custom_imports = dict(imports=['pcloss_mmpose'])`` in a config.
"""
from . import codecs, datasets, evaluation, models  # noqa: F401
from .version import __version__

__all__ = ['__version__']
