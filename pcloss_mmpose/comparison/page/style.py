"""Colours and shapes that stand for the ground truth and for each model."""
from typing import Dict, List

from ...utils import palette

# Each has a shape as well as a colour.
# A shape is matplotlib's marker, and an SVG path about 0 of that look.
TRUTH = dict(color=palette.SKY, path='M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z')
_MODELS = [
    dict(color=palette.ORANGE, marker='D', path='M0-4.6L4.6 0L0 4.6L-4.6 0z'),
    dict(color=palette.GREEN, marker='^', path='M0-4.8L4.6 3.6H-4.6z'),
    dict(color=palette.PINK, marker='s', path='M-3.6-3.6H3.6V3.6H-3.6z'),
    dict(color=palette.RED, marker='v', path='M0 4.8L4.6-3.6H-4.6z'),
    dict(
        color=palette.BLUE,
        marker='p',
        path='M0-4.6L4.4-1.4L2.7 3.7H-2.7'
        'L-4.4-1.4z'),
]


def model_styles(number: int) -> List[Dict[str, str]]:
    """Colour, marker and path of each model; they repeat after five."""
    return [_MODELS[i % len(_MODELS)] for i in range(number)]
