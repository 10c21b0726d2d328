"""What a layout has to say: its pictures' names and its annotation files."""
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

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

    It has ``recipe``, what its pictures have in common, and all the methods
    but ``record``.
    """
    recipe: Recipe

    def image(self, seed: int, index: int, category: str, split: Split) -> str:
        """The name of a picture relative to the set's folder."""
        raise NotImplementedError

    def files(self, num: int, split: Split) -> List[str]:
        """Its annotation files in the order in which they are written."""
        raise NotImplementedError

    def texts(self, seed: int, records: Sequence,
              split: Split) -> Dict[str, str]:
        """The contents of the annotation files, by name."""
        raise NotImplementedError

    def read(self, root: Path) -> Iterator[tuple]:
        """For each picture of a set its name, rows of v, x, y, and boxes.

        v is 0 visible, 1 occluded, 2 cut off.
        """
        raise NotImplementedError

    def record(self, scene: Scene) -> Any:
        """What the annotations need of a planned picture."""
        return scene._replace(layers=())
