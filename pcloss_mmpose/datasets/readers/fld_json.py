"""Reader of the FLD annotations that MMPose offers as COCO json."""
import json
from typing import Dict, Optional

import numpy as np

from .landmark_table import LandmarkTable
from .list_files import SLOTS
from .report import BAD_ROW, BAD_VISIBILITY, EMPTY_BOX, Report, refuse
from .text import check_file

_TYPE_OF_LENGTH = {3 * len(slots): c for c, slots in SLOTS.items()}


def read_fld_json(path: str, report: Report = refuse) -> LandmarkTable:
    """Read ``fld_{full,upper,lower}_{train,val,test}.json`` of MMPose.

    The garment type follows from the number of landmarks: 6 upper, 4 lower, 8
    full. Boxes are left as they are; MMPose's own data sets clip them to the
    last pixel of the image.

    Args:
        path (str): The file.
        report (Report): Takes the mistakes. If it does not raise, annotations
            that can't be read are left out, and one with a wrong landmark has
            the category 0 and no landmarks.

    Returns:
        LandmarkTable: With 8 landmark slots, boxes and image sizes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file breaks the format. The message names the
            annotation.
    """
    check_file(path)
    with open(path, 'rb') as f:
        try:
            coco = json.load(f)
        except ValueError as e:
            raise ValueError(f'{path}: not a json file: {e}') from None
    if not isinstance(coco, dict) or not all(
            isinstance(coco.get(k), list) and all(
                isinstance(item, dict) for item in coco[k])
            for k in ('images', 'annotations')):
        raise ValueError(f'{path}: the keys images and annotations of a COCO '
                         'json are missing')
    images = {
        image['id']: image
        for image in coco['images'] if isinstance(image.get('id'), int)
    }
    annotations, sources = [], []
    size = len(coco['annotations'])
    keypoints = np.zeros((size, 8, 3), dtype=np.float32)
    categories = np.zeros(size, dtype=np.int64)
    boxes = np.zeros((size, 4), dtype=np.float32)
    sizes = np.zeros((size, 2), dtype=np.float32)
    for i, ann in enumerate(coco['annotations']):
        n = len(annotations)
        source = f'{path}: annotation {ann.get("id", f"number {i}")}'
        mistake = _describe_annotation(ann, images)
        if not mistake:
            image = images[ann['image_id']]
            categories[n] = _TYPE_OF_LENGTH[len(ann['keypoints'])]
            slots = SLOTS[categories[n]]
            try:
                keypoints[n, slots] = np.reshape(ann['keypoints'], (-1, 3))
                boxes[n] = ann['bbox']
                sizes[n] = image['width'], image['height']
            except (TypeError, ValueError):
                keypoints[n] = 0
                mistake = ('keypoints, bbox (4) and the width and height of '
                           'the image must be numbers')
        if mistake:
            report(BAD_ROW, f'{source}: {mistake}')
        else:
            annotations.append(ann)
            sources.append(source)

    n = len(annotations)
    keypoints, categories = keypoints[:n], categories[:n]
    boxes, sizes = boxes[:n], sizes[:n]
    good = np.isin(keypoints[..., 2], (0, 1, 2))
    bad = ~(good & np.isfinite(keypoints).all(axis=2))
    for row, slot in np.argwhere(bad):
        report(
            BAD_VISIBILITY,
            f'{sources[row]}: x, y, v = {keypoints[row, slot].tolist()}, '
            'allowed are numbers with v = 0 (absent), 1 (occluded) or 2 '
            '(visible)')
    keypoints[bad.any(axis=1)] = 0
    categories[bad.any(axis=1)] = 0
    keypoints[keypoints[..., 2] == 0] = 0

    for i in np.flatnonzero(~(boxes[:, 2:] > 0).all(axis=1)):
        report(
            EMPTY_BOX, f'{sources[i]}: the box {annotations[i]["bbox"]} '
            '(x, y, width, height) is empty')
    boxes[:, 2:] += boxes[:, :2]
    return LandmarkTable(
        names=[images[ann['image_id']]['file_name'] for ann in annotations],
        categories=categories,
        keypoints=keypoints,
        sources=sources,
        ids=np.array([ann['id'] for ann in annotations], dtype=np.int64),
        image_ids=np.array([ann['image_id'] for ann in annotations],
                           dtype=np.int64),
        boxes=boxes,
        sizes=sizes)


def _describe_annotation(ann: dict, images: Dict[int, dict]) -> Optional[str]:
    """Say what makes an annotation unreadable, if anything does."""
    for key in ('id', 'image_id', 'keypoints', 'bbox'):
        if key not in ann:
            return f'the key {key} is missing'
    for key in ('id', 'image_id'):
        if not isinstance(ann[key], int):
            return f'{key} must be a whole number, found {ann[key]!r}'
    for key in ('keypoints', 'bbox'):
        if not isinstance(ann[key], list):
            return f'{key} must be a list, found {ann[key]!r}'
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
        return f'file_name must be a text, found {image["file_name"]!r}'
    return None
