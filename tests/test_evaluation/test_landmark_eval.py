import math

import numpy as np
import pytest

from pcloss_mmpose.comparison.bootstrap import error_ratio
from pcloss_mmpose.evaluation.functional import (count_duplicates,
                                                 landmark_eval, landmark_means,
                                                 normalized_distance)


def random_case(seed, n=7, k=9):
    rng = np.random.default_rng(seed)
    # A coarse grid: close and coinciding points are common.
    pred, gt = rng.integers(0, 12, (2, n, k, 2)).astype(float)
    labelled = rng.random((n, k)) < 0.7
    size = rng.uniform(20, 40, (n, 2))
    return pred, gt, labelled, size


def distance_loop(a, b, size):
    return math.hypot((a[0] - b[0]) / size[0], (a[1] - b[1]) / size[1])


@pytest.mark.parametrize('seed', range(3))
def test_normalized_distance_equals_a_loop(seed):
    pred, gt, _, size = random_case(seed)
    distances = normalized_distance(pred, gt, size)
    for n in range(len(pred)):
        for k in range(pred.shape[1]):
            assert distances[n, k] == pytest.approx(
                distance_loop(pred[n, k], gt[n, k], size[n]), rel=1e-14)


def test_width_divides_x_and_height_divides_y():
    pred = np.array([[[30., 0.], [0., 30.]]])
    distances = normalized_distance(pred, np.zeros_like(pred),
                                    np.array([[100., 300.]]))
    assert distances.tolist() == [[0.3, 0.1]]


def test_average_gives_every_landmark_the_same_say():
    """A landmark seen once weighs as much as one seen three times."""
    nan = np.nan
    distances = np.array([[.1, .4, nan], [.1, nan, nan], [.4, nan, nan]])
    means = landmark_means(distances)
    np.testing.assert_allclose(means, [.2, .4, nan])
    assert error_ratio(distances).value == pytest.approx(.3)
    # pooled differs
    assert error_ratio(distances, pooled=True).value == pytest.approx(.25)


def test_no_value_at_all_is_nan():
    means = landmark_means(np.full((2, 3), np.nan))
    assert np.isnan(means).all()


def duplicates_loop(pred, gt, labelled, size, threshold):
    duplicates, pairs = [0] * len(pred), [0] * len(pred)
    for n in range(len(pred)):
        for i in range(pred.shape[1]):
            for j in range(i):
                if labelled[n, i] and labelled[n, j]:
                    pairs[n] += 1
                    duplicates[n] += (
                        distance_loop(pred[n, i], pred[n, j],
                                      size[n]) < threshold <= distance_loop(
                                          gt[n, i], gt[n, j], size[n]))
    return duplicates, pairs


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('pairs_per_chunk', [1, 50, 2**20])
def test_count_duplicates_equals_a_loop(seed, pairs_per_chunk, monkeypatch):
    monkeypatch.setattr(landmark_eval, '_PAIRS_PER_CHUNK', pairs_per_chunk)
    case = random_case(seed)
    duplicates, pairs = count_duplicates(*case, threshold=0.12)
    expected = duplicates_loop(*case, threshold=0.12)
    assert sum(expected[0]) > 5
    assert (duplicates.tolist(), pairs.tolist()) == expected


def test_no_duplicate_where_the_truth_coincides_too():
    same = np.array([[[10., 10.], [10., 10.], [90., 90.]]])
    duplicates, pairs = count_duplicates(same, same, np.ones((1, 3), bool),
                                         np.array([[100., 100.]]), 0.02)
    assert (duplicates.tolist(), pairs.tolist()) == ([0], [3])


@pytest.mark.parametrize('number', [0, 1])
def test_fewer_than_two_landmarks_make_no_pair(number):
    labelled = np.arange(4)[None] < number
    points = np.zeros((1, 4, 2))
    duplicates, pairs = count_duplicates(points, points, labelled,
                                         np.ones((1, 2)), 0.02)
    assert (duplicates.tolist(), pairs.tolist()) == ([0], [0])


def test_unlabelled_positions_do_not_matter():
    pred, gt, labelled, size = random_case(5)
    expected = count_duplicates(pred, gt, labelled, size, 0.12)
    gt[~labelled] = np.nan
    pred[~labelled] = 0
    for result, value in zip(
            count_duplicates(pred, gt, labelled, size, 0.12), expected):
        assert result.tolist() == value.tolist()
