"""Reader of the FLD annotations that MMPose offers as COCO json."""
from typing import Dict, List, Optional

import numpy as np

from .coco_json import read_coco
from .image_names import find_bad_names
from .landmark_table import LandmarkTable
from .list_files import SLOTS
from .mistakes import (BAD_NAME, BAD_ROW, BAD_VISIBILITY, EMPTY_BOX, Report,
                       refuse)
from .text import LIMIT, quote

_NOT_NUMBERS = ('keypoints, bbox (4) and the width and height of the image '
                'must be numbers below ten million, the latter above 0')
_TYPE_OF_LENGTH = {3 * len(slots): c for c, slots in SLOTS.items()}


def read_fld_json(path: str, report: Report = refuse) -> LandmarkTable:
    """Read ``fld_{full,upper,lower}_{train,val,test}.json`` of MMPose.

    The garment type follows from the number of landmarks: 6 upper, 4 lower, 8
    full. Boxes are left as they are; MMPose's own data sets clip them to the
    last pixel of the image.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, annotations
            that can't be read are left out, and one with a wrong visibility
            has the category 0 and no landmarks.

    Returns:
        LandmarkTable: With 8 landmark slots, boxes and image sizes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the
            annotation.
    """
    coco = read_coco(path)
    images = _images_by_id(path, coco['images'], report)
    annotations: List[dict] = []
    sources: List[str] = []
    size = len(coco['annotations'])
    # in float64, which has each number of the file
    keypoints = np.zeros((size, 8, 3))
    categories = np.zeros(size, dtype=np.int64)
    boxes, sizes = np.zeros((size, 4)), np.zeros((size, 2))
    for i, ann in enumerate(coco['annotations']):
        n = len(annotations)
        source = f'{path}: annotation {quote(ann.get("id", f"number {i}"))}'
        mistake = _describe_annotation(ann, images)
        if not mistake:
            image = images[ann['image_id']]
            categories[n] = _TYPE_OF_LENGTH[len(ann['keypoints'])]
            try:
                keypoints[n, SLOTS[categories[n]]] = np.reshape(
                    ann['keypoints'], (-1, 3))
                boxes[n] = ann['bbox']
                sizes[n] = image['width'], image['height']
            except OverflowError:  # a whole number of 309 digits
                mistake = _NOT_NUMBERS
        if mistake:
            report(BAD_ROW, f'{source}: {mistake}')
        else:
            annotations.append(ann)
            sources.append(source)

    names = [images[ann['image_id']]['file_name'] for ann in annotations]
    bad = find_bad_names(names)
    for i, mistake in bad.items():
        report(BAD_NAME, f'{sources[i]}: {mistake}')
    numbers = np.concatenate([keypoints.reshape(size, 24), boxes, sizes],
                             axis=1)[:len(names)]
    wild = ~(abs(numbers) < LIMIT).all(axis=1) | (numbers[:, -2:] <= 0).any(1)
    for i in np.flatnonzero(wild):
        report(BAD_ROW, f'{sources[i]}: {_NOT_NUMBERS}')
    kept = [i for i in np.flatnonzero(~wild) if i not in bad]
    table = LandmarkTable(
        names=names,
        categories=categories[:len(names)],
        keypoints=keypoints[:len(names)],
        sources=sources,
        ids=np.array([ann['id'] for ann in annotations], dtype=np.int64),
        image_ids=np.array([ann['image_id'] for ann in annotations],
                           dtype=np.int64),
        boxes=boxes[:len(names)],
        sizes=sizes[:len(names)])
    if len(kept) < len(names):
        table = table.take(kept)
    return _check_meaning(table, report)


def _images_by_id(path: str, images: List[dict],
                  report: Report) -> Dict[int, dict]:
    found: Dict[int, dict] = {}
    for image in images:
        id_ = image.get('id')
        if type(id_) is int and found.setdefault(id_, image) != image:
            report(
                BAD_ROW, f'{path}: image {quote(id_)}: another image has the '
                'same id')
    return found


def _check_meaning(table: LandmarkTable, report: Report) -> LandmarkTable:
    """Check visibilities and boxes, and convert to those of the table."""
    # dense, and all there: numpy has no types here to tell
    keypoints: np.ndarray = table.keypoints
    boxes: np.ndarray = table.boxes
    sizes: np.ndarray = table.sizes
    bad = ~np.isin(keypoints[..., 2], (0, 1, 2))
    for row, slot in np.argwhere(bad):
        xyv = keypoints[row, slot].tolist()
        report(
            BAD_VISIBILITY, f'{table.sources[row]}: x, y, v = {xyv}, '
            'allowed are v = 0 (absent), 1 (occluded) or 2 (visible)')
    keypoints[bad.any(axis=1)] = 0
    table.categories[bad.any(axis=1)] = 0
    keypoints[keypoints[..., 2] == 0] = 0

    written = boxes.copy()
    boxes[:, 2:] += boxes[:, :2]
    boxes = boxes.astype(np.float32)  # may bring the corners together
    for i in np.flatnonzero((boxes[:, 2:] <= boxes[:, :2]).any(axis=1)):
        report(
            EMPTY_BOX, f'{table.sources[i]}: the box '
            f'[{", ".join(f"{v:g}" for v in written[i])}] (x, y, width, '
            'height) is empty')
    return table._replace(
        keypoints=keypoints.astype(np.float32),
        boxes=boxes,
        sizes=sizes.astype(np.float32))


def _describe_annotation(ann: dict, images: Dict[int, dict]) -> Optional[str]:
    """Say what makes an annotation unreadable, if anything does."""
    for key in ('id', 'image_id', 'keypoints', 'bbox'):
        if key not in ann:
            return f'the key {key} is missing'
    for key in ('id', 'image_id'):
        if type(ann[key]) is not int or abs(ann[key]) >= 2**63:
            return (f'{key} must be a whole number of at most 64 bits, found '
                    f'{quote(ann[key])}')
    for key in ('keypoints', 'bbox'):
        if not isinstance(ann[key], list):
            return f'{key} must be a list, found {quote(ann[key])}'
    if len(ann['keypoints']) not in _TYPE_OF_LENGTH:
        return (f'{len(ann["keypoints"])} numbers in keypoints, FLD has '
                '24 (full), 18 (upper) or 12 (lower)')
    image = images.get(ann['image_id'])
    if image is None:
        return f'no image has the id {ann["image_id"]}'
    for key in ('file_name', 'width', 'height'):
        if key not in image:
            return f'its image has no {key}'
    if not isinstance(image['file_name'], str):
        return f'file_name must be a text, found {quote(image["file_name"])}'
    numbers = [
        *ann['keypoints'], *ann['bbox'], image['width'], image['height']
    ]
    if len(ann['bbox']) != 4 or not {int, float}.issuperset(
            map(type, numbers)):
        return _NOT_NUMBERS
    return None
