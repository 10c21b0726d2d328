import numpy as np
import pytest

from pcloss_mmpose.datasets.readers import (read_fashionai_csv,
                                            read_fashionai_ids)
from pcloss_mmpose.datasets.readers.fashionai_csv import (CATEGORIES, HEADER,
                                                          LANDMARKS)


def cells(**given):
    return ','.join(given.get(name, '-1_-1_-1') for name in LANDMARKS)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_text('\n'.join([
        ','.join(HEADER),
        'Images/blouse/1.jpg,blouse,' +
        cells(neckline_left='212_179_0', center_front='512_0_1'),
        'Images/trousers/2.jpg,trousers,' + cells(crotch='30_40_1'),
    ]) + '\n')
    return path


def test_rows(csv):
    table = read_fashionai_csv(str(csv))
    assert table.names == ['Images/blouse/1.jpg', 'Images/trousers/2.jpg']
    assert table.categories.tolist() == [1, 5]
    assert table.keypoints.shape == (2, 24, 3)
    assert table.keypoints.dtype == np.float32
    assert table.keypoints[0, :3].tolist() == [[212, 179, 1], [0, 0, 0],
                                               [512, 0, 2]]
    assert table.keypoints[1, 19].tolist() == [30, 40, 2]
    assert (table.keypoints[1, :19] == 0).all()
    assert table.sources[1].endswith('a.csv:3')


def test_byte_order_mark_line_ends_and_blank_lines(csv):
    plain = read_fashionai_csv(str(csv))
    text = csv.read_text().replace('\n', '\r\n')
    csv.write_bytes(b'\xef\xbb\xbf' + text.encode() + b'\r\n')
    assert np.array_equal(
        read_fashionai_csv(str(csv)).keypoints, plain.keypoints)


@pytest.mark.parametrize('old, new, message', [
    ('center_front', 'belly', 'csv:1: column 5 must be center_front, found '
     "'belly'"),
    (',bottom_right_out', '', 'csv:1: 25 columns, FashionAI has 26'),
    (',-1_-1_-1', '', 'csv:2: 25 columns, a row has 26'),
    ('jpg,blouse', 'jpg,sock', 'csv:2: image_category must be one of blouse, '
     "outwear, dress, skirt, trousers, found 'sock'"),
    ('212_179_0', '212_179', "csv:2: neckline_left is '212_179', a landmark "
     'is x_y_v'),
    ('212_179_0', '212_179_2', "csv:2: neckline_left is '212_179_2'"),
    ('212_179_0', '212_x_0', "csv:2: neckline_left is '212_x_0'"),
    ('512_0_1', '512_0_1_1', "csv:2: center_front is '512_0_1_1'"),
    ('\nImages/t', '\n\nImages/t', 'csv:3: blank line between the rows'),
])
def test_bad_rows(csv, edit, old, new, message):
    edit(csv, old, new)
    with pytest.raises(ValueError, match=message):
        read_fashionai_csv(str(csv))


def test_mistakes_come_in_the_order_of_the_lines(csv):
    lines = csv.read_text().splitlines()
    csv.write_text('\n'.join([lines[0], 'x,sock', '', lines[2], 'y,sock']))
    found = []
    table = read_fashionai_csv(str(csv), lambda kind, text: found.append(text))
    assert [text.split(': ')[0][-5:] for text in found] == [
        'csv:2', 'csv:3', 'csv:5'
    ]
    assert table.categories.tolist() == [0, 5, 0]
    assert table.sources[1].endswith('csv:4')


def test_ids_also_without_annotations(csv, tmp_path):
    assert read_fashionai_ids(
        str(csv)) == ['Images/blouse/1.jpg', 'Images/trousers/2.jpg']
    path = tmp_path / 'test.csv'
    path.write_text('image_id,image_category\nImages/blouse/3.jpg,blouse\n')
    assert read_fashionai_ids(str(path)) == ['Images/blouse/3.jpg']
    with pytest.raises(ValueError, match='csv:1: 2 columns, FashionAI has 26'):
        read_fashionai_csv(str(path))
    path.write_text('id\n1\n')
    with pytest.raises(ValueError, match="must be image_id, found 'id'"):
        read_fashionai_ids(str(path))
    path.write_text('')
    with pytest.raises(ValueError, match='csv:1: 0 columns'):
        read_fashionai_csv(str(path))


def test_real_csv(shared):
    table = read_fashionai_csv(
        str(shared / 'data/fashionai_real/val_6415.csv'))
    assert len(table.names) == 6415
    assert len(set(table.names)) == 6412  # official files do repeat rows
    # the category is also the folder
    assert [n.split('/')[1] for n in table.names
            ] == [CATEGORIES[c - 1] for c in table.categories]
    # line 2: neckline_left=212_179_0, center_front=249_197_1, ...
    assert table.keypoints[0, :4].tolist() == [[212, 179, 1], [300, 162, 1],
                                               [249, 197, 2], [157, 205, 2]]
    assert table.keypoints[..., :2].max() == 512
    # landmarks that a category can have at all
    for category, count in enumerate((13, 14, 15, 4, 7), 1):
        rows = table.keypoints[table.categories == category]
        assert (rows[..., 2] > 0).any(axis=0).sum() == count
    # left is image-left, and occluded is rarer than visible
    for left in [i for i, n in enumerate(LANDMARKS) if '_left' in n]:
        right = LANDMARKS.index(LANDMARKS[left].replace('_left', '_right'))
        pair = table.keypoints[:, [left, right]]
        seen = (pair[..., 2] == 2).all(axis=1)
        assert (pair[seen, 0, 0] < pair[seen, 1, 0]).mean() > 0.8
    codes = np.bincount(table.keypoints[..., 2].astype(int).ravel())
    assert codes[2] > 2 * codes[1] > 0
