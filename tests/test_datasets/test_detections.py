"""Detected boxes: what is cropped changes, what is measured does not."""
import copy
import json

import cv2
import numpy as np
import pytest
from mmpose.evaluation.metrics import PCKAccuracy
from mmpose.registry import DATASETS
from test_fld_dataset import to_coco
from toy_data import HEIGHT, ROWS, WIDTH

from pcloss_mmpose.datasets import (DeepFashionCDataset, FashionAIDataset,
                                    FLDDataset)
from pcloss_mmpose.datasets.detections import read_best_boxes
from pcloss_mmpose.evaluation import LandmarkFailures, NormalizedError

TEST_ROWS = [(n, c, 'test', b, k) for n, c, _, b, k in ROWS]
PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=(48, 64)),
    dict(type='PackPoseInputs'),
]
# As stock data sets with centre and scale cause it.
STOCK_WARNING = 'ignore:Use the existing "bbox_center" and "bbox_scale"'


def detection(image_id, x=10, y=20, w=60, h=80, score=.5, category_id=0):
    return dict(
        image_id=image_id,
        category_id=category_id,
        bbox=[x, y, w, h],
        score=score)


DETECTIONS = [
    detection('img/a.jpg', score=.2, x=50),
    detection('img/a.jpg', score=.9, category_id=2),  # the type is ignored
    detection('img/a.jpg', score=.9, x=55),  # the first of equals counts
    detection('img/b.jpg', x=4.5, y=2.25, w=11, h=21, score=.75),
    detection('img/elsewhere.jpg'),
]


@pytest.fixture
def write(tmp_path):

    def write(content):
        file = tmp_path / 'found.bbox.json'
        file.write_text(
            content if isinstance(content, str) else json.dumps(content))
        return str(file)

    return write


def build(root, file=None, kind=FLDDataset, **kwargs):
    given = dict(data_root=str(root), test_mode=True, bbox_file=file)
    return kind(**{**given, **kwargs})


def test_the_best_box_is_cropped_and_the_true_one_stays(make_fld, write, log):
    root = make_fld(rows=TEST_ROWS)
    true = build(root, split='test')
    detected = build(root, write(DETECTIONS), split='test')
    assert len(detected) == len(true) == 4
    message, = [text for _, text in log if 'detection' in text]
    assert message.startswith('FLDDataset: 2 of 4 garments have no detection')
    crops = [
        ([[40, 60]], [[60, 80]], .9),
        ([[10, 12.75]], [[11, 21]], .75),
        # the whole image
        ([[(WIDTH - 1) / 2, (HEIGHT - 1) / 2]], [[WIDTH - 1, HEIGHT - 1]], 0),
        ([[(WIDTH - 1) / 2, (HEIGHT - 1) / 2]], [[WIDTH - 1, HEIGHT - 1]], 0)
    ]
    for i, (center, scale, score) in enumerate(crops):
        a, b = true.get_data_info(i), detected.get_data_info(i)
        for key, value in (('bbox_center', center), ('bbox_scale', scale),
                           ('bbox_score', [score])):
            found = b.pop(key)
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, np.float32(value))
        assert a.pop('bbox_score') == 1
        assert a.keys() == b.keys()
        for key in a:
            assert np.array_equal(a[key], b[key]), key


@pytest.mark.filterwarnings(STOCK_WARNING)
def test_errors_stand_beside_those_of_true_boxes(make_fld, write):
    """The same predictions, in pixels of the image: the same figures."""
    root = make_fld(rows=TEST_ROWS)
    results = []
    for file in (None, write(DETECTIONS)):
        dataset = build(root, file, split='test', pipeline=PIPELINE)
        samples = []
        for i in range(len(dataset)):
            sample = dataset[i]['data_samples']
            # what the model adds, here with an error of 6 and 8 pixels
            keypoints = sample.gt_instances.keypoints + np.float32([6, 8])
            sample.pred_instances = copy.deepcopy(sample.gt_instances)
            sample.pred_instances.keypoints = keypoints
            samples.append(sample.to_dict())
        result = {}
        for metric in (NormalizedError(), LandmarkFailures(), PCKAccuracy()):
            metric.dataset_meta = dataset.metainfo
            metric.process(None, samples)
            result.update(metric.evaluate(len(samples)))
        results.append(result)
    assert results[0] == results[1]
    width, height = 100, 120  # of the true box of img/a.jpg and img/d.jpg
    assert results[0]['NE/left sleeve'] == pytest.approx(
        np.hypot(6 / width, 8 / height))


