"""Small trees in the official layout of DeepFashion2."""
import json

import cv2
import numpy as np

from pcloss_mmpose.datasets.readers.deepfashion2_annos import (CATEGORIES,
                                                               NUM_LANDMARKS)

WIDTH, HEIGHT = 96, 128


def make_item(rng, category=None):
    """An item as the official files have it."""
    category = category or int(rng.integers(1, len(CATEGORIES) + 1))
    name = CATEGORIES[category - 1]
    x1, y1 = rng.integers(0, 20, 2).tolist()
    x2, y2 = rng.integers(60, 90, 2).tolist()
    number = NUM_LANDMARKS[name]
    points = np.stack([
        rng.integers(x1, x2, number),
        rng.integers(y1, y2, number),
        rng.choice(3, number, p=(.1, .3, .6))
    ], 1)
    points[0, 2] = 2
    points[points[:, 2] == 0] = 0
    return dict(
        segmentation=[[x1, y1, x2, y1, x2, y2]],
        scale=int(rng.integers(1, 4)),
        viewpoint=int(rng.integers(1, 4)),
        zoom_in=int(rng.integers(1, 4)),
        landmarks=points.ravel().tolist(),
        style=int(rng.integers(0, 5)),
        bounding_box=[x1, y1, x2, y2],
        category_id=category,
        occlusion=int(rng.integers(1, 4)),
        category_name=name)


def write_split(root, split='train', images=13, seed=0):
    """Write images 1, 2, ... with one to three items each."""
    rng = np.random.default_rng(seed)
    for folder in ('annos', 'image'):
        (root / split / folder).mkdir(parents=True, exist_ok=True)
    for number in range(1, images + 1):
        # each category in turn, then any
        items = [make_item(rng, (number - 1) % len(CATEGORIES) + 1)]
        items += [make_item(rng) for _ in range(number % 3)]
        content = dict(source=('user', 'shop')[number % 2], pair_id=number)
        for i, item in enumerate(items, 1):
            content[f'item{i}'] = item
        (root /
         f'{split}/annos/{number:06d}.json').write_text(json.dumps(content))
        pixels = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        cv2.imwrite(str(root / f'{split}/image/{number:06d}.jpg'), pixels)
    return root
