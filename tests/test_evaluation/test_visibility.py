import numpy as np
import pytest

from pcloss_mmpose.evaluation.functional import (annotated_visibility,
                                                 settled_visibility,
                                                 tells_occlusion)

NAN = np.nan


def visibility_loop(gt, labelled, annotation):
    """One landmark, one annotated landmark at a time."""
    codes = np.full(labelled.shape, NAN)
    for n, k in np.ndindex(*labelled.shape):
        places = [
            r for r in range(annotation.shape[1])
            if np.allclose(annotation[n, r, :2], gt[n, k], rtol=1e-6, atol=0)
        ]
        own = annotation[n, k, 2] if k in places else None
        others = [c for c in annotation[n, places, 2] if c > 0]
        if labelled[n, k]:
            codes[n, k] = own if own else others[0] if others else (
                NAN if own is None else 0)
        elif own is None:
            codes[n, k] = 1 if 1 in others and gt[n, k].any() else 0
        else:
            codes[n, k] = own == 1
    return codes


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('target', [3, 5, 8])
def test_annotated_visibility_equals_a_loop(seed, target):
    """Landmarks in another order, some gone, some new."""
    rng = np.random.default_rng(seed)
    shape = 20, 5
    codes = rng.choice(3, shape)
    xy = rng.uniform(0, 100, (*shape, 2)) * (codes > 0)[..., None]
    annotation = np.concatenate([xy, codes[..., None]], 2)
    annotation[::4, 3:] = NAN  # of another data set
    gt = np.zeros((20, target, 2))
    labelled = np.zeros((20, target), bool)
    for n in range(20):
        source = rng.permutation(5)[:min(5, target)]
        if n % 3 == 0:
            source.sort()
        gt[n, :len(source)] = np.nan_to_num(xy[n, source])
        labelled[n, :len(source)] = codes[n, source] > 0
    labelled[::2] &= rng.random(labelled[::2].shape) < .7
    gt[5] += .5  # where nothing is annotated
    gt = gt.astype(np.float32).astype(float)
    found, same = annotated_visibility(gt, labelled, annotation)
    expected = visibility_loop(gt, labelled, annotation)
    np.testing.assert_array_equal(found, expected)
    assert {0, 1, 2} < set(np.unique(found)) and not same[5].any()


def test_what_the_annotation_calls_absent_stays_absent():
    gt = np.array([[[5., 6.]]])
    annotation = np.array([[[5., 6., 0.]]])
    codes, same = annotated_visibility(gt, np.array([[True]]), annotation)
    assert codes.tolist() == [[0]] and same.all()


def test_two_landmarks_at_one_place_keep_their_own_codes():
    annotation = np.array([[[5., 6., 2.], [5., 6., 1.], [7., 8., 2.]]])
    codes, _ = annotated_visibility(annotation[..., :2], np.ones((1, 3), bool),
                                    annotation)
    assert codes.tolist() == [[2, 1, 2]]


def test_a_landmark_that_a_converter_has_not_got_is_absent():
    """Though one is annotated in the corner where the zeros point to."""
    annotation = np.array([[[0., 0., 1.], [7., 8., 2.]]])
    gt = np.array([[[7., 8.], [0., 0.]]])
    codes, _ = annotated_visibility(gt, np.array([[True, False]]), annotation)
    assert codes.tolist() == [[2, 0]]


@pytest.mark.parametrize('codes, tells, settled', [
    ([[0, 1], [2, 3]], True, [[0, 1], [2, 2]]),
    ([[0, 1], [1, 3]], False, [[0, 2], [2, 2]]),
    ([[0, 3]], False, [[0, 2]]),
    ([[0, 0]], False, [[0, 0]]),
])
def test_occluded_counts_where_nothing_is_called_visible(
        codes, tells, settled):
    codes = np.array(codes)
    assert tells_occlusion(codes) == tells
    assert settled_visibility(codes).tolist() == settled
