import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import KEYPOINT_CODECS

from pcloss_mmpose.codecs import SoftArgmaxHeatmap

INPUT, HEATMAP = (192, 256), (48, 64)


def build(sigma=2.,
          input_size=INPUT,
          heatmap_size=HEATMAP,
          convention='half_pixel'):
    return KEYPOINT_CODECS.build(
        dict(
            type='SoftArgmaxHeatmap',
            input_size=input_size,
            heatmap_size=heatmap_size,
            sigma=sigma,
            convention=convention))


def inner_points(sigma, num, seed=0):
    """Points at least 2 sigma inside the heatmap, in input pixels."""
    rng = np.random.default_rng(seed)
    margin = 2 * sigma
    points = margin + rng.random((1, num, 2)) * (
        np.array(HEATMAP) - 1 - 2 * margin)
    return points * 4


@pytest.mark.parametrize('convention', ['half_pixel', 'msra'])
@pytest.mark.parametrize('sigma', [1., 1.5, 2., 3.])
def test_round_trip(sigma, convention):
    codec = build(sigma, convention=convention)
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


def flip_test(codec, points, shift_heatmap):
    """What a model without errors predicts with MMPose's flip test.

    Points (1, K, 2) that are their own partners, in pixels of the input.
    """
    mirrored = points.copy()
    mirrored[..., 0] = codec.input_size[0] - 1 - points[..., 0]
    plain, flipped = (
        torch.from_numpy(codec.encode(p)['heatmaps'])[None]
        for p in (points, mirrored))
    flipped = flip_heatmaps(
        flipped,
        flip_indices=list(range(points.shape[1])),
        shift_heatmap=shift_heatmap)
    return codec.batch_decode((plain + flipped) / 2)[0][0]


@pytest.mark.parametrize('input_size, heatmap_size', [
    ((192, 256), (48, 64)), ((64, 96), (16, 24)), ((200, 120), (25, 40))
])
@pytest.mark.parametrize('sigma', [1., 1.5, 2., 3.])
def test_the_flip_test_is_exact(sigma, input_size, heatmap_size):
    codec = build(sigma, input_size, heatmap_size)
    rng = np.random.default_rng(3)
    # To the border, where the windows of both heatmaps are cut alike.
    points = rng.random((1, 500, 2)) * (np.array(input_size) - 1)
    plain, _ = codec.decode(codec.encode(points)['heatmaps'])
    both = flip_test(codec, points, shift_heatmap=False)
    np.testing.assert_allclose(both, plain, atol=0.01)


def test_what_the_conventions_do_to_a_flip_test():
    points = inner_points(2., 500)
    stock = build(convention='msra')
    # A quarter of a cell in one of both heatmaps: half an input pixel.
    error = flip_test(stock, points, shift_heatmap=True) - points
    np.testing.assert_allclose(error[..., 0], .5, atol=0.1)
    np.testing.assert_allclose(error[..., 1], 0, atol=0.05)
    error = flip_test(build(), points, shift_heatmap=True) - points
    np.testing.assert_allclose(error[..., 0], 2., atol=0.1)


@pytest.mark.parametrize('input_size, off', [((192, 256), (1.5, 1.5)),
                                             ((48, 128), (0., .5))])
def test_one_convention_reads_the_other_off(input_size, off):
    points = inner_points(2., 50) * np.array(input_size) / np.array(INPUT)
    heatmaps = build(
        input_size=input_size, convention='msra').encode(points)['heatmaps']
    read, _ = build(input_size=input_size).decode(heatmaps)
    np.testing.assert_allclose(
        read - points, np.tile(off, (1, 50, 1)), atol=0.05)


def test_drop_in_for_msra():
    """Same targets as unbiased MSRA, and MSRA reads them to its precision."""
    rng = np.random.default_rng(1)
    ours = build(convention='msra')
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


@pytest.mark.parametrize('dtype, atol', [(torch.float16, .02),
                                         (torch.bfloat16, .15)])
def test_decodes_what_a_head_gives_under_autocast(dtype, atol):
    """In float32, about where it is of float32 heatmaps; inside autocast."""
    codec = build()
    maps = codec.encode(inner_points(2., 8, 1))['heatmaps']
    exact, exact_scores = codec.decode(maps)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        output = torch.from_numpy(maps).to(dtype).requires_grad_()
        keypoints, scores = codec.batch_decode(output[None])
    assert keypoints.dtype == scores.dtype == np.float32
    np.testing.assert_allclose(keypoints[0], exact, rtol=0, atol=atol)
    np.testing.assert_allclose(scores[0], exact_scores, rtol=.01)
    if dtype == torch.float16:  # NumPy has no bfloat16
        keypoints, _ = codec.decode(maps.astype(np.float16))
        np.testing.assert_allclose(keypoints, exact, rtol=0, atol=atol)


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
    # outside of the picture, from heatmap pixel -1
    assert (keypoints == -2.5).all() and (scores == 0).all()
    keypoints, _ = build(convention='msra').decode(np.zeros_like(heatmaps))
    assert (keypoints == -4).all()


@pytest.mark.parametrize('kwargs, message', [
    (dict(sigma=0), 'sigma must be positive, found 0'),
    (dict(heatmap_size=(0, 64)), 'heatmap_size must be a positive'),
    (dict(input_size=(192, )), 'input_size must be a positive'),
    (dict(convention='udp'), "must be 'half_pixel' or 'msra', found 'udp'"),
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


def test_many_landmarks_of_which_few_are_labelled():
    """The same heatmaps, one by one, and nothing at the others."""
    codec = build()
    points = inner_points(2., 294)
    visible = np.zeros((1, 294), np.float32)
    visible[:, 182:190] = 1
    points[:, 185] = 1000  # far outside
    encoded = codec.encode(points, visible)
    for k in range(294):
        alone = codec.encode(points[:, k:k + 1], visible[:, k:k + 1])
        np.testing.assert_array_equal(encoded['heatmaps'][k],
                                      alone['heatmaps'][0])
        assert encoded['keypoint_weights'][0, k] == alone['keypoint_weights']
    assert encoded['keypoint_weights'].sum() == 7
    assert encoded['heatmaps'].dtype == np.float32
