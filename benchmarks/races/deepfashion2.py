"""DeepFashion2 at its real size: how long a start takes, and how much memory.

``python benchmarks/races/deepfashion2.py --images 192000`` writes annotations
of that many images, reads them a first time, again, and with MMPose's class
from a COCO json made of them; each in a process of its own.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from pcloss_mmpose.datasets.readers.deepfashion2_annos import (CATEGORIES,
                                                               NUM_LANDMARKS,
                                                               own_landmarks)

WORK = Path(__file__).resolve().parents[2] / 'work_dirs/speed'
#: Items of each category in the official training set, in thousands.
FREQUENCY = (72, 37, .5, 13, 16, 2, 37, 55, 31, 17, 8, 18, 6.5)
_ITEMS = (.47, .45, .06, .02)  # images with one to four: 1.63 in the mean


def write_annos(root: Path, images: int, seed: int = 0) -> int:
    """Annotations as large as the official ones, and empty images.

    Returns:
        int: How many items there are.
    """
    rng = np.random.default_rng(seed)
    annos, pictures = root / 'train/annos', root / 'train/image'
    for folder in (annos, pictures):
        folder.mkdir(parents=True, exist_ok=True)
    frequency = np.array(FREQUENCY) / sum(FREQUENCY)
    total = 0
    for number in range(1, images + 1):
        content = dict(source='shop', pair_id=number // 14 + 1)
        for i in range(1, 1 + rng.choice(4, p=_ITEMS) + 1):
            content[f'item{i}'] = _item(rng, rng.choice(13, p=frequency))
            total += 1
        (annos / f'{number:06d}.json').write_text(json.dumps(content))
        (pictures / f'{number:06d}.jpg').touch()
    return total


def _item(rng: np.random.Generator, category: int) -> dict:
    name = CATEGORIES[category]
    x1, y1 = rng.integers(0, 200, 2).tolist()
    x2, y2 = rng.integers(300, 700, 2).tolist()
    points = rng.integers(0, 700, (NUM_LANDMARKS[name], 3))
    points[:, 2] = rng.choice(3, len(points), p=(.2, .3, .5))
    points[points[:, 2] == 0] = 0
    outline = rng.uniform(0, 700, 2 * 150).round(2).tolist()
    return dict(
        segmentation=[outline],
        scale=int(rng.integers(1, 4)),
        viewpoint=int(rng.integers(1, 4)),
        zoom_in=int(rng.integers(1, 4)),
        landmarks=points.ravel().tolist(),
        style=int(rng.integers(0, 5)),
        bounding_box=[x1, y1, x2, y2],
        category_id=int(category) + 1,
        occlusion=int(rng.integers(1, 4)),
        category_name=name)


def write_json(root: Path, file: Path) -> None:
    """The same annotations as the official script converts them."""
    images, annotations = [], []
    for anno in sorted((root / 'train/annos').glob('*.json')):
        content = json.loads(anno.read_text())
        number = int(anno.stem)
        images.append(
            dict(
                id=number, file_name=f'{anno.stem}.jpg', width=800,
                height=800))
        for key, item in content.items():
            if not key.startswith('item'):
                continue
            x1, y1, x2, y2 = item['bounding_box']
            own = own_landmarks(item['category_id'])
            keypoints = [0] * (3 * own.start) + item['landmarks']
            keypoints += [0] * (882 - len(keypoints))
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=item['category_id'],
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    area=(x2 - x1) * (y2 - y1),
                    iscrowd=0,
                    style=item['style'],
                    pair_id=content['pair_id'],
                    num_keypoints=sum(v > 0 for v in item['landmarks'][2::3]),
                    keypoints=keypoints,
                    segmentation=item['segmentation']))
    with open(file, 'w') as f:
        json.dump(
            dict(
                images=images,
                annotations=annotations,
                categories=[
                    dict(id=i, name=name)
                    for i, name in enumerate(CATEGORIES, 1)
                ]), f)


def start(kind: str, root: str) -> dict:
    """Build a data set in this process."""
    from mmengine.registry import init_default_scope
    from mmpose.registry import DATASETS

    import pcloss_mmpose  # noqa: F401
    init_default_scope('mmpose')
    options = dict(
        ours=dict(type='DeepFashion2AnnosDataset', data_root=root),
        theirs=dict(
            type='DeepFashion2Dataset',
            ann_file=f'{root}/train.json',
            data_prefix=dict(img=f'{root}/train/image')))[kind]
    empty = [dict(type='LoadGarmentImage', unreadable='skip')]
    before, cpu = _memory(), time.process_time()
    wall = time.time()
    dataset = DATASETS.build({**options, 'pipeline': empty})
    wall = time.time() - wall
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return dict(
        items=len(dataset),
        wall=round(wall, 2),
        cpu=round(
            time.process_time() - cpu + children.ru_utime + children.ru_stime,
            2),
        held_mb=round(_memory() - before),
        peak_mb=round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 -
            before))


def _memory() -> float:
    """What this process holds, in MB."""
    with open('/proc/self/statm') as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--images', type=int, default=192_000)
    parser.add_argument('--start', choices=('ours', 'theirs'))
    args = parser.parse_args()
    root = WORK / f'deepfashion2-{args.images}'
    if args.start:
        print(json.dumps(start(args.start, str(root))))
        return
    if not (root / 'train.json').is_file():
        print(write_annos(root, args.images), 'items', flush=True)
        write_json(root, root / 'train.json')
    (root / 'train/annos.npz').unlink(missing_ok=True)
    for name in ('first reading', 'later', "MMPose's"):
        done = subprocess.run([
            sys.executable, '-W', 'ignore', __file__, '--images',
            str(args.images), '--start',
            'theirs' if name == "MMPose's" else 'ours'
        ],
                              stdout=subprocess.PIPE,
                              universal_newlines=True,
                              check=True)
        print(f'{name}: {done.stdout.splitlines()[-1]}', flush=True)


if __name__ == '__main__':
    main()
