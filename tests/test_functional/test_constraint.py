from functools import partial

import numpy as np
import pytest
import torch

from pcloss_mmpose.functional import (log_penalty, position_constraint,
                                      squared_penalty)

B, K = 5, 8
LEFT_RIGHT = [[0, 2, 4, 6], [1, 3, 5, 7]]
OVERLAPPING = [[0, 1, 2], [2, 3], [7, 2, 5, 4, 6], [1]]


def reference(pred, target, weights=None, groups=None, topk=None, scale=None):
    """The definition, as two loops over the landmarks of each group.

    Of squares, or with a scale of their logarithm.
    """
    if weights is None:
        weights = np.ones(pred.shape[:2])
    total = 0.
    for p, t, w in zip(pred, target, weights):
        for group in groups or [range(pred.shape[1])]:
            terms = []
            for i in group:
                if w[i] == 0:
                    continue
                terms.append(0.)
                for j in group:
                    if w[j] > 0:
                        v = (p[i] - p[j]) - (t[i] - t[j])
                        terms[-1] += w[j] * (v**2).sum()
                if scale and terms[-1]:
                    terms[-1] /= sum(w[j] for j in group if j != i)
                    tiny = scale / 1000
                    distance = np.sqrt(terms[-1] + tiny**2) - tiny
                    terms[-1] = scale * np.log(1 + distance / scale)
                terms[-1] *= w[i]
            worst = sorted(terms, reverse=True)[:topk]
            total += sum(worst) / max(len(worst), 1)
    return total / len(pred)


def penalty(scale):
    return partial(log_penalty, tau=scale) if scale else squared_penalty


def sample(seed=0, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    pred = torch.rand(B, K, 2, generator=g, dtype=dtype)
    target = torch.rand(B, K, 2, generator=g, dtype=dtype)
    weights = torch.rand(B, K, generator=g, dtype=dtype)
    weights[weights < 0.4] = 0.
    weights[0] = 0.  # nothing labelled
    weights[1] = 0.
    weights[1, 3] = 1.  # one landmark
    weights[2] = 1.  # all
    return pred, target, weights


@pytest.mark.parametrize('groups', [None, LEFT_RIGHT, OVERLAPPING])
@pytest.mark.parametrize('topk', [None, 1, 2, 3, 100])
@pytest.mark.parametrize('weighted', [False, True])
@pytest.mark.parametrize('scale', [None, .03, 10.])
def test_equals_double_loop(groups, topk, weighted, scale):
    pred, target, weights = sample()
    weights = weights if weighted else None
    value = position_constraint(pred, target, weights, groups, topk,
                                penalty(scale))
    expected = reference(pred.numpy(), target.numpy(),
                         None if weights is None else weights.numpy(), groups,
                         topk, scale)
    assert value.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize('groups', [None, LEFT_RIGHT, OVERLAPPING])
@pytest.mark.parametrize('scale', [None, .03, 10.])
def test_gradient_is_that_of_the_formula(groups, scale):
    pred, target, weights = sample()
    pred.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p: position_constraint(p, target, weights, groups, 3,
                                      penalty(scale)), [pred])


def test_a_large_error_does_not_outweigh_the_others():
    """Its slope falls as it grows; of squares it rises."""
    target = torch.zeros(1, 4, 2, dtype=torch.float64)
    slopes = {None: [], .03: []}
    for scale, found in slopes.items():
        for error in (1e-6, .01, .1, 1.):
            pred = target.clone()
            pred[0, 0, 0] = error
            pred.requires_grad_()
            position_constraint(
                pred, target, penalise=penalty(scale)).backward()
            found.append(pred.grad[0, 0, 0].item())
    assert slopes[None] == sorted(slopes[None])
    assert slopes[.03][0] < .1 * slopes[.03][1]  # smooth at zero
    assert slopes[.03][1] > 2 * slopes[.03][2] > 10 * slopes[.03][3] > 0


def test_paper_example_by_hand():
    # Landmarks 0 and 1 are moved by (1, 0) and (0, 2), landmark 2 is right:
    # squared differences 5, 1, 4; L = 6, 9, 5; the two largest: 7.5.
    target = torch.zeros(1, 3, 2, dtype=torch.float64)
    pred = target.clone()
    pred[0, 0, 0] = 1.
    pred[0, 1, 1] = 2.
    assert position_constraint(pred, target).item() == pytest.approx(20 / 3)
    value = position_constraint(pred, target, topk=2)
    assert value.item() == pytest.approx(7.5)


