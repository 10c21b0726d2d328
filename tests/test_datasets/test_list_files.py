import numpy as np
import pytest

from pcloss_mmpose.datasets.readers import (align_rows, read_bbox_list,
                                            read_landmark_list,
                                            read_partition_list)

LANDMARKS = 'Anno/list_landmarks.txt'


def test_slots_and_codes(make_fld):
    table = read_landmark_list(str(make_fld() / LANDMARKS))
    assert table.names == [f'img/{c}.jpg' for c in 'abcd']
    assert table.categories.tolist() == [1, 2, 3, 1]
    assert table.keypoints.dtype == np.float32
    # upper: collar, sleeve, hem; the left hem is cut off
    assert table.keypoints[0].tolist() == [[40, 30, 2], [60, 32, 2],
                                           [20, 80, 1], [95, 82, 2], [0, 0, 0],
                                           [0, 0, 0], [0, 0, 0], [80, 130, 2]]
    # lower: waistline, hem
    assert table.keypoints[1].tolist() == [[0, 0, 0]] * 4 + [[
        40, 20, 2
    ], [80, 21, 1], [35, 140, 2], [85, 141, 2]]
    # full: in the order of the file
    assert table.keypoints[2, :, 2].tolist() == [2, 2, 1, 2, 2, 2, 0, 2]
    assert table.sources[1].endswith('list_landmarks.txt:4')


def test_without_variation_type(make_fld):
    root = make_fld()
    with_type = read_landmark_list(str(root / LANDMARKS), True)
    without = read_landmark_list(
        str(make_fld(variation=False) / LANDMARKS), False)
    assert np.array_equal(with_type.keypoints, without.keypoints)


def test_byte_order_mark_line_ends_and_blank_lines(make_fld):
    path = make_fld() / LANDMARKS
    plain = read_landmark_list(str(path))
    text = path.read_text().replace('\n', '  \r\n')
    path.write_bytes(b'\xef\xbb\xbf' + text.encode() + b'\r\n \r\n')
    table = read_landmark_list(str(path))
    assert table.names == plain.names
    assert np.array_equal(table.keypoints, plain.keypoints)


def test_decimals_are_numbers(make_fld, edit):
    path = edit(make_fld() / LANDMARKS, '040 030', '40.25 030')
    assert read_landmark_list(str(path)).keypoints[0, 0, 0] == 40.25


@pytest.mark.parametrize('old, new, message', [
    ('4\n', '5\n', r'txt:1: the row count is 5, but 4 rows follow'),
    ('4\n', 'four\n', r'txt:1: the row count must be .* found .four.'),
    ('image_name', 'name', r'txt:2: the first column must be image_name'),
    ('clothes_type', 'type', r'txt:2: the columns must be image_name, clot'),
    ('040 030', '040', r'txt:3: 20 tokens, but a row of clothes_type 1 '
     r'\(upper, 6 landmarks\) has 21 with variation_type: this one is '
     'without, as in DeepFashion-C'),
    ('040 030', '', r'txt:3: 19 tokens, but .* has 21'),
    ('040 030', '040 030 7', r'txt:3: 22 tokens, but .* has 21'),
    ('040 030', '040 O30', r"txt:3: 'O30' in column 6 is not a number"),
    ('040 030', '040 nan', r"txt:3: 'nan' in column 6 is not a number"),
    ('040 030', '040 1_0', r"txt:3: '1_0' in column 6 is not a number"),
    ('0 040 030', '3 040 030', r'txt:3: landmark 1 has the visibility 3, '
     r'allowed are 0 \(visible\), 1 \(occluded\) and 2'),
    ('1 080 021', '-1 080 021', r'txt:4: landmark 2 has the visibility -1'),
    ('1 1 0 040', '4 1 0 040', r'txt:3: clothes_type must be 1 .* found .4'),
    ('img/b', 'img/a', r'txt:4: img/a.jpg is already in line 3'),
    ('\nimg/b', '\n\nimg/b', r'txt:4: blank line between the rows'),
])
def test_bad_landmarks(make_fld, edit, old, new, message):
    path = edit(make_fld() / LANDMARKS, old, new)
    with pytest.raises(ValueError, match=message):
        read_landmark_list(str(path))


def test_fld_row_in_a_deepfashion_c_file(make_fld, edit):
    path = make_fld(variation=False) / LANDMARKS
    edit(path, 'b.jpg    2', 'b.jpg    2 1')
    with pytest.raises(
            ValueError,
            match='txt:4: 15 tokens, .* has 14 without '
            'variation_type: this one is with, as in FLD'):
        read_landmark_list(str(path))


@pytest.mark.parametrize('variation', [True, False])
def test_file_of_the_other_data_set(make_fld, variation):
    path = make_fld(variation=variation) / LANDMARKS
    with pytest.raises(ValueError, match='txt:2: the column variation_type'):
        read_landmark_list(str(path), not variation)


