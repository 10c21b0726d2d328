"""Reader of the FLD annotations that MMPose offers as COCO json."""
import json
from typing import Dict

import numpy as np

from .landmark_table import LandmarkTable
from .list_files import SLOTS
from .text import check_file

_TYPE_OF_LENGTH = {3 * len(slots): c for c, slots in SLOTS.items()}


def read_fld_json(path: str) -> LandmarkTable:
    """Read ``fld_{full,upper,lower}_{train,val,test}.json`` of MMPose.

    The garment type follows from the number of landmarks: 6 upper, 4 lower, 8
    full. Boxes are left as they are; MMPose's own data sets clip them to the
    last pixel of the image.

    Args:
        path (str): The file.

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
            isinstance(coco.get(k), list) for k in ('images', 'annotations')):
        raise ValueError(f'{path}: the keys images and annotations of a COCO '
                         'json are missing')
    images = {image.get('id'): image for image in coco['images']}
    annotations = coco['annotations']
    n = len(annotations)
    sources = [
        f'{path}: annotation {ann.get("id", f"number {i}")}'
        for i, ann in enumerate(annotations)
    ]
    keypoints = np.zeros((n, 8, 3), dtype=np.float32)
    categories = np.zeros(n, dtype=np.int64)
    boxes = np.zeros((n, 4), dtype=np.float32)
    sizes = np.zeros((n, 2), dtype=np.float32)
    for i, ann in enumerate(annotations):
        _check_annotation(sources[i], ann, images)
        categories[i] = _TYPE_OF_LENGTH[len(ann['keypoints'])]
        image = images[ann['image_id']]
        try:
            keypoints[i, SLOTS[categories[i]]] = np.reshape(
                ann['keypoints'], (-1, 3))
            boxes[i] = ann['bbox']
            sizes[i] = image['width'], image['height']
        except (TypeError, ValueError):
            raise ValueError(
                f'{sources[i]}: keypoints, bbox (4) and the width and height '
                'of the image must be numbers') from None
    good = np.isin(keypoints[..., 2], (0, 1, 2))
    bad = ~(good & np.isfinite(keypoints).all(axis=2))
    if bad.any():
        row, slot = np.argwhere(bad)[0]
        raise ValueError(
            f'{sources[row]}: x, y, v = {keypoints[row, slot].tolist()}, '
            'allowed are numbers with v = 0 (absent), 1 (occluded) or 2 '
            '(visible)')
    keypoints[keypoints[..., 2] == 0] = 0

    empty = ~(boxes[:, 2:] > 0).all(axis=1)
    if empty.any():
        i = int(empty.argmax())
        raise ValueError(f'{sources[i]}: the box {annotations[i]["bbox"]} '
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


def _check_annotation(source: str, ann: dict, images: Dict[int, dict]) -> None:
    for key in ('id', 'image_id', 'keypoints', 'bbox'):
        if key not in ann:
            raise ValueError(f'{source}: the key {key} is missing')
    if len(ann['keypoints']) not in _TYPE_OF_LENGTH:
        raise ValueError(
            f'{source}: {len(ann["keypoints"])} numbers in keypoints, FLD has '
            '24 (full), 18 (upper) or 12 (lower)')
    image = images.get(ann['image_id'])
    if image is None:
        raise ValueError(f'{source}: no image has the id {ann["image_id"]}')
    for key in ('file_name', 'width', 'height'):
        if key not in image:
            raise ValueError(f'{source}: its image has no {key}')
