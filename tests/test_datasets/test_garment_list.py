import copy
import pickle

import numpy as np
import pytest
from mmpose.registry import DATASETS

from pcloss_mmpose.datasets.garment_list import GarmentList
from pcloss_mmpose.datasets.readers import LandmarkTable

WEIGHTS = np.array([0, .25, 1], dtype=np.float32)
PATHS = ['img/a.jpg', 'img/\u00e9 \u5916.jpg', 'img/c\udcff.jpg', 'd']


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    keypoints = rng.integers(1, 90, (4, 3, 3)).astype(np.float32)
    keypoints[..., 2] = [[2, 1, 0], [0, 0, 0], [1, 1, 1], [2, 2, 2]]
    return LandmarkTable(
        names=PATHS,
        categories=np.array([1, 2, 2, 1]),
        keypoints=keypoints,
        sources=PATHS,
        ids=np.array([7, 5, 3, 1]),
        image_ids=np.array([8, 6, 4, 2]),
        boxes=np.array([[1, 2, 31, 42]] * 4, dtype=np.float32))


def test_an_item_has_all_of_its_row(table):
    garments = GarmentList(table, PATHS, WEIGHTS, ('upper', 'lower'))
    assert garments.num_labelled.tolist() == [2, 0, 3, 3]
    assert len(garments) == 4
    assert [g['img_path'] for g in garments] == PATHS
    first, last = garments[0], garments[-1]
    assert last['id'] == 1 and last['img_id'] == 2
    np.testing.assert_array_equal(first['keypoints'][0],
                                  table.keypoints[0, :, :2])
    assert first['keypoints_visible'].tolist() == [[1, .25, 0]]
    assert first['keypoints_visible'].dtype == np.float32
    assert first['bbox'].tolist() == [[1, 2, 31, 42]]
    raw = first['raw_ann_info']
    assert raw['keypoints'] == table.keypoints[0].ravel().tolist()
    assert raw['bbox'] == [1, 2, 30, 40] and raw['area'] == 1200
    assert raw['num_keypoints'] == 2 and raw['category'] == 'upper'
    assert all(
        type(raw[k]) is int
        for k in ('id', 'image_id', 'category_id', 'num_keypoints'))
    with pytest.raises(IndexError):
        garments[4]


def test_slices_and_selections(table):
    garments = GarmentList(table, PATHS, WEIGHTS, ('upper', 'lower'))
    part = garments[1:]
    assert [g['id'] for g in part] == [5, 3, 1]
    assert [g['id'] for g in part[-2:].take(np.array([1, 0]))] == [1, 3]
    assert part.num_labelled.tolist() == [0, 3, 3] and len(garments) == 4
    for other in (copy.deepcopy(part), pickle.loads(pickle.dumps(part))):
        assert [g['id'] for g in other] == [5, 3, 1]


def test_what_a_pipeline_changes_stays_its_own(make_fld):
    dataset = DATASETS.build(
        dict(type='FLDDataset', data_root=str(make_fld()), split='train'))
    plain = [dataset.get_data_info(i) for i in range(len(dataset))]
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        for key in ('keypoints', 'keypoints_visible', 'bbox', 'bbox_score'):
            info[key] += 1
        for key in ('flip_indices', 'flip_pairs', 'lower_body_ids'):
            info[key].append(99)
        info['raw_ann_info']['keypoints'][0] = 99
    # What a checkpoint or a dumped prediction keeps is no class of ours.
    for metainfo in (dataset.metainfo, plain[0]):
        assert type(metainfo['flip_indices']) is list
        assert type(metainfo['skeleton_links']) is list
    dataset.metainfo['CLASSES'][0]['name'] = 'changed'
    assert dataset.metainfo['CLASSES'][0]['name'] == 'upper'
    for i, before in enumerate(plain):
        after = dataset.get_data_info(i)
        for key in ('keypoints', 'keypoints_visible', 'bbox', 'bbox_score'):
            np.testing.assert_array_equal(after[key], before[key])
        for key in ('flip_indices', 'flip_pairs', 'lower_body_ids',
                    'raw_ann_info'):
            assert after[key] == before[key]


def test_a_subset_stays_in_columns(make_fld):
    cfg = dict(type='FLDDataset', data_root=str(make_fld()), split='train')
    dataset = DATASETS.build(cfg)
    paths = [dataset.get_data_info(i)['img_path'] for i in (0, 1)]
    for subset in (DATASETS.build(dict(cfg, indices=[1, 0])),
                   dataset.get_subset([1, 0])):
        assert isinstance(subset.data_list, GarmentList)
        assert [subset.get_data_info(i)['img_path']
                for i in (0, 1)] == paths[::-1]
