import numpy as np
import pytest
from mmpose.registry import DATASETS, TRANSFORMS
from toy_data import WIDTH

from pcloss_mmpose.datasets import FLDDataset

SIZES = dict(input_size=(96, 128))
HEATMAP = dict(SIZES, heatmap_size=(24, 32), sigma=1.5)
CODECS = {
    'msra': dict(type='MSRAHeatmap', **HEATMAP),
    'unbiased': dict(type='MSRAHeatmap', unbiased=True, **HEATMAP),
    'udp': dict(type='UDPHeatmap', **HEATMAP),
    'soft': dict(type='SoftArgmaxHeatmap', **HEATMAP),
    'regression': dict(type='RegressionLabel', **SIZES),
    'simcc': dict(type='SimCCLabel', **SIZES),
    'simcc-standard':
    dict(type='SimCCLabel', smoothing_type='standard', **SIZES),
}


def pipeline(codec, target='GenerateWeightedTarget', flip=0.):
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='RandomFlip', prob=flip, direction='horizontal'),
        dict(
            type='RandomBBoxTransform',
            shift_prob=0.,
            rotate_prob=0.,
            scale_factor=(1., 1.)),
        dict(type='TopdownAffine', input_size=(96, 128)),
        dict(type=target, encoder=codec),
        dict(type='PackPoseInputs'),
    ]


def drawn(sample):
    """Which of the landmarks have a target, from any codec."""
    if 'gt_fields' in sample:
        return sample.gt_fields.heatmaps.flatten(1).amax(1).numpy() > 0.5
    labels = sample.gt_instance_labels
    if 'keypoint_x_labels' in labels:
        return (labels.keypoint_x_labels[0].amax(1) > 0).numpy()
    return np.array([True, True, True, True, False, False, False, True])


@pytest.mark.parametrize('flip', [0., 1.])
@pytest.mark.parametrize('name', CODECS)
def test_occluded_landmark_is_drawn_and_weighted(make_fld, name, flip):
    dataset = FLDDataset(
        data_root=str(make_fld()),
        split='train',
        occluded_weight=0.3,
        pipeline=pipeline(CODECS[name], flip=flip))
    sample = dataset[0]['data_samples']
    # the left sleeve is occluded, waistline and left hem are absent
    weights = np.array([1, 1, 0.3, 1, 0, 0, 0, 1], dtype=np.float32)
    labelled = weights > 0
    if flip:
        swapped = [1, 0, 3, 2, 5, 4, 7, 6]
        weights, labelled = weights[swapped], labelled[swapped]
    found = sample.gt_instance_labels.keypoint_weights.numpy()
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[0], weights)
    if name != 'regression':
        np.testing.assert_array_equal(drawn(sample), labelled)
    visible = sample.gt_instances.keypoints_visible[0]
    np.testing.assert_array_equal(visible > 0, labelled)


def test_stock_codecs_need_it(make_fld):
    """What goes wrong with the stock transform, should it ever be mended."""
    transform = TRANSFORMS.build(
        dict(type='GenerateTarget', encoder=CODECS['msra']))
    results = transform(
        dict(
            keypoints=np.array([[[40., 60.]]], dtype=np.float32),
            keypoints_visible=np.array([[0.3]], dtype=np.float32)))
    assert results['keypoint_weights'][0, 0] == np.float32(0.3)
    assert results['heatmaps'].max() == 0


@pytest.mark.parametrize('weight', [0, 1])
@pytest.mark.parametrize('name', CODECS)
def test_whole_weights_give_the_stock_target(make_fld, name, weight):
    samples = [
        FLDDataset(
            data_root=str(make_fld()),
            split='train',
            occluded_weight=weight,
            pipeline=pipeline(CODECS[name], target))[0]['data_samples']
        for target in ('GenerateTarget', 'GenerateWeightedTarget')
    ]
    stock, ours = (s.gt_instance_labels for s in samples)
    assert set(stock.keys()) == set(ours.keys())
    for key in stock.keys():
        assert (stock[key] == ours[key]).all()
    assert stock.keypoint_weights[0, 2] == weight
    if 'gt_fields' in samples[0]:
        assert (samples[0].gt_fields.heatmaps == samples[1].gt_fields.heatmaps
                ).all()


def test_flip_swaps_left_and_right(make_fld):
    """The right collar of the mirrored garment is its left one, mirrored."""
    straight, flipped = (
        FLDDataset(
            data_root=str(make_fld()),
            split='train',
            pipeline=pipeline(CODECS['msra'], 'GenerateTarget',
                              flip))[0]['data_samples'] for flip in (0., 1.))
    before = straight.gt_instances.keypoints[0]
    after = flipped.gt_instances.keypoints[0]
    assert before[0].tolist() == [40, 30]
    assert after[1].tolist() == [WIDTH - 1 - 40, 30]
    assert after[0].tolist() == [WIDTH - 1 - 60, 32]
    assert after[0, 0] < after[1, 0]  # left is on the left again
    # the annotation stays that of the file
    assert flipped.raw_ann_info == straight.raw_ann_info


@pytest.mark.parametrize('multilevel, codecs', [(True, ['msra', 'unbiased']),
                                                (False, ['msra', 'simcc'])])
def test_several_codecs(multilevel, codecs):
    transform = TRANSFORMS.build(
        dict(
            type='GenerateWeightedTarget',
            encoder=[CODECS[name] for name in codecs],
            multilevel=multilevel))
    results = transform(
        dict(
            keypoints=np.array([[[40., 60.]]], dtype=np.float32),
            keypoints_visible=np.array([[0.3]], dtype=np.float32)))
    assert [w.tolist()
            for w in results['keypoint_weights']] == [[[np.float32(0.3)]]] * 2


def test_after_a_keypoint_converter(make_fld):
    converter = dict(
        type='KeypointConverter',
        num_keypoints=8,
        mapping=[(i, i) for i in range(8)])
    combined = DATASETS.build(
        dict(
            type='CombinedDataset',
            metainfo=FLDDataset.METAINFO,
            datasets=[
                dict(
                    type='FLDDataset',
                    data_root=str(make_fld()),
                    split='train',
                    occluded_weight=0.3,
                    pipeline=[converter])
            ],
            pipeline=pipeline(CODECS['msra'])))
    sample = combined[0]['data_samples']
    weights = sample.gt_instance_labels.keypoint_weights[0].numpy()
    np.testing.assert_allclose(weights, [1, 1, 0.3, 1, 0, 0, 0, 1], rtol=1e-6)
    assert drawn(sample)[2]