@pytest.mark.filterwarnings(STOCK_WARNING)
def test_the_network_sees_the_detected_box(make_fld, write):
    root = make_fld(rows=TEST_ROWS)
    image = np.random.default_rng(0).integers(
        0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    cv2.imwrite(str(root / 'img/a.jpg'), image)
    file = write([detection('img/a.jpg', x=20, y=30, w=48, h=64)])
    # a box of the network's size: no interpolation
    pipeline = [
        dict(PIPELINE[1], padding=1.) if i == 1 else step
        for i, step in enumerate(PIPELINE)
    ]
    dataset = build(root, file, split='test', pipeline=pipeline)
    seen = dataset[0]['inputs'].numpy().transpose(1, 2, 0)
    decoded = cv2.imread(str(root / 'img/a.jpg'))
    np.testing.assert_array_equal(seen, decoded[30:94, 20:68])
    meta = dataset[0]['data_samples'].metainfo
    assert meta['input_center'].ravel().tolist() == [44, 62]


@pytest.mark.parametrize('kind', [DeepFashionCDataset, FashionAIDataset])
def test_other_data_sets(kind, make_fld, write, tmp_path, request):
    if kind is DeepFashionCDataset:
        root = make_fld(variation=False, rows=TEST_ROWS)
        dataset = build(root, write(DETECTIONS), kind, split='test')
    else:
        from test_fashionai_dataset import row, write_csv
        make_fld()  # the images
        write_csv(tmp_path / 'a.csv', row('a', neckline_left='10_20_1'),
                  row('b', 'skirt', hemline_left='50_40_1'))
        for category, name in (('blouse', 'a'), ('skirt', 'b')):
            folder = tmp_path / 'Images' / category
            folder.mkdir(parents=True)
            (tmp_path / f'img/{name}.jpg').rename(folder / f'{name}.jpg')
        file = write([detection('Images/blouse/a.jpg', score=.9)])
        dataset = build(tmp_path, file, kind, ann_file='a.csv')
        assert dataset.get_data_info(0)['bbox'].tolist() == [[
            0, 0, WIDTH - 1, HEIGHT - 1
        ]]
        assert dataset.get_data_info(1)['bbox_scale'].tolist() == [[
            WIDTH - 1, HEIGHT - 1
        ]]
    assert dataset.get_data_info(0)['bbox_center'].tolist() == [[40, 60]]


def test_image_ids_of_a_json(make_fld, write):
    """Whole numbers are those of the annotations: here of a COCO json."""
    root = make_fld()
    coco = to_coco(ROWS)
    for image, annotation in zip(coco['images'], coco['annotations']):
        image['id'] = annotation['image_id'] = image['id'] + 700
    (root / 'fld.json').write_text(json.dumps(coco))
    dataset = build(
        root,
        write([detection(701, score=.9),
               detection(3)]),
        ann_file='fld.json',
        data_prefix=dict(img='img/'))
    assert [dataset.get_data_info(i)['bbox_score'].tolist()
            for i in range(4)] == [[0], [np.float32(.9)], [0], [0]]


def test_subsets_keep_their_boxes(make_fld, write):
    root = make_fld(rows=TEST_ROWS)
    cfg = dict(
        type='FLDDataset',
        data_root=str(root),
        split='test',
        test_mode=True,
        bbox_file=write(DETECTIONS))
    assert DATASETS.build(dict(
        cfg, indices=[1])).get_data_info(0)['bbox_score'] == .75
    whole = DATASETS.build(cfg)
    assert whole.get_subset([1]).get_data_info(0)['bbox_score'] == .75
    kept = DATASETS.build(dict(cfg, filter_cfg=dict(bbox_score_thr=.8)))
    assert [kept.get_data_info(i)['id'] for i in range(len(kept))] == [0]


@pytest.mark.parametrize('content, message', [
    ('[', 'not a json file'),
    ('[' * 100_000, 'not a json file'),
    ('{}', 'must be a list of detections.* found a dict'),
    ('[]', 'has no detections'),
    ([DETECTIONS[0], 5], 'detection 2: must be an object with image_id, bbox'),
    ([dict(image_id=1, score=1)], 'detection 1: bbox is missing'),
    ([detection(True)], 'detection 1: image_id must be .* found True'),
    ([detection(1.5)], 'image_id must be the name of an image or a whole'),
    ([detection(1, score='1')], "score must be a number, found '1'"),
    ([detection(1, score=float('nan'))], 'score must be .* found nan'),
    ([detection(1, w=0)], r'bbox must be four numbers.* \[10, 20, 0, 80\]'),
    ([detection(1, x=float('inf'))], r'bbox must be .* found \[inf'),
    ([dict(image_id=1, score=1, bbox=[1, 2, 3])], 'bbox must be four'),
    ([detection('img/z.jpg')], "no detection in the 1 image, such "
     "as image_id 'img/a.jpg' or 3, but in 1 other, such as 'img/z.jpg'"),
])
def test_mistakes(content, message, write):
    file = write(content)
    with pytest.raises(ValueError, match=message) as error:
        read_best_boxes(file, ['img/a.jpg'], np.array([3]))
    assert str(error.value).startswith(f'{file}: ')
    assert '\n' not in str(error.value)


def test_what_it_is_not_for(make_fld, write):
    root = make_fld()
    with pytest.raises(FileNotFoundError, match='no/such.json: no such file'):
        build(root, 'no/such.json', split='test')
    file = write(DETECTIONS)
    with pytest.raises(ValueError, match='when `test_mode==True`'):
        build(root, file, split='train', test_mode=False)
    with pytest.raises(ValueError, match='only supported in topdown mode'):
        build(root, file, split='test', data_mode='bottomup')
