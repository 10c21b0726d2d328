"""Left and right of every data set that MMPose describes."""
import json
from pathlib import Path

import mmpose
import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from pcloss_mmpose.datasets import FashionAIDataset, FLDDataset
from pcloss_mmpose.groups import NUMBERED, left_right_groups

METAINFO = Path(mmpose.__file__).parent / '.mim/configs/_base_/datasets'
NO_PAIRS = {
    '300wlp', 'coco_wholebody_hand', 'freihand2d', 'horse10', 'interhand2d',
    'onehand10k', 'panoptic_hand2d', 'rhd2d'
}
# Names for the body, numbers for the face.
MIXED = {
    'coco_wholebody', 'coco_wholebody_openpose', 'h3wb', 'halpe', 'ubody2d',
    'ubody3d'
}


def metainfo(*names, dataset_name='test'):
    """Landmarks in swap pairs: the first with the second, and so on."""
    swaps = [
        names[index ^ 1] if index ^ 1 < len(names) else ''
        for index in range(len(names))
    ]
    return dict(
        dataset_name=dataset_name,
        keypoint_info={
            index: dict(name=name, swap=swap)
            for index, (name, swap) in enumerate(zip(names, swaps))
        },
        skeleton_info={},
        joint_weights=[1.] * len(names),
        sigmas=[.1] * len(names))


def flip_indices(file):
    flip = parse_pose_metainfo(dict(from_file=file))['flip_indices']
    if file.endswith('/deepfashion2.py'):
        # vest_kpt13, which vest_kpt9 names and that names nobody
        assert flip[136] == flip[140] == 140
        flip[140] = 136
    return flip


@pytest.mark.parametrize('name', sorted(f.stem for f in METAINFO.glob('*.py')))
def test_every_data_set_of_mmpose(name):
    file = f'configs/_base_/datasets/{name}.py'
    if name in NO_PAIRS | MIXED:
        message = 'has no swap pairs' if name in NO_PAIRS else 'tells no side'
        with pytest.raises(ValueError, match=message):
            left_right_groups(file)
        return
    left, right = map(set, left_right_groups(file))
    flip = flip_indices(file)
    assert {flip[i] for i in left} == right
    assert left | right == set(range(len(flip)))
    assert left & right == {i for i, j in enumerate(flip) if i == j}


@pytest.mark.parametrize('left, right', [
    ('left_eye', 'right_eye'),
    ('left collar', 'right collar'),
    ('L_Hip', 'R_Hip'),
    ('LHip', 'RHip'),
    ('lHip', 'rHip'),
    ('eyeL', 'eyeR'),
    ('forelegL1', 'forelegR1'),
    ('LEFT_EYE', 'RIGHT_EYE'),
    ('ear-left-2', 'ear-right-2'),
])
def test_sides_in_names(left, right):
    info = metainfo(right, left, 'nose')
    assert left_right_groups(info) == [[1, 2], [0, 2]]


@pytest.mark.parametrize('first, second', [
    ('kpt-0', 'kpt-1'),
    ('upper lip', 'lower lip'),
    ('Lip', 'Rib'),
    ('leftover', 'rightly'),
    ('left right', 'right left'),
    ('ALL', 'OR'),
])
def test_names_without_a_side(first, second):
    with pytest.raises(ValueError, match=f"'{first}' of .* tells no side"):
        left_right_groups(metainfo(first, second))


def test_swap_partners_on_one_side():
    with pytest.raises(
            ValueError,
            match="'left a' and 'left b' of 'toy' are "
            'swap partners, but the names of both tell the left'):
        left_right_groups(metainfo('left a', 'left b', dataset_name='toy'))


def test_a_swap_partner_that_is_not_there():
    info = metainfo('left a', 'right a', dataset_name='toy')
    info['keypoint_info'][0]['swap'] = 'right z'
    with pytest.raises(ValueError, match="metainfo of 'toy' names 'right z'"):
        left_right_groups(info)