def test_not_utf8(make_fld, edit):
    path = make_fld() / LANDMARKS
    path.write_bytes(path.read_bytes().replace(b'img/b', b'img/\xe9'))
    with pytest.raises(ValueError, match='txt:4: byte 0xe9 is not UTF-8'):
        read_landmark_list(str(path))


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='a.txt: no such file$'):
        read_bbox_list(str(tmp_path / 'a.txt'))
    with pytest.raises(FileNotFoundError, match='the folder .* does not exis'):
        read_bbox_list(str(tmp_path / 'Anno/a.txt'))
    with pytest.raises(FileNotFoundError, match='is a folder'):
        read_bbox_list(str(tmp_path))
    (tmp_path / 'a.txt').write_text('\n')
    with pytest.raises(ValueError, match='a.txt: line 1 must .* found 0 line'):
        read_bbox_list(str(tmp_path / 'a.txt'))


def test_boxes(make_fld):
    rows, boxes = read_bbox_list(str(make_fld() / 'Anno/list_bbox.txt'))
    assert rows.names[1] == 'img/b.jpg'
    assert rows.where(1).endswith('list_bbox.txt:4')
    assert boxes.dtype == np.float32
    assert boxes[1].tolist() == [30, 15, 90, 150]


@pytest.mark.parametrize('new, message', [
    ('030 015 090', 'txt:4: 4 tokens, a row has 5'),
    ('030 015 090 150 9', 'txt:4: 6 tokens, a row has 5'),
    ('030 015 090 x', "txt:4: 'x' in column 5 is not a number"),
    ('030 015 030 150', 'txt:4: the box 030 015 030 150 is empty'),
    ('030 150 090 015', 'txt:4: the box 030 150 090 015 is empty'),
])
def test_bad_boxes(make_fld, edit, new, message):
    path = edit(make_fld() / 'Anno/list_bbox.txt', '030 015 090 150', new)
    with pytest.raises(ValueError, match=message):
        read_bbox_list(str(path))


def test_partition(make_fld, edit):
    path = make_fld() / 'Eval/list_eval_partition.txt'
    rows, partitions = read_partition_list(str(path))
    assert rows.names[3] == 'img/d.jpg'
    assert partitions == ['train', 'train', 'val', 'test']
    edit(path, 'c.jpg val', 'c.jpg dev')
    with pytest.raises(
            ValueError,
            match='txt:5: the partition must be one of '
            "train, val, test, found 'dev'"):
        read_partition_list(str(path))


def test_align_rows():
    assert align_rows(['a', 'b'], 'f', ['b', 'a'], 'g').tolist() == [1, 0]
    with pytest.raises(
            ValueError,
            match='^g: no row for 1 of the 2 images of '
            'f, such as b$'):
        align_rows(['a', 'b'], 'f', ['a'], 'g')
    with pytest.raises(
            ValueError,
            match='^f: no row for 1 of the 2 images of '
            'g, such as b$'):
        align_rows(['a'], 'f', ['a', 'b'], 'g')


def test_real_fld(shared):
    folder = shared / 'data/fld_real'
    table = read_landmark_list(str(folder / LANDMARKS), True)
    rows, partitions = read_partition_list(
        str(folder / 'Eval/list_eval_partition.txt'))
    assert len(table.names) == 6875 and table.names == rows.names
    assert set(partitions) == {'test'}
    assert set(table.categories.tolist()) == {1}
    # img_00000014: both collars occluded (v = 1), all else visible (v = 0)
    assert table.keypoints[0].tolist() == [[135, 86, 1], [174, 86, 1],
                                           [99, 184, 2], [204, 194, 2],
                                           [0, 0, 0], [0, 0, 0], [112, 225, 2],
                                           [180, 226, 2]]
    # img_00000025: both hems cut off (v = 2)
    assert table.keypoints[2].tolist() == [[132, 48, 2], [215, 54, 2],
                                           [63, 67, 2], [280, 88, 2],
                                           [0, 0, 0], [0, 0, 0], [0, 0, 0],
                                           [0, 0, 0]]
    # most garments face the camera: left is on the left of the image
    for left, right in ((0, 1), (2, 3), (6, 7)):
        pair = table.keypoints[:, [left, right]]
        seen = (pair[..., 2] == 2).all(axis=1)
        ordered = pair[seen, 0, 0] < pair[seen, 1, 0]
        assert seen.sum() > 1000 and ordered.mean() > 0.85
    # collars are above hems
    collar, hem = table.keypoints[:, 0], table.keypoints[:, 6]
    seen = (collar[:, 2] == 2) & (hem[:, 2] == 2)
    assert (collar[seen, 1] < hem[seen, 1]).mean() > 0.97
    # visible is the most frequent code, absent has no place
    codes = np.bincount(table.keypoints[:, [0, 1, 2, 3, 6, 7],
                                        2].astype(int).ravel())
    assert codes.argmax() == 2
    assert (table.keypoints[table.keypoints[..., 2] == 0] == 0).all()


def test_real_deepfashion_c_row(shared, tmp_path):
    row = (
        shared /
        'data/deepfashion_c_real/deepfashion_c_genuine_row.txt').read_text()
    path = tmp_path / 'list_landmarks.txt'
    path.write_text('1\nimage_name  clothes_type  landmark_visibility_1 '
                    f'landmark_location_x_1 landmark_location_y_1\n{row}')
    table = read_landmark_list(str(path), False)
    assert table.names == ['img/Sheer_Pleated-Front_Blouse/img_00000001.jpg']
    assert table.keypoints[0, :, 2].tolist() == [2, 2, 2, 2, 0, 0, 2, 2]
    assert table.keypoints[0, 7].tolist() == [177, 232, 2]
