import sys

import numpy as np
import pytest
import torch

from pcloss_mmpose.functional import (fit_peak, peak_moments,
                                      position_constraint, soft_argmax)

B, K = 5, 8
LEFT_RIGHT = [[0, 2, 4, 6], [1, 3, 5, 7]]
OVERLAPPING = [[0, 1, 2], [2, 3], [7, 2, 5, 4, 6], [1]]


def reference(pred, target, weights=None, groups=None, topk=None, scale=None):
    """The definition, as two loops over the landmarks of each group."""
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
    value = position_constraint(pred, target, weights, groups, topk, scale)
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
        lambda p: position_constraint(p, target, weights, groups, 3, scale),
        [pred])


def test_a_large_error_does_not_outweigh_the_others():
    """Its slope falls as it grows; of squares it rises."""
    target = torch.zeros(1, 4, 2, dtype=torch.float64)
    slopes = {None: [], .03: []}
    for scale, found in slopes.items():
        for error in (1e-6, .01, .1, 1.):
            pred = target.clone()
            pred[0, 0, 0] = error
            pred.requires_grad_()
            position_constraint(pred, target, scale=scale).backward()
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
    value = position_constraint(pred, target, weights, topk=2, scale=scale)
    value.backward()
    assert torch.isfinite(pred.grad).all()
    unlabelled = [i for i in range(K) if i not in labelled]
    assert (pred.grad[:, unlabelled] == 0).all()
    assert position_constraint(
        pred, target, .37 * weights, topk=2, scale=scale).item() == (
            pytest.approx(0 if len(labelled) < 2 else .37 * value.item(),
                          rel=1e-6) if scale else pytest.approx(
                              .37**2 * value.item()))
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
    heatmaps = torch.rand(2, 3, 16, 12).to(dtype)
    assert torch.equal(soft_argmax(heatmaps), soft_argmax(heatmaps.float()))


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
            pred, torch.rand(2, num, 2), topk=10, scale=scale).backward()
    assert largest and max(largest) <= 4 * 2 * num


