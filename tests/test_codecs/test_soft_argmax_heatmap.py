import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import KEYPOINT_CODECS

from pcloss_mmpose.codecs import SoftArgmaxHeatmap

INPUT, HEATMAP = (192, 256), (48, 64)


def build(sigma=2., input_size=INPUT, heatmap_size=HEATMAP):
    return KEYPOINT_CODECS.build(
        dict(
            type='SoftArgmaxHeatmap',
            input_size=input_size,
            heatmap_size=heatmap_size,
            sigma=sigma))


def inner_points(sigma, num, seed=0):
    """Points at least 2 sigma inside the heatmap, in input pixels."""
    rng = np.random.default_rng(seed)
    margin = 2 * sigma
    points = margin + rng.random((1, num, 2)) * (
        np.array(HEATMAP) - 1 - 2 * margin)
    return points * 4


@pytest.mark.parametrize('sigma', [1., 1.5, 2., 3.])
def test_round_trip(sigma):
    codec = build(sigma)
    points = inner_points(sigma, 2000)
    decoded, scores = codec.decode(codec.encode(points)['heatmaps'])
    assert decoded.shape == (1, 2000, 2) and scores.shape == (1, 2000)
    # In pixels of the input, four times finer than those of the heatmap.
    assert np.linalg.norm(decoded - points, axis=-1).max() < 0.05


def test_round_trip_where_a_whole_pixel_may_fail():
    codec = build(2.)
    points = np.array([[[8., 8.], [8., 127.5], [187., 247.], [96.5, 100.49]]])
    points = np.clip(points, 16, np.array(INPUT) - 4 - 16)
    decoded, _ = codec.decode(codec.encode(points)['heatmaps'])
    np.testing.assert_allclose(decoded, points, atol=0.05)


@pytest.mark.parametrize('sigma', [1.5, 2., 3.])
def test_flip_equivariance(sigma):
    codec = build(sigma)
    points = inner_points(sigma, 500)
    heatmaps = torch.from_numpy(codec.encode(points)['heatmaps'])[None]
    flipped = flip_heatmaps(
        heatmaps, flip_indices=list(range(500)), shift_heatmap=False)
    plain, _ = codec.batch_decode(heatmaps)
    mirrored, _ = codec.batch_decode(flipped)
    # Pixel i of a flipped heatmap of width W is pixel W - 1 - i.
    mirrored[..., 0] = (HEATMAP[0] - 1) * 4 - mirrored[..., 0]
    np.testing.assert_allclose(mirrored, plain, atol=0.01)


def test_drop_in_for_msra():
    """Same targets as unbiased MSRA, and MSRA reads them to its precision."""
    rng = np.random.default_rng(1)
    ours = build()
    stock = MSRAHeatmap(INPUT, HEATMAP, sigma=2., unbiased=True)
    points = rng.uniform(-60, 320, (1, 400, 2))
    visible = (rng.random((1, 400)) < 0.8).astype(np.float32)
    a, b = ours.encode(points, visible), stock.encode(points, visible)
    np.testing.assert_array_equal(a['keypoint_weights'], b['keypoint_weights'])
    np.testing.assert_allclose(a['heatmaps'], b['heatmaps'], atol=2e-5)
    assert a['heatmaps'].dtype == b['heatmaps'].dtype == np.float32
    assert a['keypoint_weights'].dtype == b['keypoint_weights'].dtype
    assert 0 < a['keypoint_weights'].sum() < visible.sum()
    for table in ('label_mapping_table', 'field_mapping_table',
                  'instance_mapping_table'):
        assert getattr(ours, table) == getattr(stock, table)

    inner = inner_points(2., 50)
    heatmaps = ours.encode(inner)['heatmaps']
    kpts, scores = ours.decode(heatmaps)
    stock_kpts, stock_scores = MSRAHeatmap(INPUT, HEATMAP, 2.).decode(heatmaps)
    assert kpts.shape == stock_kpts.shape and kpts.dtype == stock_kpts.dtype
    np.testing.assert_allclose(kpts, stock_kpts, atol=2.)
    np.testing.assert_array_equal(scores, stock_scores)


def test_batches_equal_single_samples_and_half_precision_works():
    codec = build()
    maps = np.stack([
        codec.encode(inner_points(2., 8, seed))['heatmaps'] for seed in (1, 2)
    ])
    assert codec.support_batch_decoding
    keypoints, scores = codec.batch_decode(torch.from_numpy(maps))
    assert keypoints.shape == (2, 1, 8, 2) and scores.shape == (2, 1, 8)
    for i in range(2):
        one, score = codec.decode(maps[i])
        np.testing.assert_array_equal(keypoints[i], one)
        np.testing.assert_array_equal(scores[i], score)
    half, _ = codec.batch_decode(torch.from_numpy(maps).half())
    np.testing.assert_allclose(half, keypoints, atol=0.05)


def test_a_weight_below_one_half_still_draws():
    codec = build()
    encoded = codec.encode(
        np.array([[[50., 60.], [70., 80.]]]), np.array([[0.3, 0.]]))
    assert encoded['heatmaps'][0].max() > 0.9
    assert encoded['heatmaps'][1].max() == 0
    assert encoded['keypoint_weights'].tolist() == [[0.3, 0.]]


def test_decoding_does_not_change_the_heatmaps():
    codec = build()
    heatmaps = codec.encode(inner_points(2., 3))['heatmaps']
    copy = heatmaps.copy()
    codec.decode(heatmaps)
    np.testing.assert_array_equal(heatmaps, copy)
    keypoints, scores = codec.decode(np.zeros_like(heatmaps))
    assert (keypoints == -4).all() and (scores == 0).all()


@pytest.mark.parametrize('kwargs, message', [
    (dict(sigma=0), 'sigma must be positive, found 0'),
    (dict(heatmap_size=(0, 64)), 'heatmap_size must be a positive'),
    (dict(input_size=(192, )), 'input_size must be a positive'),
])
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        SoftArgmaxHeatmap(**{
            **dict(input_size=INPUT, heatmap_size=HEATMAP, sigma=2.),
            **kwargs
        })


def test_one_instance_only():
    with pytest.raises(ValueError, match='one instance, found 2'):
        build().encode(np.zeros((2, 3, 2)))
