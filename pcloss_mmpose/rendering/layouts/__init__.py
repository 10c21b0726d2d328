from .base import BaseLayout, Split, part_of
from .fashionai import FashionAILayout
from .lists import ListLayout

LAYOUTS = {
    'fld': ListLayout(variation=True),
    'deepfashion_c': ListLayout(variation=False),
    'fashionai': FashionAILayout(),
}

__all__ = ['LAYOUTS', 'BaseLayout', 'Split', 'part_of']