@pytest.mark.parametrize('kwargs, message', [
    (dict(groups=[[0, 8]]), r'groups\[0\] holds 8, allowed are 0 to 7'),
    (dict(groups=[[0], [1, -1]]), r'groups\[1\] holds -1'),
    (dict(groups=[[0, 2, 0]]), r'groups\[0\] holds landmark 0 twice'),
    (dict(groups=[[]]), r'groups\[0\] must be a list'),
    (dict(groups=[]), 'groups must be lists'),
    (dict(topk=0), 'topk must be at least 1 or None, found 0'),
    (dict(scale=0), 'scale must be from 1e-6 to 1e6 or None, found 0'),
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


def test_soft_argmax_equals_loops():
    heatmaps = np.random.default_rng(0).standard_normal((2, 3, 7, 5))
    expected = np.zeros((2, 3, 2))
    for b in range(2):
        for k in range(3):
            norm = sum(
                np.exp(4. * heatmaps[b, k, y, x]) for y in range(7)
                for x in range(5))
            for y in range(7):
                for x in range(5):
                    p = np.exp(4. * heatmaps[b, k, y, x]) / norm
                    expected[b, k] += p * np.array([x, y])
    np.testing.assert_allclose(
        soft_argmax(torch.from_numpy(heatmaps), 4.).numpy(), expected)


def test_peak_moments_equal_loops():
    heatmaps = np.random.default_rng(0).standard_normal((2, 3, 7, 5))
    expected = np.zeros((2, 3, 3))
    for b in range(2):
        for k in range(3):
            for y in range(7):
                for x in range(5):
                    m = max(heatmaps[b, k, y, x], 0)**2
                    expected[b, k] += m * np.array([x, y, 1])
    first, mass = peak_moments(torch.from_numpy(heatmaps))
    np.testing.assert_allclose(first.numpy(), expected[..., :2])
    np.testing.assert_allclose(mass.numpy(), expected[..., 2:])


def test_peak_moments_ignore_the_background_and_the_height():
    x, y = torch.arange(48.), torch.arange(64.)[:, None]
    peak = torch.exp(-((x - 12.3)**2 + (y - 20.6)**2) / 8)
    for heatmap in (peak, .05 * peak, peak - .0001):
        first, mass = peak_moments(heatmap)
        torch.testing.assert_close(
            first / mass, torch.tensor([12.3, 20.6]), atol=.02, rtol=0)


def test_soft_argmax_gradient_and_range():
    heatmaps = torch.randn(2, 2, 6, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda h: soft_argmax(h, 3.), [heatmaps])
    # Logits far beyond what exp() holds.
    huge = torch.zeros(1, 1, 8, 8)
    huge[0, 0, 2, 5] = 1e4
    assert soft_argmax(huge).tolist() == [[[5., 2.]]]
    with pytest.raises(ValueError, match='alpha must be positive, found 0'):
        soft_argmax(huge, alpha=0)


def test_fit_peak_ignores_what_is_outside_its_window():
    x = torch.arange(48.)
    y = torch.arange(64.)[:, None]
    peak = torch.exp(-((x - 30.4)**2 + (y - 40.2)**2) / 8)
    other = 0.9 * torch.exp(-((x - 8)**2 + (y - 9)**2) / 8)
    alone, _ = fit_peak(peak, sigma=2.)
    both, height = fit_peak(peak + other, sigma=2.)
    torch.testing.assert_close(both, alone)
    assert height == peak.max()
    weak, _ = fit_peak(1e-6 * peak, sigma=2.)
    torch.testing.assert_close(weak, alone)


def test_fit_peak_at_the_border_and_without_a_peak():
    heatmaps = torch.zeros(3, 8, 6)
    heatmaps[0, 0, 0] = 1.
    heatmaps[1, 7, 5] = 1.
    position, height = fit_peak(heatmaps, sigma=1.)
    assert position.tolist() == [[0, 0], [5, 7], [-1, -1]]
    assert height.tolist() == [1, 1, 0]


def test_fit_peak_is_the_most_likely_position():
    """Of the Gaussians on a fine grid around, none fits much better."""
    g = torch.Generator().manual_seed(0)
    x, y = torch.arange(48.), torch.arange(64.)[:, None]

    def gaussian(point):
        return torch.exp(-((x - point[0])**2 + (y - point[1])**2) / 8)

    for _ in range(20):
        truth = torch.rand(2, generator=g) * 20 + 14
        noise = .05 * torch.randn(64, 48, generator=g)
        heatmap = .6 * gaussian(truth) + noise
        position, _ = fit_peak(heatmap, sigma=2.)
        offsets = torch.arange(-.6, .61, .05)
        grid = torch.stack(
            torch.meshgrid(offsets, offsets, indexing='ij'), -1).view(-1, 2)
        likelihood = [(heatmap * gaussian(truth + o)).sum() for o in grid]
        best = truth + grid[torch.stack(likelihood).argmax()]
        assert (position - best).abs().max() < .08


def test_fit_peak_keeps_the_soft_argmax_where_the_border_cuts():
    x, y = torch.arange(48.), torch.arange(64.)[:, None]
    heatmap = torch.exp(-((x - 20.3)**2 + (y - 1.4)**2) / 8)
    position, _ = fit_peak(heatmap, sigma=2.)
    window = heatmap[:8].square()
    torch.testing.assert_close(
        position,
        torch.stack((torch.tensor(20.3), (window.sum(1) * y[:8, 0]).sum() /
                     window.sum())),
        atol=2e-3,
        rtol=0)


@pytest.mark.skipif(
    not hasattr(torch, 'compile') or sys.version_info >= (3, 12),
    reason='torch.compile does not run in this Python')
@pytest.mark.parametrize('function', [
    lambda maps: soft_argmax(maps, 25.),
    lambda maps: torch.cat(peak_moments(maps), -1)
])
def test_compiled_integrals_are_those_of_eager(function):
    maps = torch.rand(2, 3, 16, 12) - .3

    def gradient(call, maps):
        maps = maps.clone().requires_grad_()
        output = call(maps)
        output.square().sum().backward()
        return output, maps.grad

    compiled = torch.compile(function, backend='aot_eager')
    torch.testing.assert_close(
        gradient(compiled, maps),
        gradient(function, maps),
        rtol=1e-4,
        atol=1e-4)


@pytest.mark.parametrize('shape', [(0, 3, 8, 6), (2, 0, 8, 6), (8, 6),
                                   (700, 3, 16, 12)])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_integrals_in_blocks_are_those_written_plainly(shape, dtype):
    """Also of no map, of one, and of more than fit into a block."""
    g = torch.Generator().manual_seed(0)
    maps = torch.randn(shape, generator=g, dtype=dtype)
    x, y = torch.arange(float(shape[-1])), torch.arange(float(shape[-2]))

    def plain(mass):
        return torch.stack(
            ((mass.sum(-2) * x).sum(-1), (mass.sum(-1) * y).sum(-1)), -1)

    def gradient(call):
        copy = maps.clone().requires_grad_()
        output = call(copy)
        weight = torch.rand(output.shape, generator=g.manual_seed(1)).to(dtype)
        (weight * output).sum().backward()
        return output, copy.grad

    for fast, slow in (
        (lambda h: soft_argmax(h, 3.),
         lambda h: plain((3. * h).flatten(-2).softmax(-1).view_as(h))),
        (lambda h: peak_moments(h)[0],
         lambda h: plain(h.clamp_min(0).square())),
        (lambda h: peak_moments(h)[1],
         lambda h: h.clamp_min(0).square().sum((-2, -1))[..., None])):
        torch.testing.assert_close(
            gradient(fast), gradient(slow), rtol=1e-4, atol=1e-4)


def test_fit_peak_of_next_to_nothing_and_among_negative_values():
    x = torch.arange(48.)
    heatmap = torch.exp(-((x - 20.3)**2 + (x[:, None] - 9)**2) / 8)
    position, _ = fit_peak(1e-25 * heatmap, sigma=2.)
    torch.testing.assert_close(
        position, torch.tensor([20.3, 9.]), atol=.01, rtol=0)
    below = -torch.ones(20, 20)
    below[10, 10] = .5
    assert fit_peak(below, sigma=2.)[0].tolist() == [10, 10]
