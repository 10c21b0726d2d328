import pickle

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS
from toy_data import write_image

from pcloss_mmpose.datasets import FashionAIDataset
from pcloss_mmpose.datasets.readers.fashionai_csv import HEADER, LANDMARKS


def row(name, category='blouse', **given):
    cells = [given.get(landmark, '-1_-1_-1') for landmark in LANDMARKS]
    return ','.join([f'Images/{category}/{name}.jpg', category] + cells)


def write_csv(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join((','.join(HEADER), ) + rows) + '\n')


@pytest.fixture
def root(tmp_path):
    write_csv(tmp_path / 'a.csv',
              row('1', neckline_left='10_20_1', neckline_right='30_20_0'),
              row('2', 'skirt', hemline_left='50_40_1'))
    write_csv(tmp_path / 'b.csv', row('1', neckline_left='11_21_1'),
              row('3', 'trousers', crotch='5_6_0'))
    for name in ('blouse/1', 'skirt/2', 'trousers/3'):
        write_image(tmp_path / f'Images/{name}.jpg', 60, 80)
    return tmp_path


def names(dataset):
    return [
        dataset.get_data_info(i)['img_path'][-5] for i in range(len(dataset))
    ]


def test_instance(root):
    dataset = FashionAIDataset('a.csv', data_root=str(root))
    info = dataset.get_data_info(0)
    assert info['keypoints'].shape == (1, 24, 2)
    assert info['keypoints'][0, :2].tolist() == [[10, 20], [30, 20]]
    assert info['keypoints_visible'][0, :3].tolist() == [1, 1, 0]
    assert info['raw_ann_info']['keypoints'][:9] == [
        10, 20, 2, 30, 20, 1, 0, 0, 0
    ]
    assert (info['category_id'], info['category']) == (1, 'blouse')
    # the whole image, symmetric under a flip
    assert info['bbox'].dtype == np.float32
    assert info['bbox'].tolist() == [[0, 0, 59, 79]]
    assert info['raw_ann_info']['bbox'] == [0, 0, 59, 79]
    assert info['raw_ann_info']['area'] == 59 * 79
    assert dataset.get_data_info(1)['category_id'] == 4
    half = FashionAIDataset('a.csv', data_root=str(root), occluded_weight=0.5)
    visible = half.get_data_info(0)['keypoints_visible']
    assert visible[0, :3].tolist() == [1, 0.5, 0]


def test_duplicates_and_exclude(root, log):
    both = FashionAIDataset(['a.csv', 'b.csv'], data_root=str(root))
    assert names(both) == ['1', '2', '3']
    assert both.get_data_info(0)['keypoints'][0, 0].tolist() == [10, 20]
    assert 'dropped 1 whose image id came before and 0 that' in log[-1][1]
    ids = [both.get_data_info(i)['id'] for i in range(3)]
    assert len(set(ids)) == 3
    other = FashionAIDataset(['b.csv', 'a.csv'], data_root=str(root))
    assert other.get_data_info(0)['keypoints'][0, 0].tolist() == [11, 21]

    rest = FashionAIDataset(['a.csv', 'b.csv'],
                            exclude='b.csv',
                            data_root=str(root))
    assert names(rest) == ['2']
    assert 'dropped 1 whose image id came before and 2 that' in log[-1][1]
    with pytest.raises(ValueError, match='a.csv: no rows are left, of 2'):
        FashionAIDataset(
            'a.csv', exclude=['b.csv', 'a.csv'], data_root=str(root))
    with pytest.raises(FileNotFoundError, match='c.csv: no such file'):
        FashionAIDataset('a.csv', exclude='c.csv', data_root=str(root))
    with pytest.raises(ValueError, match='ann_file names no csv'):
        FashionAIDataset([], data_root=str(root))


