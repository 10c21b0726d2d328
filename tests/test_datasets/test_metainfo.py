import os

import mmpose
import pytest
from mmengine import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from pcloss_mmpose.datasets import (DeepFashionCDataset, FashionAIDataset,
                                    FLDDataset)

# DeepFashion2's has numbers for names, and tests of its own.
ALL = [
    c for c in DATASETS.module_dict.values()
    if hasattr(c, 'BENCHMARK') and c.METAINFO == c.BENCHMARK.metainfo
]
COUNTS = {FLDDataset: 8, DeepFashionCDataset: 8, FashionAIDataset: 24}


def metainfo(cls):
    return cls._load_metainfo()


@pytest.mark.parametrize('cls', ALL)
def test_complete(cls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # nothing may hang on the working directory
    meta = metainfo(cls)
    count = COUNTS.get(cls, len(cls.BENCHMARK.landmarks))
    assert meta['num_keypoints'] == count
    assert len(meta['sigmas']) == count and (meta['sigmas'] > 0).all()
    assert len(meta['dataset_keypoint_weights']) == count
    ids = sorted(meta['upper_body_ids'] + meta['lower_body_ids'])
    assert ids == list(range(count))
    assert len(meta['skeleton_links']) == len(set(meta['skeleton_links'])) > 0
    assert {i
            for link in meta['skeleton_links']
            for i in link} == set(range(count))
    names = meta['keypoint_id2name']
    for i, j in enumerate(meta['flip_indices']):
        assert meta['flip_indices'][j] == i
        if i == j:
            assert names[i] in ('center_front', 'crotch')
        else:
            assert {'left', 'right'} == {
                side
                for side in ('left', 'right')
                for n in (i, j) if side in names[n]
            }
            assert names[i].replace('left', 'right') == names[j].replace(
                'left', 'right')


def test_names_are_mmposes():
    meta = metainfo(FLDDataset)
    stock = parse_pose_metainfo(
        Config.fromfile(
            os.path.join(
                os.path.dirname(mmpose.__file__),
                '.mim/configs/_base_/datasets/deepfashion_full.py')).
        dataset_info)
    assert meta['keypoint_name2id'] == stock['keypoint_name2id']
    assert meta['flip_indices'] == stock['flip_indices']


def test_fashionai_pairs():
    meta = metainfo(FashionAIDataset)
    name2id, flip = meta['keypoint_name2id'], meta['flip_indices']
    for left, right in (('cuff_left_in', 'cuff_right_in'), ('cuff_left_out',
                                                            'cuff_right_out'),
                        ('bottom_left_in',
                         'bottom_right_in'), ('armpit_left', 'armpit_right')):
        assert flip[name2id[left]] == name2id[right]


@pytest.mark.parametrize('cls', ALL)
def test_classes(cls):
    classes = metainfo(cls)['CLASSES']
    assert [c['id'] for c in classes] == list(range(1, len(classes) + 1))
    names = ['upper', 'lower', 'full']
    assert [c['name'] for c in classes] == {
        FLDDataset: names,
        DeepFashionCDataset: names,
        FashionAIDataset: ['blouse', 'outwear', 'dress', 'skirt', 'trousers']
    }.get(cls, list(cls.BENCHMARK.categories))


def test_class_is_left_alone():
    before = repr(FLDDataset.METAINFO)
    FLDDataset(split='test', lazy_init=True)
    assert repr(FLDDataset.METAINFO) == before
    assert DeepFashionCDataset.METAINFO['dataset_name'] == 'deepfashion_c'
