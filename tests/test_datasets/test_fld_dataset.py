import copy
import json
import logging
import pickle

import numpy as np
import pytest
from mmengine import Config
from mmengine.registry import init_default_scope
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import DATASETS
from toy_data import HEIGHT, ROWS, WIDTH

from pcloss_mmpose.datasets import (DeepFashionCDataset, FLDDataset, checks,
                                    loading)

PACK = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=(48, 64)),
    dict(type='PackPoseInputs'),
]


def to_coco(rows):
    """The rows in the layout of MMPose's json."""
    images, annotations = [], []
    for i, (name, _, _, (x1, y1, x2, y2), landmarks) in enumerate(rows):
        images.append(
            dict(id=i, file_name=name[4:], width=WIDTH, height=HEIGHT))
        annotations.append(
            dict(
                id=i,
                image_id=i,
                category_id=1,
                iscrowd=0,
                bbox=[x1, y1, x2 - x1, y2 - y1],
                keypoints=[
                    float(c) for v, x, y in landmarks for c in (x, y, 2 - v)
                ]))
    return dict(images=images, annotations=annotations)


@pytest.fixture
def make_json(make_fld):

    def make(rows=ROWS, name='fld.json'):
        root = make_fld(rows=ROWS)
        (root / name).write_text(json.dumps(to_coco(rows)))
        return root

    return make


def test_instance(make_fld):
    root = make_fld()
    dataset = FLDDataset(data_root=str(root), split='train')
    assert len(dataset) == 2
    info = dataset.get_data_info(0)
    assert info['img_path'] == str(root / 'img/a.jpg')
    assert info['keypoints'].dtype == np.float32
    assert info['keypoints'].tolist() == [[[40, 30], [60, 32], [20, 80],
                                           [95, 82], [0, 0], [0, 0], [0, 0],
                                           [80, 130]]]
    assert info['keypoints_visible'].dtype == np.float32
    assert info['keypoints_visible'].tolist() == [[1, 1, 1, 1, 0, 0, 0, 1]]
    assert info['bbox'].dtype == np.float32
    assert info['bbox'].tolist() == [[10, 20, 110, 140]]
    assert info['bbox_score'].tolist() == [1]
    assert info['num_keypoints'] == 5
    assert (info['category_id'], info['category']) == (1, 'upper')
    raw = info['raw_ann_info']
    assert raw['keypoints'][6:9] == [20, 80, 1]
    assert len(raw['keypoints']) == 24
    assert raw['bbox'] == [10, 20, 100, 120] and raw['area'] == 12000
    assert dataset.get_data_info(1)['category'] == 'lower'


@pytest.mark.parametrize('split, ids', [('train', [0, 1]), ('val', [2]),
                                        ('test', [3])])
def test_splits(make_fld, split, ids):
    dataset = FLDDataset(data_root=str(make_fld()), split=split)
    assert [dataset.get_data_info(i)['id'] for i in range(len(dataset))] == ids


@pytest.mark.parametrize('weight', [0, 0.3, 1])
def test_occluded_weight(make_fld, weight):
    dataset = FLDDataset(
        data_root=str(make_fld()), split='train', occluded_weight=weight)
    info = dataset.get_data_info(0)
    assert info['keypoints_visible'][0].tolist() == [
        1, 1, np.float32(weight), 1, 0, 0, 0, 1
    ]
    # what the metrics read does not depend on it
    assert info['raw_ann_info']['keypoints'][8] == 1
    assert info['num_keypoints'] == 5


@pytest.mark.parametrize('weight', [-0.1, 1.5, float('nan'), None])
def test_bad_occluded_weight(make_fld, weight):
    with pytest.raises(
            ValueError,
            match=r'FLDDataset: occluded_weight must '
            rf'be in \[0, 1\], found {weight}'):
        FLDDataset(
            data_root=str(make_fld()), split='val', occluded_weight=weight)