@pytest.mark.parametrize('swaps, found', [
    (('right collar', '', ''), "'left collar' is 'right collar', but that of "
     "'right collar' is ''"),
    (('right collar', 'right collar', ''), "'left collar' is 'right collar', "
     "but that of 'right collar' is ''"),
    (('right collar', 'right hem', 'left collar'), "'left collar' is 'right "
     "collar', but that of 'right collar' is 'right hem'"),
    (('right collar', 'left collar', 'left collar'), "'right hem' is 'left "
     "collar', but that of 'left collar' is 'right collar'"),
])
def test_swap_partners_that_are_not_each_other_s(
        swaps, found, tmp_path, monkeypatch):
    info = metainfo('left collar', 'right collar', 'right hem',
                    dataset_name='toy')  # yapf: disable
    for index, swap in enumerate(swaps):
        info['keypoint_info'][index]['swap'] = swap
    file = tmp_path / 'toy.py'
    file.write_text(f'dataset_info = {info!r}')

    class OneSided(FLDDataset):
        METAINFO = info

    monkeypatch.setitem(DATASETS.module_dict, 'OneSided', OneSided)
    for given in (info, str(file), dict(from_file=str(file)), 'OneSided'):
        with pytest.raises(ValueError, match=f'the swap of {found}'):
            left_right_groups(given)
    # what flips the pictures of a data set
    for cls, given in ((OneSided, None), (FLDDataset, info),
                       (FashionAIDataset, dict(from_file=str(file)))):
        with pytest.raises(ValueError, match=f'metainfo: the swap of {found}'):
            cls('a.json', metainfo=given, lazy_init=True)


def test_a_landmark_that_is_its_own_swap_partner():
    info = metainfo('left collar', 'right collar', 'neck')
    info['keypoint_info'][2]['swap'] = 'neck'
    assert left_right_groups(info) == [[0, 2], [1, 2]]


def test_numbers_of_a_known_data_set_only():
    names = 'kpt-0', 'kpt-1', 'kpt-2'
    assert left_right_groups(metainfo(*names, dataset_name='aflw')) == [[0, 2],
                                                                        [1, 2]]
    # named and numbered landmarks in one
    with pytest.raises(ValueError, match="'kpt-0' of .* tells no side"):
        left_right_groups(
            metainfo(
                'left eye', 'right eye', 'kpt-0', 'kpt-1',
                dataset_name='aflw'))


def test_numbered_outlines_of_deepfashion2():
    """No line of MMPose's skeleton leads from one side to the other."""
    file = 'configs/_base_/datasets/deepfashion2.py'
    left, right = map(set, left_right_groups(file))
    links = parse_pose_metainfo(dict(from_file=file))['skeleton_links']
    assert len(links) > 250
    for a, b in links:
        assert {a, b} <= left or {a, b} <= right, (a, b)


@pytest.mark.parametrize('name, file, key', [
    ('300w', 'faces_real/annotations/face68_test.json', 'keypoints'),
    ('wflw', 'mmpose_samples/wflw/test_wflw.json', 'keypoints'),
    ('coco_wholebody_face', 'mmpose_samples/coco/test_coco_wholebody.json',
     'face_kpts'),
    ('deepfashion2', 'mmpose_samples/deepfasion2/deepfasion2.json',
     'keypoints'),
])
def test_numbers_on_real_annotations(shared, name, file, key):
    """The left landmark of a pair is on the left, in the mean."""
    assert name in NUMBERED
    annotations = json.loads((shared / 'data' / file).read_text())
    points = np.array([
        a[key]
        for a in annotations['annotations'] if a.get('face_valid', True)
    ], float)
    points = points.reshape(len(points), -1, 3)
    x = np.where(points[..., 2] > 0, points[..., 0], np.nan)
    x /= np.nanmax(x, 1, keepdims=True) - np.nanmin(x, 1, keepdims=True)
    info = f'configs/_base_/datasets/{name}.py'
    left, right = left_right_groups(info)
    flip = flip_indices(info)
    gaps = np.array([x[:, flip[i]] - x[:, i]
                     for i in set(left) - set(right)]).T
    gaps = gaps[:, ~np.isnan(gaps).all(0)]
    assert gaps.shape[1] >= 11
    assert (np.nanmean(gaps, 0) > 0).all()
