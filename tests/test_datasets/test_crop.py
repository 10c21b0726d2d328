"""Whole images in place of boxes: what is measured stays the same."""
import copy
import json

import numpy as np
import pytest
from PIL import Image
from test_detections import DETECTIONS, PIPELINE, STOCK_WARNING, write  # noqa
from test_fashionai_dataset import row, write_csv
from test_fld_dataset import to_coco
from toy_data import HEIGHT, ROWS, WIDTH, write_image

from pcloss_mmpose.datasets import (DeepFashionCDataset, FashionAIDataset,
                                    FLDDataset)
from pcloss_mmpose.datasets.readers import images
from pcloss_mmpose.evaluation import LandmarkFailures, NormalizedError

TEST_ROWS = [(n, c, 'test', b, k) for n, c, _, b, k in ROWS]
WHOLE = np.float32([[[(WIDTH - 1) / 2, (HEIGHT - 1) / 2]],
                    [[WIDTH - 1, HEIGHT - 1]]])


def crop_of(sample):
    return np.stack([sample['bbox_center'], sample['bbox_scale']])


@pytest.fixture
def make(make_fld, tmp_path):
    """Each data set and format, with and without the option."""

    def make(kind, **kwargs):
        kwargs = dict(data_root=str(tmp_path), **kwargs)
        if kind == 'fld':
            make_fld(rows=TEST_ROWS)
            return FLDDataset(split='test', **kwargs)
        if kind == 'deepfashion_c':
            make_fld(rows=TEST_ROWS, variation=False)
            return DeepFashionCDataset(split='test', **kwargs)
        if kind == 'json':
            make_fld()
            (tmp_path / 'fld.json').write_text(
                json.dumps(to_coco(ROWS)))
            return FLDDataset(
                ann_file='fld.json', data_prefix=dict(img='img/'), **kwargs)
        write_csv(
            tmp_path / 'a.csv',
            row('a', armpit_left='10_20_1', armpit_right='60_20_1'))
        write_image(tmp_path / 'Images/blouse/a.jpg')
        return FashionAIDataset(ann_file='a.csv', **kwargs)

    return make


@pytest.mark.filterwarnings(STOCK_WARNING)
@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize('kind', ['fld', 'deepfashion_c', 'json', 'fashionai'])
def test_the_image_is_seen_and_the_true_box_measures(kind, test_mode, make):
    results = []
    for crop in ('bbox', 'image'):
        dataset = make(
            kind, crop=crop, test_mode=test_mode, pipeline=PIPELINE)
        samples = []
        for i in range(len(dataset)):
            info = dataset.get_data_info(i)
            if crop == 'image':
                np.testing.assert_array_equal(crop_of(info), WHOLE)
                assert crop_of(info).dtype == np.float32
            elif kind != 'fashionai':
                assert info['bbox'].tolist() == [list(ROWS[i][3])]
            sample = dataset[i]['data_samples']
            assert sample.gt_instances.bboxes.tolist() == info['bbox'].tolist()
            if crop == 'image':
                np.testing.assert_array_equal(
                    sample.metainfo['input_center'].ravel(), WHOLE[0, 0])
            keypoints = sample.gt_instances.keypoints + np.float32([6, 8])
            sample.pred_instances = copy.deepcopy(sample.gt_instances)
            sample.pred_instances.keypoints = keypoints
            samples.append(sample.to_dict())
        result = {}
        norm = 'fashionai' if kind == 'fashionai' else 'bbox'
        for metric in (NormalizedError(norm), LandmarkFailures(norm)):
            metric.dataset_meta = dataset.metainfo
            metric.process(None, samples)
            result.update(metric.evaluate(len(samples)))
        results.append(result)
    assert results[0] == results[1]
    if kind == 'fashionai':
        assert results[0]['NE'] == pytest.approx(10 / 50)
    else:
        assert results[0]['NE/left sleeve'] == pytest.approx(
            np.hypot(6 / 100, 8 / 120))


def test_two_garments_of_an_image_are_two_samples(make_fld):
    """Of official lists, one image has one: MMPose's json tells of more."""
    root = make_fld()
    coco = to_coco(ROWS)
    for annotation in coco['annotations']:
        annotation['image_id'] = coco['images'][0]['id']
    (root / 'fld.json').write_text(json.dumps(coco))
    dataset = FLDDataset(
        data_root=str(root),
        ann_file='fld.json',
        data_prefix=dict(img='img/'),
        crop='image')
    samples = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert len({sample['img_path'] for sample in samples}) == 1
    assert [s['bbox'].tolist() for s in samples] == [[list(r[3])]
                                                     for r in ROWS]
    for sample in samples:
        np.testing.assert_array_equal(crop_of(sample), WHOLE)


def test_the_header_tells_the_size_of_a_picture_that_is_not_turned(
        make, tmp_path, monkeypatch):
    dataset = make('fld', crop='image')
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new('RGB', (WIDTH, HEIGHT)).save(tmp_path / 'img/b.jpg', exif=exif)
    np.testing.assert_array_equal(
        crop_of(dataset.get_data_info(1)), WHOLE[..., ::-1])
    monkeypatch.setattr(images, 'read_image', None)  # nothing is decoded
    np.testing.assert_array_equal(crop_of(dataset.get_data_info(0)), WHOLE)


def test_what_is_refused(make, write):  # noqa: F811
    with pytest.raises(
            ValueError,
            match="^FLDDataset: crop must be 'bbox' or "
            "'image', found 'box'$"):
        make('fld', crop='box')
    with pytest.raises(
            ValueError,
            match="^FLDDataset: crop='image' takes no boxes, leave out "
            "bbox_file='.*json'$"):
        make('fld', crop='image', test_mode=True, bbox_file=write(DETECTIONS))
