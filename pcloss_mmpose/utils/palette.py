"""Colours that stay distinct for the colour-blind (Okabe and Ito)."""
from typing import Tuple

BLACK = '#000000'
ORANGE = '#e69f00'
SKY = '#56b4e9'
GREEN = '#009e73'
BLUE = '#0072b2'
RED = '#d55e00'
PINK = '#cc79a7'


def rgb(colour: str) -> Tuple[int, int, int]:
    """Red, green and blue, each in [0, 255].

    Example:
        >>> from pcloss_mmpose.utils.palette import ORANGE, rgb
        >>> rgb(ORANGE)
        (230, 159, 0)
    """
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
