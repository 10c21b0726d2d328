"""Position Constraint Loss for MMPose.

Importing the package registers its classes in MMPose's registries:
``custom_imports = dict(imports=['pcloss_mmpose'])`` in a config.
"""
from . import codecs, datasets, engine, evaluation, models  # noqa: F401
from .engine.checkpoints import accept_mmengine_checkpoints
from .engine.faults import show_in_one_line
from .version import __version__

accept_mmengine_checkpoints()
show_in_one_line()

__all__ = ['__version__']
