"""Key points in COCO's format, as CVAT, Roboflow and others export them."""
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Tuple

from .annotations import Annotations, Instance, Picture, number, read_json


def read_coco(path: Path) -> Annotations:
    """Read a json with ``images``, ``annotations`` and ``categories``.

    Ids may be numbers or text. A crowd, an object without key points, and a
    category without any are left out. A missing or empty ``bbox`` is none.

    Args:
        path (Path): The json.

    Raises:
        ValueError: Naming the file, the entry and the key.
    """
    content = read_json(path)
    categories = {}
    skeleton: Dict[Tuple[str, str], None] = {}  # an ordered set
    for i, entry in enumerate(_entries(content, 'categories', path)):
        place = f'{path}: categories[{i}]'
        name, names = entry.get('name'), entry.get('keypoints') or []
        if not isinstance(name, str):
            raise ValueError(f'{place}: name must be text, found {name!r}')
        if len(set(names)) != len(names):
            raise ValueError(f'{place}: keypoints has a name twice: {names}')
        names = [str(n).strip() for n in names]
        categories[_key(entry, 'id', place)] = name, names
        for link in entry.get('skeleton') or []:
            try:
                # counted from 1
                ends = [names[int(end) - 1] for end in link if int(end) > 0]
            except (IndexError, TypeError, ValueError):
                ends = []
            if len(ends) != 2:
                raise ValueError(f'{place}: skeleton links {link}, but its '
                                 f'keypoints are 1 to {len(names)}')
            skeleton[ends[0], ends[1]] = None
    instances: Dict[str, List[Instance]] = {}
    left_out: Counter = Counter()
    for i, entry in enumerate(_entries(content, 'annotations', path)):
        place = f'{path}: annotations[{i}]'
        key = _key(entry, 'category_id', place)
        if key not in categories:
            raise ValueError(f'{place}: category_id {key} is not among the '
                             f'categories, which are {", ".join(categories)}')
        category, names = categories[key]
        points = _points(entry.get('keypoints') or [], names, place)
        if entry.get('iscrowd') in (1, True):
            left_out['crowds'] += 1
        elif not points:
            left_out['objects without a landmark'] += 1
        else:
            image = _key(entry, 'image_id', place)
            instance = Instance(category, points, _box(entry, place), place)
            own = instances.setdefault(image, [])
            if any(instance[:3] == other[:3] for other in own):
                left_out['objects that repeat another one'] += 1
            else:
                own.append(instance)
    pictures = []
    ids = set()
    for i, entry in enumerate(_entries(content, 'images', path)):
        place = f'{path}: images[{i}]'
        image = _key(entry, 'id', place)
        if image in ids:
            raise ValueError(f'{place}: another image has the id {image} too: '
                             'merge exports with a tool that gives new ids')
        ids.add(image)
        file = entry.get('file_name')
        if not isinstance(file, str) or not file:
            raise ValueError(f'{place}: file_name must be text, found '
                             f'{file!r}')
        size = None
        if entry.get('width') and entry.get('height'):
            width, height = (
                int(number(entry[key], f'{place}: {key}'))
                for key in ('width', 'height'))
            size = width, height
        pictures.append(
            Picture(
                file.replace('\\', '/'), size,
                instances.pop(image, []), entry))
    if instances:
        image, some = next(iter(instances.items()))
        raise ValueError(f'{some[0].place}: image_id {image} is not among the '
                         'images')
    return Annotations(
        {
            name: names
            for name, names in categories.values() if names
        }, list(skeleton), pictures,
        [f'{what}: {n}' for what, n in left_out.items()])


def _entries(content: Any, key: str, path: Path) -> List[dict]:
    entries = content.get(key)
    if not isinstance(entries, list) or not all(
            isinstance(entry, dict) for entry in entries):
        raise ValueError(f'{path}: {key} must be a list of objects')
    return entries


def _key(entry: dict, name: str, place: str) -> str:
    """An id as text: some tools write 1 here and '1' there."""
    if entry.get(name) in (None, ''):
        raise ValueError(f'{place}: {name} is absent')
    return str(entry[name])


def _points(numbers: Any, names: List[str], place: str) -> dict:
    if numbers and not names:
        raise ValueError(f'{place}: has keypoints, but its category names '
                         "none: list their names as the category's keypoints")
    if len(numbers) not in (0, 3 * len(names)):
        raise ValueError(f'{place}: keypoints must be x, y, v of its '
                         f"category's {len(names)} landmarks, found "
                         f'{len(numbers)} numbers')
    points = {}
    for k, name in enumerate(names[:len(numbers) // 3]):
        x, y, v = numbers[3 * k:3 * k + 3]
        if v in (0, '0', None):
            continue
        where = f'{place}: keypoints, {name}'
        v = number(v, where)
        if v not in (1, 2):
            raise ValueError(f'{where}: v must be 0, 1 or 2, found {v:g}')
        points[name] = number(x, where), number(y, where), int(v)
    return points


def _box(entry: dict, place: str):
    box = entry.get('bbox')
    if not box or any(value is None for value in box):
        return None
    if len(box) != 4:
        raise ValueError(f'{place}: bbox must be x, y, width, height, found '
                         f'{box}')
    x, y, w, h = (number(value, f'{place}: bbox') for value in box)
    return (x, y, w, h) if w > 0 and h > 0 else None
