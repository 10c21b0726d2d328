"""What mmdet gets of the official files, and what it writes of them."""
import json
import shutil
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
import torch
from mmdet.datasets import AspectRatioBatchSampler
from mmdet.evaluation import CocoMetric, VOCMetric
from mmdet.evaluation.functional import mean_ap
from mmdet.registry import DATASETS
from mmengine.dataset import DefaultSampler
from mmengine.structures import InstanceData
from PIL import Image

from pcloss_mmpose.datasets import FLDDataset
from pcloss_mmpose.datasets.readers import image_size
from pcloss_mmpose.detection import GarmentDetDataset
from pcloss_mmpose.rendering import render_dataset

# As in mmdet's configs: without `instances` among the meta_keys.
PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(64, 64), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                   'scale_factor'))
]


def build(root, split='test', **kwargs):
    return DATASETS.build(
        dict(
            type='GarmentDetDataset',
            data_root=str(root),
            split=split,
            **kwargs))


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_the_same_garments_as_the_landmarks(split, rendered):
    dataset = build(rendered, split)
    landmarks = FLDDataset(data_root=str(rendered), split=split)
    assert len(dataset) == len(landmarks) > 0
    assert dataset.metainfo['classes'] == ('upper', 'lower', 'full')
    for i in range(len(dataset)):
        ours, theirs = dataset.get_data_info(i), landmarks.get_data_info(i)
        assert ours['img_path'] == theirs['img_path']
        assert ours['img_path'].endswith('/' + ours['img_id'])
        assert (ours['width'], ours['height']) == image_size(ours['img_path'])
        instance, = ours['instances']
        assert instance['bbox'] == theirs['bbox'][0].tolist()
        assert instance['bbox_label'] == theirs['category_id'] - 1
        assert instance['ignore_flag'] == 0
        assert dataset.get_cat_ids(i) == [instance['bbox_label']]


def test_rows_without_variation_type(tmp_path):
    split = dict(train=.4, val=.3, test=.3)
    render_dataset(
        'deepfashion_c',
        6,
        seed=0,
        out=tmp_path,
        size=64,
        split=split,
        workers=1)
    assert len(build(tmp_path)) > 0


def test_stock_pipeline(rendered):
    load, resize, annotate, pack = PIPELINE
    dataset = build(rendered, 'train', pipeline=[load, annotate, resize, pack])
    info = dataset.get_data_info(0)
    sample = dataset[0]['data_samples']
    scale = sample.scale_factor[0]
    np.testing.assert_allclose(
        sample.gt_instances.bboxes.tensor.numpy(),
        np.float32([info['instances'][0]['bbox']]) * scale,
        rtol=1e-5)
    assert sample.gt_instances.labels == info['instances'][0]['bbox_label']
    assert 'instances' not in sample  # as of a stock data set
    sampler = AspectRatioBatchSampler(DefaultSampler(dataset), batch_size=2)
    assert sum(map(len, sampler)) == len(dataset)


def test_images_that_are_skipped_or_turned(rendered, tmp_path):
    root = shutil.copytree(rendered, tmp_path / 'copy')
    load = dict(type='LoadImageFromFile')
    skip = dict(load, ignore_empty=True)
    dataset = build(root, 'train', pipeline=[skip])
    empty, turned = (dataset.get_data_info(i)['img_path'] for i in range(2))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (100, 40)).save(turned, exif=exif)
    for color_type in ('color', 'color_ignore_orientation'):
        dataset = build(
            root, 'train', pipeline=[dict(load, color_type=color_type)])
        info, sample = dataset.get_data_info(1), dataset[1]
        assert (info['height'], info['width']) == sample['img_shape']
    open(empty, 'w').close()
    dataset = build(root, 'train', pipeline=[skip])
    assert len(dataset) > 1
    for i in range(len(dataset)):
        assert dataset[i]['img_path'] != empty
    with pytest.raises(ValueError, match='an empty file'):
        build(root, 'train', pipeline=[load])[0]


def predicted(dataset, shift):
    """Samples with each true box moved by a share of its width."""
    samples = []
    for i in range(len(dataset)):
        sample = dataset[i]['data_samples']
        instance, = sample.instances
        x1, y1, x2, y2 = instance['bbox']
        moved = shift * (x2 - x1)
        sample.pred_instances = InstanceData(
            bboxes=torch.tensor([[x1 + moved, y1, x2 + moved, y2]] * 2),
            scores=torch.tensor([.9, .1]),
            labels=torch.tensor([instance['bbox_label'], 0]))
        samples.append(sample.to_dict())
    return samples


def test_stock_metrics(rendered, tmp_path, monkeypatch):
    """mmdet's, ground truth from the samples; its file serves as bbox_file."""
    # VOCMetric forks this process, which has threads: a child may hang then.
    monkeypatch.setattr(mean_ap, 'Pool', ThreadPool)
    dataset = build(rendered, pipeline=PIPELINE, test_mode=True)
    for shift, ap50, ap in ((0, 1, 1), (.25, 1, .3), (.5, 0, 0)):
        metric = CocoMetric(outfile_prefix=str(tmp_path / 'found'))
        metric.dataset_meta = dataset.metainfo
        metric.process(None, predicted(dataset, shift))
        result = metric.evaluate(len(dataset))
        assert result['coco/bbox_mAP_50'] == ap50
        # IoU (1 - .25) / (1 + .25) = 0.6: three of the ten thresholds, the
        # third at rounding's mercy
        assert result['coco/bbox_mAP'] == pytest.approx(ap, abs=.101)
        voc = VOCMetric(iou_thrs=.5)
        voc.dataset_meta = dict(dataset.metainfo, dataset_type='VOC')
        voc.process(None, predicted(dataset, shift))
        result = voc.evaluate(len(dataset))
        assert result['pascal_voc/mAP'] == pytest.approx(ap50, abs=.01)

    found = json.loads((tmp_path / 'found.bbox.json').read_text())
    names = {dataset.get_data_info(i)['img_id'] for i in range(len(dataset))}
    assert {d['image_id'] for d in found} == names
    landmarks = FLDDataset(
        data_root=str(rendered),
        split='test',
        test_mode=True,
        bbox_file=str(tmp_path / 'found.bbox.json'))
    for i in range(len(landmarks)):
        info = landmarks.get_data_info(i)
        x1, y1, x2, y2 = info['bbox'][0]
        np.testing.assert_allclose(
            info['bbox_center'],
            [[x1 + (x2 - x1) / 2 + .5 * (x2 - x1), (y1 + y2) / 2]],
            rtol=1e-5)
        np.testing.assert_allclose(
            info['bbox_scale'], [[x2 - x1, y2 - y1]], rtol=1e-5)


def test_mistakes(rendered, tmp_path):
    with pytest.raises(
            ValueError,
            match='GarmentDetDataset: split must be one of train, val, test, '
            "found 'all'"):
        build(rendered, 'all')
    with pytest.raises(FileNotFoundError, match='list_landmarks.txt: no such'):
        build(tmp_path)
    root = shutil.copytree(rendered, tmp_path / 'copy')
    image = GarmentDetDataset(
        data_root=str(root), split='test').get_data_info(0)['img_path']
    (root / image).unlink()
    with pytest.raises(
            FileNotFoundError,
            match=r'list_landmarks.txt:\d+: 1 of \d+ images are not there'):
        build(root)
    boxes = root / 'Anno/list_bbox.txt'
    boxes.write_text(boxes.read_text().replace('img/', 'img/x', 1))
    with pytest.raises(ValueError, match='list_bbox.txt: no row for 1 of'):
        build(root)
