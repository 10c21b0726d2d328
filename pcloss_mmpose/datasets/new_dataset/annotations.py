"""What the exports of annotation tools have in common."""
import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

Point = Tuple[float, float, int]
Box = Tuple[float, float, float, float]


class Instance(NamedTuple):
    """An annotated object.

    Attributes:
        category (str): Its type, such as ``'shirt'``.
        points (dict[str, tuple]): Landmark -> x, y in pixels of the picture as
            it is displayed, and COCO's visibility, 1 occluded, 2 visible.
        box (tuple, optional): x, y, width and height, if annotated.
        place (str): Where it stands, for messages.
    """
    category: str
    points: Dict[str, Point]
    box: Optional[Box]
    place: str


class Picture(NamedTuple):
    """An annotated picture.

    Attributes:
        file (str): As the export names it, with ``/``.
        size (tuple, optional): Width and height, as the export has them.
        instances (list[Instance]): Its objects.
        columns (dict): What else the export says of the picture.
    """
    file: str
    size: Optional[Tuple[int, int]]
    instances: List[Instance]
    columns: Dict[str, Any]


class Annotations(NamedTuple):
    """An export.

    Attributes:
        landmarks (dict[str, list[str]]): Category -> the names of its
            landmarks. Equal names in two categories are one landmark.
        skeleton (list[tuple[str, str]]): Pairs of landmarks to be linked.
        pictures (list[Picture]): At least one.
        left_out (list[str]): What was not taken, counted.
    """
    landmarks: Dict[str, List[str]]
    skeleton: List[Tuple[str, str]]
    pictures: List[Picture]
    left_out: List[str]

    @property
    def names(self) -> List[str]:
        """All landmarks, in the order in which they first come."""
        return list(
            dict.fromkeys(name for names in self.landmarks.values()
                          for name in names))


def read_json(path: Path) -> Any:
    """The content of a json file, with or without a byte order mark."""
    try:
        return json.loads(path.read_bytes().decode('utf-8-sig'))
    except ValueError as error:
        raise ValueError(f'{path}: not json: {error}') from None


def listed(names: Sequence[str]) -> str:
    """Names for a message, of many the first and the last."""
    if len(names) > 12:
        names = [*names[:10], '...', names[-1]]
    return ', '.join(names)


def number(value: Any, place: str) -> float:
    """A finite number, which some exports write as text."""
    try:
        found = float(value)
        if abs(found) < float('inf'):
            return found
    except (TypeError, ValueError):
        pass
    raise ValueError(f'{place}: must be a number, found {value!r}')


def add_point(points: Dict[str, Point], name: str, point: Point,
              place: str) -> None:
    """Take a landmark, which an object has once."""
    if name in points:
        raise ValueError(f'{place}: has the landmark {name!r} twice: give '
                         'each object a box or a group of its own, or delete '
                         'one')
    points[name] = point


def landmarks_of(pictures: List[Picture]) -> Dict[str, List[str]]:
    """Category -> its landmarks by name, where no list of them is given."""
    found: Dict[str, set] = {}
    for picture in pictures:
        for instance in picture.instances:
            found.setdefault(instance.category, set()).update(instance.points)
    return {category: sorted(names) for category, names in found.items()}