@pytest.mark.parametrize('labelled', [[], [3], [0, 5]])
@pytest.mark.parametrize('scale', [None, .03])
def test_few_labelled_landmarks(labelled, scale):
    pred, target, _ = sample()
    pred.requires_grad_()
    weights = torch.zeros(B, K)
    weights[:, labelled] = 1.
    value = position_constraint(
        pred, target, weights, topk=2, penalise=penalty(scale))
    value.backward()
    assert torch.isfinite(pred.grad).all()
    unlabelled = [i for i in range(K) if i not in labelled]
    assert (pred.grad[:, unlabelled] == 0).all()
    assert position_constraint(
        pred, target, .37 * weights, topk=2,
        penalise=penalty(scale)).item() == (
            pytest.approx(
                0 if len(labelled) < 2 else .37 * value.item(), rel=1e-6)
            if scale else pytest.approx(.37**2 * value.item()))
    if len(labelled) < 2:
        assert value.item() == 0 and (pred.grad == 0).all()
    else:
        assert value.item() > 0


def test_unlabelled_coordinates_never_matter():
    pred, target, weights = sample()
    value = position_constraint(pred, target, weights)
    target[weights == 0] = float('nan')
    pred[weights == 0] = float('inf')
    assert position_constraint(pred, target, weights) == value


def test_permutation_of_landmarks():
    pred, target, weights = sample()
    order = torch.randperm(K, generator=torch.Generator().manual_seed(1))
    place = order.argsort().tolist()
    groups = [[place[i] for i in group] for group in LEFT_RIGHT]
    torch.testing.assert_close(
        position_constraint(pred[:, order], target[:, order],
                            weights[:, order], groups, 2),
        position_constraint(pred, target, weights, LEFT_RIGHT, 2))


def test_translation_of_all_landmarks_changes_nothing():
    pred, target, weights = sample()
    shift = torch.tensor([0.3, -1.7], dtype=torch.float64)
    torch.testing.assert_close(
        position_constraint(pred + shift, target, weights, LEFT_RIGHT, 2),
        position_constraint(pred, target, weights, LEFT_RIGHT, 2))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    pred, target, weights = (x.to(dtype) for x in sample())
    value = position_constraint(pred, target, weights, topk=2)
    assert value.dtype == torch.float32
    torch.testing.assert_close(
        value,
        position_constraint(pred.float(), target.float(), weights.float(),
                            topk=2))


@pytest.mark.parametrize('scale', [None, .03])
def test_memory_is_linear_in_landmarks(scale):
    """No tensor of the graph holds more than a few numbers per landmark."""
    largest = []

    def record(x):
        largest.append(x.numel())
        return x

    num = 294
    pred = torch.rand(2, num, 2, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(record, lambda x: x):
        position_constraint(
            pred,
            torch.rand(2, num, 2),
            topk=10,
            penalise=penalty(scale)).backward()
    assert largest and max(largest) <= 4 * 2 * num


@pytest.mark.parametrize('kwargs, message', [
    (dict(groups=[[0, 8]]), r'groups\[0\] holds 8, allowed are 0 to 7'),
    (dict(groups=[[0], [1, -1]]), r'groups\[1\] holds -1'),
    (dict(groups=[[0, 2, 0]]), r'groups\[0\] holds landmark 0 twice'),
    (dict(groups=[[]]), r'groups\[0\] must be a list'),
    (dict(groups=[]), 'groups must be lists'),
    (dict(topk=0), 'topk must be at least 1 or None, found 0'),
    (dict(penalise=partial(log_penalty, tau=0)),
     'tau must be from 1e-6 to 1e6, found 0'),
    (dict(weights=torch.full((B, K), -1.)), 'not be negative, found -1.0'),
    (dict(weights=torch.ones(B, K - 1)), r'must be \(5, 8\), found \(5, 7\)'),
])
def test_bad_arguments(kwargs, message):
    pred, target, _ = sample()
    with pytest.raises(ValueError, match=message):
        position_constraint(pred, target, **kwargs)


def test_bad_shapes():
    with pytest.raises(ValueError, match=r'\(2, 8, 2\) and \(2, 9, 2\)'):
        position_constraint(torch.rand(2, 8, 2), torch.rand(2, 9, 2))
