"""Data sets of garment landmarks, and :mod:`.readers` of their files.

The readers can be imported without MMPose, the data sets cannot.
"""
from ..utils import find_mmpose

if find_mmpose() is not None:
    from .deepfashion2_annos_dataset import DeepFashion2AnnosDataset
    from .deepfashion_c_dataset import DeepFashionCDataset
    from .fashionai_dataset import FashionAIDataset
    from .fld_dataset import FLDDataset
    from .transforms import GenerateWeightedTarget, LoadGarmentImage

__all__ = [
    'DeepFashion2AnnosDataset', 'DeepFashionCDataset', 'FLDDataset',
    'FashionAIDataset', 'GenerateWeightedTarget', 'LoadGarmentImage'
]
