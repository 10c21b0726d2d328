"""DeepFashion2's files, as the data set's own page describes them."""
import json
import re

import cv2
import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from pcloss_mmpose.rendering import render_dataset
from pcloss_mmpose.rendering.layouts.deepfashion2 import CATEGORIES

# Of the thirteen categories in their order; 6 and 13 are slings.
NUMBERS = (25, 33, 31, 39, 15, 15, 10, 14, 8, 29, 37, 19, 19)
SIZE = 160


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('deepfashion2') / 'set'
    render_dataset('deepfashion2', 60, 4, str(root), SIZE, workers=1)
    return root


@pytest.fixture(scope='module')
def items(root):
    """(image, item) of all annotation files."""
    out = []
    for file in sorted(root.glob('*/annos/*.json')):
        image = cv2.imread(str(file.parents[1] / f'image/{file.stem}.jpg'))
        for key, item in json.loads(file.read_text()).items():
            if key.startswith('item'):
                out.append((image, item))
    return out


def test_tree(root):
    for part in ('train', 'validation'):
        pictures = {p.stem for p in root.glob(f'{part}/image/*.jpg')}
        assert pictures == {p.stem for p in root.glob(f'{part}/annos/*.json')}
        assert pictures
        assert all(re.fullmatch(r'\d{6}', name) for name in pictures)
    assert list(root.glob('test/image/*.jpg'))
    assert not (root / 'test/annos').exists()
    for file in root.glob('*/annos/*.json'):
        content = json.loads(file.read_text())
        assert set(content) - {'item2'} == {'source', 'pair_id', 'item1'}
        assert content['source'] in ('shop', 'user')
        assert content['pair_id'] == int(file.stem)


def test_items(items):
    seen = []
    for image, item in items:
        assert set(item) == {
            'category_id', 'category_name', 'style', 'bounding_box',
            'landmarks', 'segmentation', 'scale', 'occlusion', 'zoom_in',
            'viewpoint'
        }
        category = item['category_id']
        seen.append(category)
        assert item['category_name'] == CATEGORIES[category][0]
        assert len(item['landmarks']) == 3 * NUMBERS[category - 1]
        assert {item[k] for k in ('scale', 'occlusion', 'zoom_in',
                                  'viewpoint')} <= {1, 2, 3}
        x1, y1, x2, y2 = item['bounding_box']
        h, w = image.shape[:2]
        assert 0 <= x1 < x2 < w and 0 <= y1 < y2 < h
        for polygon in item['segmentation']:
            assert len(polygon) >= 6 and len(polygon) % 2 == 0
        for x, y, v in np.reshape(item['landmarks'], (-1, 3)):
            assert v in (0, 1, 2)
            assert (x, y) == (0, 0) if v == 0 else \
                x1 <= x <= x2 and y1 <= y <= y2
    assert len(items) > 60  # of 54 pictures: some have two items
    assert len(set(seen)) >= 8


def test_visible_landmarks_lie_on_the_garment(items):
    checked = 0
    for image, item in items:
        mask = np.zeros(image.shape[:2], np.uint8)
        for polygon in item['segmentation']:
            cv2.fillPoly(mask, [np.reshape(polygon, (-1, 2))], 1)
        away = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
        for number, (x, y, v) in enumerate(
                np.reshape(item['landmarks'], (-1, 3)), 1):
            if v == 2:
                assert away[y, x] <= 2.5, (item['category_name'], number)
                checked += 1
    assert checked > 800


def test_numbers_and_order_are_the_data_sets():
    """By MMPose's pairs of left and right, where it names a partner."""
    info = parse_pose_metainfo(
        dict(from_file='configs/_base_/datasets/deepfashion2.py'))
    flip = info['flip_indices']
    first = np.cumsum((0, ) + NUMBERS)
    for category, (name, places) in CATEGORIES.items():
        assert len(places) == len(set(places)) == NUMBERS[category - 1], name
        start = first[category - 1]
        for k, (edge, t) in enumerate(places):
            other = flip[start + k] - start
            if name == 'vest' and k in (9 - 1, 13 - 1):
                continue  # one of the two names the other there
            if other == k:  # in the middle
                assert t == .5 or edge == 'inner_left', (name, k + 1)
                continue
            if 'left' in edge:
                partner = edge.replace('left', 'right'), t
            elif 'right' in edge:
                partner = edge.replace('right', 'left'), t
            else:
                partner = edge, 1 - t
            assert places[other] == partner, (name, k + 1)