def test_fraction_needs_the_weighted_target(make_fld):
    codec = dict(
        type='MSRAHeatmap',
        input_size=(48, 64),
        heatmap_size=(12, 16),
        sigma=2)
    cfg = dict(data_root=str(make_fld()), split='val', occluded_weight=0.3)
    pipeline = PACK[:3] + [dict(type='GenerateTarget', encoder=codec)]
    with pytest.raises(
            ValueError,
            match='occluded_weight=0.3 needs '
            'GenerateWeightedTarget in place of GenerateTarget'):
        FLDDataset(pipeline=pipeline, **cfg)
    for fine in (pipeline[:3], pipeline[:3] +
                 [dict(type='GenerateWeightedTarget', encoder=codec)]):
        FLDDataset(pipeline=fine, **cfg)
    FLDDataset(pipeline=pipeline, **dict(cfg, occluded_weight=0))


@pytest.mark.parametrize('split', [None, 'trainval', 'Train', 1])
def test_bad_split(make_fld, split):
    with pytest.raises(
            ValueError,
            match='FLDDataset: split must be one of '
            f'train, val, test, found {split!r}'):
        FLDDataset(data_root=str(make_fld()), split=split)


def test_empty_split(make_fld):
    root = make_fld(rows=ROWS[:2])
    with pytest.raises(
            ValueError, match='partition.txt: no image is in the '
            'split val'):
        FLDDataset(data_root=str(root), split='val')


@pytest.mark.parametrize('key', ['ann_file', 'bbox_list', 'partition_file'])
def test_missing_file(make_fld, key):
    with pytest.raises(
            FileNotFoundError,
            match='no/a.txt: no such file, the '
            'folder .*no does not exist'):
        FLDDataset(data_root=str(make_fld()), split='val', **{key: 'no/a.txt'})


