import sys

import numpy as np
import pytest
import torch

from pcloss_mmpose.functional import fit_peak, peak_moments, soft_argmax

FUNCTIONS = (soft_argmax, peak_moments, lambda maps: fit_peak(maps, sigma=2.))


@pytest.mark.parametrize('function', FUNCTIONS)
@pytest.mark.parametrize('shape', [(), (12, ), (3, 0, 12), (3, 16, 0)])
def test_what_is_no_heatmap(function, shape):
    with pytest.raises(ValueError, match=r'must be \(..., H, W\), found \('):
        function(torch.ones(shape))


@pytest.mark.parametrize('function', FUNCTIONS)
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(function, dtype):
    heatmaps = torch.rand(2, 3, 16, 12).to(dtype)
    torch.testing.assert_close(
        function(heatmaps), function(heatmaps.float()), rtol=0, atol=0)


@pytest.mark.parametrize('function', FUNCTIONS)
def test_autocast_changes_nothing(function):
    heatmaps = torch.rand(2, 3, 16, 12)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = function(heatmaps)
    torch.testing.assert_close(found, function(heatmaps), rtol=0, atol=0)


@pytest.mark.parametrize('sigma', [0, -1., float('nan')])
def test_sigma_of_a_fit(sigma):
    with pytest.raises(ValueError, match=f'must be positive, found {sigma}'):
        fit_peak(torch.ones(3, 3), sigma)


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
        middle = torch.rand(2, generator=g) * 20 + 14
        noise = .05 * torch.randn(64, 48, generator=g)
        heatmap = .6 * gaussian(middle) + noise
        position, _ = fit_peak(heatmap, sigma=2.)
        offsets = torch.arange(-.6, .61, .05)
        grid = torch.stack(
            torch.meshgrid(offsets, offsets, indexing='ij'), -1).view(-1, 2)
        likelihood = [(heatmap * gaussian(middle + o)).sum() for o in grid]
        best = middle + grid[torch.stack(likelihood).argmax()]
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
