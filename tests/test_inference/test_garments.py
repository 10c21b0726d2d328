import json

import numpy as np
import pytest

from pcloss_mmpose.datasets import DeepFashionCDataset, FashionAIDataset
from pcloss_mmpose.inference import (check_inside, given_garments,
                                     landmarks_by_type, read_boxes)
from pcloss_mmpose.inference.garment_types import types_of_classes

TYPES = ['upper', 'lower', 'full']
COCO = dict(
    images=[dict(id=7, file_name='a/b.jpg'),
            dict(id=8, file_name='c.jpg')],
    annotations=[
        dict(id=1, image_id=8, bbox=[1, 2, 3, 4], category_id=2),
        dict(id=2, image_id=7, bbox=[5, 6, 7, 8.5], category_id=9),
        dict(id=3, image_id=8, bbox=[0, 0, 9, 9]),
    ],
    categories=[dict(id=2, name='lower'),
                dict(id=9, name='hat')])


def write(folder, value):
    path = folder / 'boxes.json'
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def test_types_are_those_of_the_data_sets():
    for dataset in (DeepFashionCDataset, FashionAIDataset):
        types = landmarks_by_type(dataset.METAINFO['dataset_name'])
        assert list(types) == list(dataset.BENCHMARK.categories)
        used = {index for slots in types.values() for index in slots}
        assert used == set(range(len(dataset.METAINFO['keypoint_info'])))
    assert landmarks_by_type('fld')['upper'] == [0, 1, 2, 3, 6, 7]
    assert landmarks_by_type('coco') == {}


def test_classes_of_a_detector():
    assert types_of_classes(['Upper-body clothes', 'full', 'lower'],
                            TYPES) == ['upper', 'full', 'lower']
    categories = list(landmarks_by_type('deepfashion2'))
    assert len(categories) == 13
    assert types_of_classes(categories, categories) == categories
    with pytest.raises(
            ValueError,
            match='finds person, car, dog, ..., not '
            'the garment types .*: upper, lower, full'):
        types_of_classes(['person', 'car', 'dog', 'cat'], TYPES)
    with pytest.raises(ValueError, match='knows: none'):
        types_of_classes(['upper'], [])


def test_boxes_of_a_file(tmp_path):
    found = read_boxes(write(tmp_path, COCO), TYPES)
    assert set(found) == {'a/b.jpg', 'c.jpg'}
    assert found['c.jpg'].boxes.tolist() == [[1, 2, 4, 6], [0, 0, 9, 9]]
    assert found['c.jpg'].types == ['lower', None]
    assert found['a/b.jpg'].types == [None]
    assert found['a/b.jpg'].scores.tolist() == [1]
    assert found['a/b.jpg'].boxes.dtype == np.float32


@pytest.mark.parametrize('value, message', [
    ('{"images": [', 'not a json file'),
    ([], 'the lists images and annotations of a COCO json are missing'),
    (dict(COCO, annotations=[3]), 'the lists images and annotations'),
    (dict(COCO, annotations=[dict(image_id=[1])]), 'the lists images and'),
    (dict(COCO, images=[]), 'annotation 1: no image with a file_name has the '
     'id 8'),
    (dict(COCO, annotations=[dict(id=4, image_id=7, bbox=[1, 2, 3])]),
     r'annotation 4: the box \[1, 2, 3\] must be four numbers'),
    (dict(COCO, annotations=[dict(id=4, image_id=7)]),
     'annotation 4: the box None must be four numbers'),
    (dict(COCO, annotations=[dict(image_id=7, bbox=[1, 2, 0, 3])]),
     'annotation number 0: the box x 1, y 2, width 0, height 3 is empty'),
    (dict(COCO, annotations=[dict(
        image_id=7, bbox=[1, 2, float('nan'), 3])]), 'must be four numbers'),
])
def test_a_wrong_file_is_one_sentence(value, message, tmp_path):
    with pytest.raises(ValueError, match=message) as error:
        read_boxes(write(tmp_path, value), TYPES)
    assert str(error.value).startswith(f'{tmp_path}')
    assert '\n' not in str(error.value)


def test_no_such_file():
    with pytest.raises(FileNotFoundError, match='nowhere.json: no such file'):
        read_boxes('nowhere.json', TYPES)


def test_a_box_may_be_a_pixel_outside():
    garments = given_garments([(-1, 0, 12, 21)], [None])
    check_inside(garments, 10, 20)
    for box in ((-1.5, 0, 5, 5), (0, -2, 5, 5), (0, 0, 11.5, 5), (0, 0, 5,
                                                                  22)):
        with pytest.raises(
                ValueError, match='reaches outside the picture of 10 x 20'):
            check_inside(
                given_garments([(1, 1, 2, 2), box], [None] * 2), 10, 20)
