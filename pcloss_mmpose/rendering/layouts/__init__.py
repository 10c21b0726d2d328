from .base import BaseLayout, Split, part_of
from .deepfashion2 import DeepFashion2Layout
from .fashionai import FashionAILayout
from .lists import ListLayout

LAYOUTS = {
    'fld': ListLayout(variation=True),
    'deepfashion_c': ListLayout(variation=False),
    'fashionai': FashionAILayout(),
    'deepfashion2': DeepFashion2Layout(),
}

__all__ = ['LAYOUTS', 'BaseLayout', 'Split', 'part_of']
