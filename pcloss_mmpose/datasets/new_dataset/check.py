"""What is wrong with an export, seen beside its pictures."""
import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from ..readers import image_size
from .annotations import Annotations, Box, Instance, Picture

# Of the longer side of the landmarks, what is added on each side of a box
# that they have to give.
PADDING = 0.1
# What a landmark may lie outside of its box or picture, in pixels.
SLACK = 2.
# What Label Studio puts before the name of an uploaded file.
_UPLOAD = re.compile('^[0-9a-f]{8}-(?=.)')


class Checked(NamedTuple):
    """An export and what was found.

    Attributes:
        pictures (list[Picture]): Those with an object; files relative to the
            folder of the pictures, the sizes those of the files, a box for
            each object.
        errors (list[str]): A sentence for each kind of fault.
        remarks (list[str]): What was coped with, counted.
    """
    pictures: List[Picture]
    errors: List[str]
    remarks: List[str]


def check_export(annotations: Annotations,
                 images: Path,
                 grow_boxes: bool = False,
                 advance: Callable[[], None] = lambda: None) -> Checked:
    """Look at each picture, landmark and box.

    Args:
        annotations (Annotations): The export.
        images (Path): The folder of its pictures.
        grow_boxes (bool): Whether a box that does not hold its landmarks is
            made to, which else is an error.
        advance (callable): Called for each picture.

    Returns:
        Checked: With errors, the pictures are not to be used.
    """
    faults: Dict[str, List[str]] = defaultdict(list)
    counts: Counter = Counter()
    pictures = []
    by_name = _files_by_name(images)
    seen = set()
    for picture in annotations.pictures:
        advance()
        if not picture.instances:
            counts['pictures without an object'] += 1
            continue
        file = _find(picture.file, images, by_name)
        if file is None:
            faults[f'not below {images}, or of several folders: give the '
                   'folder of the annotated pictures as --images'].append(
                       picture.file)
            continue
        if file in seen:
            faults['annotated twice: merge the annotations'].append(file)
            continue
        seen.add(file)
        try:
            size = image_size(str(images / file), decode=True)
        except ValueError as error:
            faults['cannot be read: replace it, or take it out of the '
                   'annotations'].append(str(error))
            continue
        if picture.size and picture.size != size:
            faults['of another size than annotated: give the pictures that '
                   'were annotated'].append(
                       '{} is {} x {}, annotated at {} x {}'.format(
                           file, *size, *picture.size))
        instances = [
            _with_box(instance, size, grow_boxes, faults, counts)
            for instance in picture.instances
        ]
        pictures.append(Picture(file, size, instances, picture.columns))
    used = {
        name
        for picture in pictures
        for instance in picture.instances
        for name in instance.points
    }
    for name in annotations.names:
        if name not in used and pictures:
            faults['in no picture: give --drop NAME'].append(repr(name))
    return Checked(
        pictures, [_sentence(fault, some) for fault, some in faults.items()],
        annotations.left_out + [f'{what}: {n}' for what, n in counts.items()])


def _sentence(fault: str, some: List[str]) -> str:
    examples = ', '.join(some[:3]) + ', ...' * (len(some) > 3)
    return f'{len(some)} {fault}: {examples}' if len(
        some) > 1 else f'{some[0]}: {fault}'


def _files_by_name(images: Path) -> Dict[str, Optional[str]]:
    """Path below the folder by name alone, None where two have it."""
    found: Dict[str, Optional[str]] = {}
    for folder, _, names in os.walk(images):
        for name in names:
            path = Path(folder, name).relative_to(images).as_posix()
            found[name] = None if name in found else path
    return found


def _find(file: str, images: Path,
          by_name: Dict[str, Optional[str]]) -> Optional[str]:
    inside = not os.path.isabs(file) and '..' not in file.split('/')
    if inside and (images / file).is_file():
        return Path(file).as_posix()
    name = Path(file).name
    return by_name.get(name) or by_name.get(_UPLOAD.sub('', name))


def _with_box(instance: Instance, size: Tuple[int, int], grow_boxes: bool,
              faults: dict, counts: Counter) -> Instance:
    xy = np.array([point[:2] for point in instance.points.values()])
    if ((xy < -SLACK) | (xy > np.add(size, SLACK))).any():
        counts['objects with a landmark outside of the picture'] += 1
    box = instance.box
    if box is None:
        counts[f'boxes from the landmarks, {PADDING:.0%} wider on each '
               'side'] += 1
        return instance._replace(box=_around(xy, size))
    corner = np.array(box[:2])
    outside = (xy < corner - SLACK) | (xy > corner + box[2:] + SLACK)
    if outside.any():
        if grow_boxes:
            counts['boxes made to hold their landmarks'] += 1
            low = np.minimum(corner, xy.min(0))
            high = np.maximum(corner + box[2:], xy.max(0))
            box = tuple((*low.tolist(), *(high - low).tolist()))
            return instance._replace(box=box)
        name = list(instance.points)[int(outside.any(1).argmax())]
        faults['a box that does not hold its landmarks: mend it, or give '
               '--grow-boxes'].append(f'{instance.place} ({name})')
    return instance


def _around(xy: np.ndarray, size: Tuple[int, int]) -> Box:
    low, high = xy.min(0), xy.max(0)
    pad = max(PADDING * float((high - low).max()), 1.)
    low = np.maximum(low - pad, 0)
    high = np.maximum(np.minimum(high + pad, size), low + 1)
    return tuple((*low.tolist(), *(high - low).tolist()))
