"""Position Constraint Loss for MMPose.

Importing the package registers its classes in MMPose's registries:
``custom_imports = dict(imports=['pcloss_mmpose'])`` in a config. Beyond that,
``torch.load`` reads what mmengine writes; nothing else changes in a process.

Where MMPose is not installed nothing is registered, and what does without it
can be imported: :mod:`pcloss_mmpose.deploy` runs exported models.
"""
from .utils import find_mmpose
from .version import __version__

# Of an MMPose that is there but broken, its own error says what is wrong.
if find_mmpose() is not None:
    from . import codecs, datasets, engine, evaluation, models  # noqa: F401
    from .engine.checkpoints import accept_mmengine_checkpoints

    accept_mmengine_checkpoints()

__all__ = ['__version__']
