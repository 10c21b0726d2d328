import json

import numpy as np
import pytest

from pcloss_mmpose.datasets.readers import read_fld_json


@pytest.fixture
def coco(tmp_path):
    return dict(
        images=[dict(id=7, file_name='a.jpg', width=120, height=160)],
        annotations=[
            dict(
                id=7,
                image_id=7,
                category_id=1,
                bbox=[30, 15, 60, 135],
                keypoints=[
                    40., 20., 2., 80., 21., 1., 9., 9., 0., 85., 99., 2.
                ])
        ])


@pytest.fixture
def read(tmp_path):

    def write_and_read(coco):
        path = tmp_path / 'fld.json'
        path.write_text(json.dumps(coco))
        return read_fld_json(str(path))

    return write_and_read


def test_lower_body(coco, read):
    table = read(coco)
    assert table.names == ['a.jpg'] and table.ids.tolist() == [7]
    assert table.categories.tolist() == [2]
    assert table.keypoints[0].tolist(
    ) == [[0, 0, 0]] * 4 + [[40, 20, 2], [80, 21, 1], [0, 0, 0], [85, 99, 2]]
    assert table.boxes.tolist() == [[30, 15, 90, 150]]
    assert table.sizes.tolist() == [[120, 160]]


@pytest.mark.parametrize('key, value, message', [
    ('keypoints', [1., 2., 2.], 'annotation 7: 3 numbers in keypoints, FLD'),
    ('keypoints', [1., 2., 3.] * 4, 'annotation 7: x, y, v = .* allowed are'),
    ('keypoints', [1., float('nan'), 2.] * 4,
     'annotation 7: keypoints, bbox .* numbers'),
    ('keypoints', ['a'] * 12, 'annotation 7: keypoints, bbox .* numbers'),
    ('bbox', [1, 1, 2], 'annotation 7: keypoints, bbox .* numbers'),
    ('bbox', [1, 1, 0, 5], r'annotation 7: the box \[1, 1, 0, 5\]'),
    ('image_id', 8, 'annotation 7: no image has the id 8'),
])
def test_bad_annotation(coco, read, key, value, message):
    coco['annotations'][0][key] = value
    with pytest.raises(ValueError, match=message):
        read(coco)


def test_missing_keys(coco, read):
    del coco['images'][0]['width']
    with pytest.raises(ValueError, match='its image has no width'):
        read(coco)
    del coco['annotations'][0]['bbox']
    with pytest.raises(ValueError, match='the key bbox is missing'):
        read(coco)
    del coco['images']
    with pytest.raises(ValueError, match='fld.json: the lists images and ann'):
        read(coco)


def test_not_json(tmp_path):
    path = tmp_path / 'fld.json'
    with pytest.raises(FileNotFoundError, match='fld.json: no such file'):
        read_fld_json(str(path))
    path.write_text('{"images": [')
    with pytest.raises(ValueError, match='fld.json: not a json file'):
        read_fld_json(str(path))


def test_real_json(shared):
    table = read_fld_json(
        str(shared / 'data/mmpose_samples/fld/test_fld.json'))
    assert table.names == ['img_00000128.jpg', 'img_00000132.jpg']
    assert table.categories.tolist() == [3, 3]
    assert table.keypoints[0, 0].tolist() == [108, 33, 1]
    assert np.flatnonzero(table.keypoints[1, :, 2] == 0).tolist() == [6]
    assert table.boxes.tolist() == [[88, 21, 136, 163], [1, 1, 200, 250]]