def test_missing_root(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere/Anno does not exist'):
        FLDDataset(data_root=str(tmp_path / 'nowhere'), split='val')


@pytest.mark.parametrize(
    'name', ['Anno/list_bbox.txt', 'Eval/list_eval_partition.txt'])
def test_name_in_one_file_only(make_fld, edit, name):
    root = make_fld()
    edit(root / name, 'img/b', 'img/x')
    with pytest.raises(
            ValueError,
            match=f'{name}: no row for 1 of the 4 '
            'images of .*list_landmarks.txt, such as img/b.jpg'):
        FLDDataset(data_root=str(root), split='train')


def test_order_of_the_files_does_not_matter(make_fld):
    root = make_fld()
    for name in ('Anno/list_bbox.txt', 'Eval/list_eval_partition.txt'):
        lines = (root / name).read_text().splitlines()
        (root / name).write_text('\n'.join(lines[:2] + lines[:1:-1]))
    dataset = FLDDataset(data_root=str(root), split='test')
    assert dataset.get_data_info(0)['bbox'].tolist() == [[11, 21, 111, 141]]


def test_missing_images(make_fld):
    root = make_fld()
    (root / 'img/b.jpg').unlink()
    with pytest.raises(
            FileNotFoundError,
            match='landmarks.txt:4: 1 of 2 '
            'images are not there, such as .*img/b.jpg'):
        FLDDataset(data_root=str(root), split='train')
    # those of other splits are not asked for
    FLDDataset(data_root=str(root), split='test')


def test_landmark_outside_the_image(make_fld, edit, log):
    root = make_fld()
    path = root / 'Anno/list_landmarks.txt'
    edit(path, '040 030', f'{WIDTH} -1')  # within a pixel
    FLDDataset(data_root=str(root), split='train')
    assert not log
    edit(path, f'{WIDTH} -1', f'{WIDTH + 1} -1')
    edit(path, '060 032', '60 -2')
    FLDDataset(data_root=str(root), split='train')
    (level, text), = log
    assert level == logging.WARNING
    assert '2 landmarks of 1 garment are more than a pixel outside' in text
    assert '2 of 2 images was looked at' in text
    assert f'landmark 1 at (121, -1) in an image of {WIDTH} x' in text
    assert text.endswith('list_landmarks.txt:3')


def test_few_images_are_measured(make_fld, monkeypatch, log):
    opened = []
    monkeypatch.setattr(loading, 'image_size',
                        lambda p: opened.append(p) or (10, 10))
    monkeypatch.setattr(checks, '_IMAGES_MEASURED', 2)
    rows = [(f'img/{i}.jpg', ) + ROWS[0][1:] for i in range(20)]
    root = make_fld(rows=rows)
    FLDDataset(data_root=str(root), split='train')
    assert opened == [str(root / 'img/0.jpg'), str(root / 'img/19.jpg')]
    assert 'of 2 garments' in log[0][1] and '2 of 20 images' in log[0][1]


def test_garment_without_a_landmark(make_fld, log):
    rows = [(n, c, s, b, [(2, 0, 0)] * len(k)) if n == 'img/b.jpg' else
            (n, c, s, b, k) for n, c, s, b, k in ROWS]
    dataset = FLDDataset(data_root=str(make_fld(rows=rows)), split='train')
    assert len(dataset) == 1
    assert 'left out 1 of 2 garments without a labelled landmark' in log[0][1]
    root = make_fld(rows=[rows[1]])
    with pytest.raises(
            ValueError, match='none of the 1 garment has a labelled'):
        FLDDataset(data_root=str(root), split='train')


def test_json_equals_txt(make_json):
    root = make_json()
    from_txt = FLDDataset(data_root=str(root), split='train')
    from_json = FLDDataset(
        data_root=str(root), ann_file='fld.json', data_prefix=dict(img='img/'))
    assert len(from_json) == 4
    for i in range(len(from_txt)):
        a, b = from_txt.get_data_info(i), from_json.get_data_info(i)
        assert a.keys() == b.keys()
        for key in a:
            assert np.array_equal(a[key], b[key]), key


def test_several_json(make_json):
    make_json(ROWS[:2], 'one.json')
    rows = to_coco(ROWS)
    root = make_json()
    (root / 'two.json').write_text(
        json.dumps(
            dict(
                images=rows['images'][2:],
                annotations=rows['annotations'][2:])))
    cfg = dict(data_root=str(root), data_prefix=dict(img='img/'))
    both = FLDDataset(ann_file=['one.json', 'two.json'], **cfg)
    assert [both.get_data_info(i)['category']
            for i in range(4)] == ['upper', 'lower', 'full', 'upper']
    with pytest.raises(
            ValueError,
            match='fld.json: annotation 0: the id is '
            'already used in .*one.json: annotation 0'):
        FLDDataset(ann_file=['one.json', 'fld.json'], **cfg)
    with pytest.raises(ValueError, match="leave out split='test'"):
        FLDDataset(ann_file='one.json', split='test', **cfg)
    with pytest.raises(ValueError, match='must be one list_landmarks.txt or '):
        FLDDataset(ann_file=['one.json', 'a.txt'], split='test', **cfg)
    with pytest.raises(
            FileNotFoundError,
            match='one.json: annotation 0: 2 of '
            '2 images are not there'):
        FLDDataset(ann_file='one.json', data_root=str(root))


def test_json_sizes_are_all_checked(make_json, log):
    rows = [ROWS[0], ROWS[1][:4] + ([(0, 500, 20)] + ROWS[1][4][1:], )]
    root = make_json(rows)
    FLDDataset(
        data_root=str(root), ann_file='fld.json', data_prefix=dict(img='img/'))
    assert '1 landmark of 1 garment is' in log[0][1]
    assert log[0][1].endswith('fld.json: annotation 1')


def test_deepfashion_c(make_fld):
    root = make_fld(variation=False)
    dataset = DeepFashionCDataset(data_root=str(root), split='train')
    assert dataset.metainfo['dataset_name'] == 'deepfashion_c'
    expected = FLDDataset(data_root=str(make_fld()), split='train')
    make_fld(variation=False)
    for i in range(2):
        a, b = dataset.get_data_info(i), expected.get_data_info(i)
        assert np.array_equal(a['keypoints'], b['keypoints'])
        assert a['raw_ann_info'] == b['raw_ann_info']
    with pytest.raises(ValueError, match='variation_type is missing'):
        FLDDataset(data_root=str(root), split='train')


def test_packed_sample_carries_type_and_annotation(make_fld):
    dataset = FLDDataset(
        data_root=str(make_fld()),
        split='train',
        pipeline=PACK,
        test_mode=True)
    sample = dataset[1]['data_samples']
    assert sample.category_id == 2
    assert sample.raw_ann_info['category'] == 'lower'
    assert sample.raw_ann_info['keypoints'][-3:] == [85, 141, 2]
    assert sample.gt_instances.keypoints_visible.shape == (1, 8)


def test_stock_features(make_fld):
    cfg = Config(
        dict(
            type='FLDDataset',
            data_root=str(make_fld()),
            split='train',
            pipeline=PACK))
    dataset = DATASETS.build(cfg)
    assert isinstance(dataset, FLDDataset)
    again = pickle.loads(pickle.dumps(dataset))
    plain = DATASETS.build(dict(cfg, serialize_data=False))
    copied = copy.deepcopy(plain)
    for other in (again, plain, copied):
        a, b = dataset[1]['data_samples'], other[1]['data_samples']
        assert (dataset[1]['inputs'] == other[1]['inputs']).all()
        assert a.raw_ann_info == b.raw_ann_info
    assert len(DATASETS.build(dict(cfg, indices=1))) == 1
    assert len(dataset.get_subset(1)) == 1
    assert len(DATASETS.build(dict(cfg, sample_interval=2))) == 1
    lazy = DATASETS.build(dict(cfg, lazy_init=True))
    lazy.full_init()
    assert len(lazy) == 2
    bottomup = DATASETS.build(dict(cfg, pipeline=[], data_mode='bottomup'))
    assert bottomup[0]['keypoints'].shape == (1, 8, 2)
    filtered = dict(
        cfg, filter_cfg=dict(bbox_score_thr=2), serialize_data=False)
    assert len(DATASETS.build(filtered)) == 0


def test_combined_dataset(make_fld):
    root = str(make_fld())
    combined = DATASETS.build(
        dict(
            type='CombinedDataset',
            metainfo=FLDDataset.METAINFO,
            datasets=[
                dict(type='FLDDataset', data_root=root, split=split)
                for split in ('train', 'val')
            ],
            pipeline=PACK))
    assert len(combined) == 3
    assert combined[2]['data_samples'].category_id == 3


def test_stock_coco_metric_reads_the_annotation(make_fld, tmp_path):
    init_default_scope('mmpose')
    dataset = FLDDataset(
        data_root=str(make_fld()),
        split='train',
        pipeline=PACK,
        test_mode=True)
    metric = CocoMetric(outfile_prefix=str(tmp_path / 'out'))
    metric.dataset_meta = dataset.metainfo
    samples = []
    for i in range(len(dataset)):
        sample = dataset[i]['data_samples'].to_dict()
        sample['pred_instances'] = dict(
            keypoints=sample['gt_instances']['keypoints'],
            keypoint_scores=np.ones((1, 8), dtype=np.float32),
            bbox_scores=np.ones(1, dtype=np.float32))
        samples.append(sample)
    metric.process(None, samples)
    # two garment types, of which CocoMetric predicts one
    assert metric.evaluate(len(dataset))['coco/AP'] > 0


@pytest.fixture
def garments(shared):
    return str(shared / 'data/garments_real')


def test_real_photographs(garments, log):
    sizes = []
    for split in ('train', 'val', 'test'):
        dataset = FLDDataset(data_root=garments, split=split, pipeline=PACK)
        sizes.append(len(dataset))
        for i in range(0, len(dataset), 10):
            keypoints = dataset[i]['data_samples'].gt_instances.keypoints
            assert keypoints.shape == (1, 8, 2)
    assert sizes == [77, 17, 23]
    assert not log
    info = FLDDataset(data_root=garments, split='train').get_data_info(0)
    assert info['bbox'].tolist() == [[156, 31, 389, 302]]


def test_real_json_has_the_landmarks_of_the_stock_data_set(shared):
    cfg = dict(
        data_root=str(shared / 'data/mmpose_samples/fld'),
        ann_file='test_fld.json')
    ours = FLDDataset(**cfg)
    with pytest.warns(UserWarning, match='matched config file'):
        stock = DATASETS.get('DeepFashionDataset')(subset='full', **cfg)
    for i in range(2):
        a, b = ours.get_data_info(i), stock.get_data_info(i)
        for key in ('keypoints', 'keypoints_visible', 'img_path', 'img_id',
                    'num_keypoints', 'flip_indices'):
            assert np.array_equal(a[key], b[key]), key
        assert np.abs(a['bbox'] - b['bbox']).max() <= 1  # not clipped
