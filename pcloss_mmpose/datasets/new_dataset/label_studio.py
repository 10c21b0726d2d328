"""Label Studio's JSON."""
from pathlib import Path
from typing import Any, Dict, List
from urllib.parse import parse_qs, unquote, urlsplit

from .annotations import Annotations, Picture, landmarks_of, number
from .labelme import join


def read_label_studio(tasks: List[dict], path: Path) -> Annotations:
    """Read the tasks of an export: "JSON", not "JSON-MIN".

    A ``keypointlabels`` is a landmark, a ``rectanglelabels`` the box of an
    object. ``parentID`` says which belong together, else the box that holds
    the landmark, or the only one. Of a task the last annotation that was not
    cancelled counts. ``meta.text`` or a choice ``occluded`` of a landmark
    makes it occluded.

    Args:
        tasks (list[dict]): The content of the json.
        path (Path): For messages.

    Raises:
        ValueError: Naming the file, the task and the region.
    """
    pictures, cancelled, several = [], 0, 0
    for i, task in enumerate(tasks):
        place = f'{path}: task {task.get("id", i)}'
        if 'annotations' not in task:
            raise ValueError(f"{place}: has no 'annotations': export as "
                             'JSON, not as JSON-MIN')
        data = task.get('data') or {}
        url = next((data[key] for key in ('image', 'img', *data)
                    if isinstance(data.get(key), str)), None)
        if url is None:
            raise ValueError(f'{place}: data names no image')
        done = [
            a for a in task['annotations'] or [] if not a.get('was_cancelled')
        ]
        several += len(done) > 1
        if not done:
            cancelled += 1
            continue
        pictures.append(
            _picture(done[-1].get('result') or [], url, data, place))
    left_out = [
        f'tasks {what}: {number}'
        for number, what in ((cancelled, 'without an annotation'),
                             (several, 'with several annotations, of which '
                              'the last one counts')) if number
    ]
    return Annotations(landmarks_of(pictures), [], pictures, left_out)


def _picture(regions: List[dict], url: str, data: Dict[str, Any],
             place: str) -> Picture:
    size, points, boxes = None, [], []
    occluded = {
        region.get('id')
        for region in regions if 'occluded' in str(region.get('meta') or '') +
        str((region.get('value') or {}).get('choices') or '')
    }
    for region in regions:
        kind, value = region.get('type'), region.get('value') or {}
        where = f'{place}, region {region.get("id")}'
        if kind not in ('keypointlabels', 'rectanglelabels'):
            continue
        if region.get('image_rotation'):
            raise ValueError(f'{where}: the picture was turned in Label '
                             'Studio: turn the file itself')
        labels = value.get(kind) or []
        if len(labels) != 1:
            raise ValueError(f'{where}: must have one label, found {labels}')
        width, height = (
            int(number(region.get(key), f'{where}: {key}'))
            for key in ('original_width', 'original_height'))
        size = width, height
        # percent of the picture
        x, y = (number(value.get(key), f'{where}: {key}') * side / 100
                for key, side in zip('xy', size))
        if kind == 'keypointlabels':
            seen = 1 if region.get('id') in occluded else 2
            points.append(
                (labels[0], (x, y, seen), region.get('parentID'), where))
            continue
        if value.get('rotation'):
            raise ValueError(f'{where}: a rectangle must not be turned')
        w, h = (number(value.get(key), f'{where}: {key}') * side / 100
                for key, side in zip(('width', 'height'), size))
        boxes.append((labels[0], (x, y, w, h), region.get('id'), where))
    # a parent that is no rectangle is none
    known = {box[2] for box in boxes}
    points = [(name, point, group if group in known else None, where)
              for name, point, group, where in points]
    return Picture(_file(url), size, join(points, boxes, place), data)


def _file(url: str) -> str:
    """The file behind an address."""
    parts = urlsplit(url)
    local = parse_qs(parts.query).get('d')
    if local:  # a file of a local storage
        return local[0].replace('\\', '/').lstrip('/')
    return unquote(parts.path).rpartition('/')[2]
