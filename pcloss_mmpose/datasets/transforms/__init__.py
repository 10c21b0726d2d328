from .load_garment_image import LoadGarmentImage
from .weighted_target import GenerateWeightedTarget

__all__ = ['GenerateWeightedTarget', 'LoadGarmentImage']
