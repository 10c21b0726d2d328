"""Position Constraint Loss for MMPose.

Importing the package registers its classes in MMPose's registries:
``custom_imports = dict(imports=['pcloss_mmpose'])`` in a config. Beyond that,
``torch.load`` reads what mmengine writes; nothing else changes in a process.
"""
from . import codecs, datasets, engine, evaluation, models  # noqa: F401
from .engine.checkpoints import accept_mmengine_checkpoints
from .version import __version__

accept_mmengine_checkpoints()

__all__ = ['__version__']
