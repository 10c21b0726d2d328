"""DeepFashion2 for mmdet, and its detections for the landmarks."""
import json

import pytest
import torch
from deepfashion2_tree import write_split
from mmdet.registry import DATASETS
from mmengine.structures import InstanceData

from pcloss_mmpose.datasets import DeepFashion2AnnosDataset
from pcloss_mmpose.detection import GarmentCocoMetric

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape'))
]


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    return write_split(tmp_path_factory.mktemp('tree'))


def build(tree, **kwargs):
    return DATASETS.build(
        dict(type='DeepFashion2DetDataset', data_root=str(tree), **kwargs))


def test_the_same_items_as_the_landmarks(tree):
    dataset = build(tree)
    assert len(dataset) == 13 and (tree / 'train/annos.npz').is_file()
    assert dataset.metainfo['classes'][12] == 'sling dress'
    garments = DeepFashion2AnnosDataset(data_root=str(tree))
    infos = iter([garments.get_data_info(i) for i in range(len(garments))])
    for i in range(len(dataset)):
        image = dataset.get_data_info(i)
        assert (image['width'], image['height']) == (96, 128)
        for instance in image['instances']:
            item = next(infos)
            assert image['img_id'] == item['img_id']
            assert image['img_path'] == item['img_path']
            assert instance['bbox'] == item['bbox'][0].tolist()
            assert instance['bbox_label'] == item['category_id'] - 1


def test_detections_have_the_categories_of_the_landmarks(tree, tmp_path):
    dataset = build(tree, pipeline=PIPELINE, test_mode=True)
    samples = []
    for i in range(len(dataset)):
        sample = dataset[i]['data_samples']
        sample.pred_instances = InstanceData(
            bboxes=torch.tensor([x['bbox'] for x in sample.instances]),
            scores=torch.ones(len(sample.instances)),
            labels=torch.tensor([x['bbox_label'] for x in sample.instances]))
        samples.append(sample.to_dict())
    metric = GarmentCocoMetric(
        classwise=True, outfile_prefix=str(tmp_path / 'found'))
    metric.dataset_meta = dataset.metainfo
    metric.process(None, samples)
    result = metric.evaluate(len(dataset))
    assert result['coco/bbox_mAP'] == pytest.approx(1, abs=.01)
    assert result['coco/sling dress_precision'] == 1
    found = json.loads((tmp_path / 'found.bbox.json').read_text())
    assert {row['category_id'] for row in found} == set(range(1, 14))
    landmarks = DeepFashion2AnnosDataset(
        data_root=str(tree),
        test_mode=True,
        bbox_file=str(tmp_path / 'found.bbox.json'))
    assert len(landmarks) == len(found)
    for i in range(len(landmarks)):  # each is one of an item
        assert landmarks.get_data_info(i)['num_keypoints'] > 0
