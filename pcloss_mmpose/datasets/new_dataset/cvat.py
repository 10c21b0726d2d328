"""CVAT's XML, "CVAT for images"."""
from pathlib import Path
from typing import Dict, List, Tuple
from xml.etree import ElementTree

from .annotations import Annotations, Instance, Picture, add_point, number
from .labelme import join


def read_cvat(path: Path) -> Annotations:
    """Read an ``annotations.xml`` of CVAT 1.1.

    A skeleton is an object, its points are landmarks; points by themselves
    are landmarks, and a box is that of an object: what belongs together has
    the same ``group_id``, else a landmark belongs to the box that holds it.
    Points with ``occluded`` are so, those ``outside`` are absent.

    Args:
        path (Path): The file.

    Raises:
        ValueError: Naming the file, the picture and the shape.
    """
    try:
        root = ElementTree.parse(str(path)).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f'{path}: not XML: {error}') from None
    images = root.findall('image')
    if root.tag != 'annotations' or not images:
        raise ValueError(f'{path}: must hold <annotations> with <image>: '
                         'export as "CVAT for images 1.1"')
    landmarks = _declared(root)
    pictures = []
    for image in images:
        place = f'{path}: image {image.get("name")}'
        width, height = (
            int(number(image.get(key), f'{place}: {key}'))
            for key in ('width', 'height'))
        instances = _instances(image, place)
        for instance in instances:
            names = landmarks.setdefault(instance.category, [])
            names += [name for name in instance.points if name not in names]
        pictures.append(
            Picture(
                str(image.get('name')).replace('\\', '/'), (width, height),
                instances, dict(image.attrib)))
    return Annotations({
        c: names
        for c, names in landmarks.items() if names
    }, [], pictures, [])


def _declared(root) -> Dict[str, List[str]]:
    """The landmarks of each skeleton, in the order of the task's labels."""
    landmarks: Dict[str, List[str]] = {}
    for label in root.iter('label'):
        if label.findtext('type') == 'skeleton':
            landmarks.setdefault(label.findtext('name') or '', [])
        elif label.findtext('parent'):
            landmarks.setdefault(label.findtext('parent'),
                                 []).append(label.findtext('name') or '')
    return landmarks


def _instances(image, place: str) -> List[Instance]:
    found = []
    points, boxes = [], []
    for shape in image:
        label, group = shape.get('label'), shape.get('group_id')
        where = f'{place}, {shape.tag} {label}'
        if shape.tag == 'skeleton':
            own: dict = {}
            for part in shape.findall('points'):
                if part.get('outside') != '1':
                    add_point(own,
                              part.get('label') or '', _point(part, where),
                              where)
            if own:
                found.append((label, own, group, where))
        elif shape.tag == 'points':
            points.append((label, _point(shape, where), group, where))
        elif shape.tag == 'box':
            x1, y1, x2, y2 = (
                number(shape.get(key), f'{where}: {key}')
                for key in ('xtl', 'ytl', 'xbr', 'ybr'))
            boxes.append((label, (x1, y1, x2 - x1, y2 - y1), group, where))
    instances = []
    for label, own, group, where in found:
        # a skeleton takes the box of its group
        box = next((b for b in boxes if group and b[2] == group), None)
        if box:
            boxes.remove(box)
        instances.append(Instance(label, own, box and box[1], where))
    return instances + join(points, boxes, place)


def _point(shape, place: str) -> Tuple[float, float, int]:
    text = shape.get('points') or ''
    if text.count(';') or text.count(',') != 1:
        raise ValueError(f'{place}: a landmark must be one point, found '
                         f'{text!r}')
    x, y = (number(value, place) for value in text.split(','))
    return x, y, 1 if shape.get('occluded') == '1' else 2
