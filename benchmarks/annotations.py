"""Annotation files of the official size, generated, and the same as json.

The layouts are those of the rendered pictures, their texts the same code's;
landmarks are random, and every image is a link to one of a few pictures.
"""
import json
import os
import shutil
from pathlib import Path
from typing import Dict, Iterator

import cv2
import numpy as np

from pcloss_mmpose.datasets.readers import image_size
from pcloss_mmpose.datasets.readers.fashionai_csv import CATEGORIES, SLOTS
from pcloss_mmpose.rendering.layouts import LAYOUTS
from pcloss_mmpose.rendering.scene import Scene
from pcloss_mmpose.utils import replacing

WIDTH, HEIGHT = 256, 300
#: A file system takes so many links to one file, at least.
_LINKS = 20_000


def write_tree(root: Path, layout: str, number: int, share: float) -> None:
    """Annotations and images as downloaded, unless the folder is there.

    ``share`` of the images are the training set, the others for validation.
    """
    if root.exists():
        return
    part = root.with_name(f'{root.name}.part')
    shutil.rmtree(part, ignore_errors=True)
    writer = LAYOUTS[layout]
    records = list(_records(number))
    split = {'train': share, 'val': 1 - share} if share < 1 else {'train': 1}
    for name, text in writer.texts(0, records, split).items():
        file = part / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for record in records:
        file = part / writer.image(0, record.index, record.category, split)
        file.parent.mkdir(parents=True, exist_ok=True)
        if record.index % _LINKS == 0:
            source = file
            cv2.imwrite(str(file), picture)
        else:
            os.link(source, file)
    os.replace(part, root)


def _records(number: int) -> Iterator[Scene]:
    rng = np.random.default_rng(0)
    points = rng.integers((0, 0), (WIDTH, HEIGHT), (number, 24, 2))
    states = rng.choice(3, (number, 24), p=(.7, .2, .1))
    kinds = rng.integers(0, len(CATEGORIES), number)
    corners = rng.integers((1, 1, 150, 150), (50, 50, 250, 290), (number, 4))
    for i, (kind, xy, state, box) in enumerate(
            zip(kinds, points, states, corners.tolist())):
        absent = np.ones(24, dtype=bool)
        absent[SLOTS[kind + 1]] = False
        yield Scene(i, CATEGORIES[kind], xy, state, absent, tuple(box))


def write_json(file: Path, dataset) -> None:
    """What a data set has read, as a COCO json, unless it is there."""
    if file.exists():
        return
    content: Dict[str, list] = dict(
        images=[], annotations=[], categories=[dict(id=1, name='garment')])
    for i in range(len(dataset)):
        garment = dataset.get_data_info(i)
        path, raw = garment['img_path'], garment['raw_ann_info']
        width, height = image_size(path)
        content['annotations'].append(dict(raw, category_id=1))
        content['images'].append(
            dict(id=raw['image_id'], file_name=path, width=width,
                 height=height))
    with replacing(file) as part:
        part.write_text(json.dumps(content))
