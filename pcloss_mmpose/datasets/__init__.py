from .deepfashion2_annos_dataset import DeepFashion2AnnosDataset
from .deepfashion_c_dataset import DeepFashionCDataset
from .fashionai_dataset import FashionAIDataset
from .fld_dataset import FLDDataset
from .transforms import GenerateWeightedTarget, LoadGarmentImage

__all__ = [
    'DeepFashion2AnnosDataset', 'DeepFashionCDataset', 'FLDDataset',
    'FashionAIDataset', 'GenerateWeightedTarget', 'LoadGarmentImage'
]