def test_csv_without_rows(root):
    write_csv(root / 'empty.csv')
    dataset = FashionAIDataset(['empty.csv', 'a.csv'], data_root=str(root))
    assert names(dataset) == ['1', '2']
    with pytest.raises(ValueError, match='empty.csv: no rows are left, of 0'):
        FashionAIDataset('empty.csv', data_root=str(root))


def test_one_image_folder_for_each_csv(root):
    write_csv(root / 'c.csv', row('4', neckline_left='1_2_1'))
    write_image(root / 'test_a/Images/blouse/4.jpg')
    cfg = dict(data_root=str(root))
    dataset = FashionAIDataset(['a.csv', 'c.csv'],
                               data_prefix=dict(img=['', 'test_a']),
                               **cfg)
    assert dataset.get_data_info(2)['img_path'] == str(
        root / 'test_a/Images/blouse/4.jpg')
    with pytest.raises(ValueError, match='img has 2 folders for 1 csv files'):
        FashionAIDataset('a.csv', data_prefix=dict(img=['', '']), **cfg)
    with pytest.raises(
            FileNotFoundError,
            match='c.csv:2: 1 of 3 images are '
            'not there, such as .*Images/blouse/4.jpg'):
        FashionAIDataset(['a.csv', 'c.csv'], **cfg)


def test_landmark_on_the_border_of_the_image(root, log):
    write_csv(root / 'c.csv', row('1', neckline_left='60_80_1'))
    FashionAIDataset('c.csv', data_root=str(root))
    assert [level for level, _ in log if level > 20] == []
    write_csv(root / 'c.csv', row('1', neckline_left='61_80_1'))
    FashionAIDataset('c.csv', data_root=str(root))
    assert '1 landmark of 1 garment is more than a pixel' in log[-1][1]


def test_broken_image(root):
    dataset = FashionAIDataset('a.csv', data_root=str(root))
    (root / 'Images/skirt/2.jpg').write_text('nothing')
    with pytest.raises(ValueError, match='2.jpg: not an image'):
        dataset.get_data_info(1)


def test_stock_features(root):
    cfg = dict(
        type='FashionAIDataset',
        ann_file=['a.csv', 'b.csv'],
        data_root=str(root),
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=(48, 64)),
            dict(type='PackPoseInputs'),
        ])
    dataset = DATASETS.build(cfg)
    sample = pickle.loads(pickle.dumps(dataset))[2]['data_samples']
    assert sample.category_id == 5
    assert sample.raw_ann_info['category'] == 'trousers'
    assert sample.gt_instances.bboxes.tolist() == [[0, 0, 59, 79]]
    assert len(DATASETS.build(dict(cfg, indices=2))) == 2
    bottomup = DATASETS.build(dict(cfg, pipeline=[], data_mode='bottomup'))
    assert bottomup[0]['bbox'].tolist() == [[0, 0, 59, 79]]


def test_real_photograph(shared, tmp_path):
    folder = shared / 'data/fashionai_real'
    photo, = (folder / 'Images').iterdir()
    write_csv(tmp_path / 'a.csv', row('1', armpit_left='512_512_1'))
    target = tmp_path / 'Images/blouse/1.jpg'
    target.parent.mkdir(parents=True)
    target.write_bytes(photo.read_bytes())
    dataset = FashionAIDataset('a.csv', data_root=str(tmp_path))
    height, width = cv2.imread(str(photo)).shape[:2]
    assert dataset.get_data_info(0)['bbox'].tolist() == [[
        0, 0, width - 1, height - 1
    ]]


def test_annotations_without_images(shared, tmp_path, log):
    csv = shared / 'data/fashionai_real/val_6415.csv'
    with pytest.raises(
            FileNotFoundError,
            match=r'val_6415.csv:2: 6412 of '
            '6412 images are not there, such as .*Images/blouse/a'):
        FashionAIDataset(str(csv), data_root=str(tmp_path))
    assert '6415 rows, dropped 3 whose image id came before' in log[0][1]
