"""What a layout has to say: its pictures' names and its annotation files."""
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from ..scene import Recipe, Scene

Split = Dict[str, float]
_GOLDEN = (5**.5 - 1) / 2


def part_of(index: int, split: Split) -> str:
    """Part of picture ``index``.

    The golden-ratio sequence spreads the parts evenly, whatever the number of
    pictures, and a picture keeps its part when the set grows.
    """
    u = (index + .5) * _GOLDEN % 1
    for part, share in split.items():
        u -= share
        if u < 0:
            return part
    return part


class BaseLayout:
    """An official layout on disk; a new one is a subclass in ``LAYOUTS``.

    Attributes:
        recipe: What its pictures have in common.
    """
    recipe: Recipe

    def image(self, seed: int, index: int, category: str,
              split: Split) -> str:
        """Name of a picture relative to the set's folder."""
        raise NotImplementedError

    def record(self, scene: Scene) -> Any:
        """What the annotations need of a planned picture."""
        return scene._replace(layers=())

    def files(self, num: int, split: Split) -> List[str]:
        """Annotation files in the order in which they are to be written."""
        raise NotImplementedError

    def texts(self, seed: int, records: Sequence[Any],
              split: Split) -> Dict[str, str]:
        """Contents of the annotation files."""
        raise NotImplementedError

    def read(self, root: Path) -> Iterator[Tuple[str, np.ndarray, List]]:
        """A set's pictures: name, rows of v, x, y, and boxes.

        v is 0 visible, 1 occluded, 2 cut off; boxes are x1, y1, x2, y2.
        """
        raise NotImplementedError
