"""What a layout has to say: its pictures' names and its annotation files."""
from typing import Any, Dict

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

    It has ``recipe``, what its pictures have in common, and four methods:

    * ``image(seed, index, category, split)``: the name of a picture relative
      to the set's folder;
    * ``files(num, split)``: its annotation files in the order in which they
      are to be written;
    * ``texts(seed, records, split)``: their contents, by name;
    * ``read(root)``: for each picture of a set its name, rows of v, x, y and
      boxes; v is 0 visible, 1 occluded, 2 cut off.
    """
    recipe: Recipe

    def record(self, scene: Scene) -> Any:
        """What the annotations need of a planned picture."""
        return scene._replace(layers=())
