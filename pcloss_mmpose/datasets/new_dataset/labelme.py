"""A folder of labelme's jsons, one a picture."""
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from .annotations import (Annotations, Box, Instance, Picture, Point,
                          add_point, landmarks_of, number, read_json)


def read_labelme(folder: Path) -> Annotations:
    """Read all jsons below a folder.

    A point is a landmark, its label the name; a rectangle is the box of an
    object, its label the category. ``group_id`` says which belong together;
    without, a landmark belongs to the one rectangle that holds it, or to the
    only one. A point whose flag ``occluded`` is set is occluded.

    Args:
        folder (Path): Searched with its sub-folders.

    Raises:
        ValueError: Naming the file and the shape.
    """
    pictures = []
    for path in sorted(folder.rglob('*.json')):
        content = read_json(path)
        if not isinstance(content, dict) or 'shapes' not in content:
            raise ValueError(f"{path}: not a json of labelme: no 'shapes'")
        pictures.append(_picture(content, path, folder))
    return Annotations(landmarks_of(pictures), [], pictures, [])


def _picture(content: dict, path: Path, folder: Path) -> Picture:
    file = str(content.get('imagePath') or '').replace('\\', '/')
    if not file:
        raise ValueError(f'{path}: imagePath is absent')
    # relative to the json
    here = (path.parent / file).resolve()
    try:
        file = here.relative_to(folder.resolve()).as_posix()
    except ValueError:
        file = Path(file).name
    points: List[Tuple[str, Any, Any, str]] = []
    boxes = []
    for i, shape in enumerate(content['shapes']):
        place = f'{path}: shapes[{i}]'
        kind, label = shape.get('shape_type'), str(shape.get('label')).strip()
        group = shape.get('group_id')
        xy = [[number(value, place) for value in point]
              for point in shape.get('points') or []]
        if kind == 'point':
            flags = shape.get('flags') or {}
            points.append((label, (*xy[0], 1 if flags.get('occluded') else 2),
                           group, place))
        elif kind == 'rectangle':
            (x1, x2), (y1, y2) = (
                sorted(p[axis] for p in xy) for axis in (0, 1))
            boxes.append((label, (x1, y1, x2 - x1, y2 - y1), group, place))
        else:
            raise ValueError(f'{place}: shape_type must be point or '
                             f'rectangle, found {kind!r}')
    size = None
    if content.get('imageWidth') and content.get('imageHeight'):
        size = int(content['imageWidth']), int(content['imageHeight'])
    return Picture(file, size, join(points, boxes, str(path)), content)


def join(points: List[Tuple[str, Point, Any, str]],
         boxes: List[Tuple[str, Box, Any, str]], file: str) -> List[Instance]:
    """Objects from landmarks and boxes that a tool draws apart.

    Args:
        points (list): Name, point, group or None, and place of each landmark.
        boxes (list): Category, box, group or None, and place of each object.
        file (str): For messages.

    Returns:
        list[Instance]: Those with a landmark.

    Raises:
        ValueError: If it is not told which object a landmark belongs to.
    """
    groups: Dict[Any, Dict[str, Point]] = {}
    owner: Dict[Any, Tuple[str, Optional[Box], str]] = {}
    for i, (category, box, group, place) in enumerate(boxes):
        # a box without a group is one by itself
        key = ('box', i) if group is None else group
        if key in owner:
            raise ValueError(f'{place}: group {group} has two boxes')
        owner[key], groups[key] = (category, box, place), {}
    for name, point, group, place in points:
        key = group
        if group is None and boxes:
            holding = [k for k, (_, box, _) in owner.items()
                       if _holds(box, point)]  # yapf: disable
            if len(boxes) == 1:
                holding = list(owner)
            if len(holding) != 1:
                raise ValueError(
                    f'{place}: the landmark {name!r} lies in {len(holding)} '
                    'boxes and has no group that says to which it belongs')
            key = holding[0]
        owner.setdefault(key, ('object', None, file))
        add_point(groups.setdefault(key, {}), name, point, place)
    return [
        Instance(owner[key][0], found, owner[key][1], owner[key][2])
        for key, found in groups.items() if found
    ]


def _holds(box: Optional[Box], point: Point) -> bool:
    if box is None:
        return False
    x, y, w, h = box
    return x <= point[0] <= x + w and y <= point[1] <= y + h
