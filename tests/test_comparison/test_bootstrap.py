import time

import numpy as np
import pytest

from pcloss_mmpose.comparison.bootstrap import (Ratio, bootstrap_intervals,
                                                error_ratio)
from pcloss_mmpose.comparison.results import compute_results
from pcloss_mmpose.comparison.run import read_run
from pcloss_mmpose.comparison.seeds import Model
from pcloss_mmpose.evaluation.functional import landmark_means


def random_errors(runs, num=60, landmarks=5, seed=0):
    rng = np.random.default_rng(seed)
    absent = rng.random((num, landmarks)) < 0.3
    absent[:, 4] = np.arange(num) > 0  # in hardly any resample
    errors = rng.gamma(2., 0.03, (runs, num, landmarks))
    errors[:, absent] = np.nan
    return errors


def intervals(models, images, pooled=False, **kwargs):
    """Of NE, (M - 1, 2)."""
    ratios = [[[error_ratio(e, pooled)] for e in seeds] for seeds in models]
    return bootstrap_intervals(ratios, images, **kwargs)[0]


def naive(models, images, figure, num, seed):
    """The same random numbers, and then loops over a figure of rows."""
    rng = np.random.default_rng(seed)
    names = sorted(set(images))
    draws = []
    while len(draws) < num:
        draws += list(
            rng.integers(0, len(names),
                         (min(50, num - len(draws)), len(names))))
    runs = [run for seeds in models for run in seeds]
    errors = []
    for draw in draws:
        rows = [
            n for d in draw for n in range(len(images))
            if images[n] == names[d]
        ]
        errors.append([figure(run, rows) for run in runs])
    errors, start, means = np.array(errors), 0, []
    for seeds in models:
        n = len(seeds)
        own = errors[:, start:start + n]
        drawn = rng.multinomial(n, [1 / n] * n, num)
        stretch = np.sqrt(n / (n - 1)) if n > 1 else 1
        means.append([
            e.mean() + stretch * (np.repeat(e, d).mean() - e.mean())
            for e, d in zip(own, drawn)
        ])
        start += n
    return [
        np.percentile(np.subtract(m, means[0]), [2.5, 97.5]) for m in means[1:]
    ]


@pytest.mark.parametrize('pooled', [False, True])
@pytest.mark.parametrize('objects', [1, 3])
def test_same_as_loops(pooled, objects):
    a, b, c, d, e = random_errors(5)
    models = [[a, b], [c], [d, e]]
    images = [f'{n // objects}.jpg' for n in range(60)]

    def figure(run, rows):
        return np.nanmean(run[rows] if pooled else landmark_means(run[rows]))

    found = intervals(models, images, pooled, num=120, seed=3)
    expected = naive(models, images, figure, num=120, seed=3)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_shares_are_the_same_as_loops():
    """Outliers and duplicates: counts of an image, in none of some."""
    rng = np.random.default_rng(1)
    pairs = rng.integers(0, 4, 60)
    runs = [rng.binomial(pairs, p) for p in (.1, .2, .3, .1, .2)]
    models = [runs[:2], runs[2:3], runs[3:]]
    images = [f'{n // 2}.jpg' for n in range(60)]
    errors = random_errors(1)[0]
    # beside another figure, which must not change it
    ratios = [[[error_ratio(errors),
                Ratio(run[:, None], pairs[:, None])] for run in seeds]
              for seeds in models]
    found = bootstrap_intervals(ratios, images, num=120, seed=3)

    def figure(run, rows):
        return sum(run[n] for n in rows) / sum(pairs[n] for n in rows)

    expected = naive(models, images, figure, num=120, seed=3)
    np.testing.assert_allclose(found[1], expected, rtol=1e-9)
    np.testing.assert_allclose(found[0], 0, atol=1e-12)


def test_failures_are_the_same_as_loops(write, random_samples):
    """Of models with one and two seeds, from predictions to ends."""
    runs = [
        read_run(write(f'{i}.pkl', random_samples(30, seed=i)), 'a')
        for i in range(3)
    ]
    for run in runs:
        run.images[:] = [f'{n // 2}.jpg' for n in range(30)]
    results = compute_results([Model('a', runs[:1]), Model('b', runs[1:])])
    found = {r.measure.name: (r.low, r.high)
             for r in results if r.model == 'b'}

    def count(run, n):
        """Outliers, visible landmarks, duplicates and pairs of a garment."""
        counts = np.zeros(4)
        size = run.boxes[n, 2:] - run.boxes[n, :2]
        pred, gt = run.pred[n] / size, run.gt[n] / size
        for k in range(8):
            if run.visibility[n, k] == 2:
                counts += [np.hypot(*(pred[k] - gt[k])) > .1, 1, 0, 0]
            for j in range(k):
                if run.visibility[n, j] and run.visibility[n, k]:
                    near = [
                        np.hypot(*(xy[k] - xy[j])) < .02 for xy in (pred, gt)
                    ]
                    counts += [0, 0, near == [True, False], 1]
        return counts

    counts = [np.array([count(run, n) for n in range(30)]) for run in runs]
    models = [counts[:1], counts[1:]]
    for name, top in (('outliers', 0), ('duplicates', 2)):

        def figure(run, rows):
            sums = run[rows].sum(0)
            return 100 * sums[top] / sums[top + 1]

        (expected, ) = naive(models, runs[0].images, figure, 1000, 0)
        assert expected[0] < expected[1]
        np.testing.assert_allclose(found[name], expected, rtol=1e-9)
    assert np.isnan(found['EPE, px']).all()


def test_nothing_that_counts_is_no_difference():
    nothing = Ratio(np.zeros((9, 1)), np.zeros((9, 1)))
    assert nothing.value == 0
    found = bootstrap_intervals([[[nothing]], [[nothing]]], range(9), num=5)
    assert found.tolist() == [[[0, 0]]]


def test_interval_holds_the_true_difference_in_95_of_100_cases():
    """200 images from a world in which the difference is 0.01."""
    hits = 0
    for case in range(300):
        rng = np.random.default_rng(case)
        base = rng.gamma(2, .03, (200, 4)) * rng.uniform(.5, 2, (200, 1))
        base[rng.random((200, 4)) < .3] = np.nan
        first, second = base + rng.normal(0, .03, (2, 200, 4))
        low, high = intervals([[first], [second + .01]],
                              range(200),
                              num=400,
                              seed=case)[0]
        hits += low <= .01 <= high
    assert 0.92 <= hits / 300 <= 0.98


def test_seeds_widen_the_interval():
    errors = random_errors(1)[0]
    alike = [[errors, errors], [errors + .01, errors + .01]]
    np.testing.assert_allclose(
        intervals(alike, range(60)), [[.01, .01]], atol=1e-12)
    apart = [[errors - .02, errors + .02], [errors, errors + .02]]
    low, high = intervals(apart, range(60))[0]
    assert low < 0 < high


def test_pairing_narrows_the_interval():
    first, noise = np.random.default_rng(0).gamma(2., 0.03, (2, 60, 5))
    second = first + noise / 100
    paired, unpaired = [
        np.diff(intervals([[first], [other]], range(60)))
        for other in (second, np.roll(second, 1, axis=0))
    ]
    assert paired < unpaired / 10


def test_fast_enough():
    errors = np.random.default_rng(0).random((2, 20000, 8))
    start = time.process_time()
    intervals([[errors[0]], [errors[1]]], np.arange(20000))
    assert time.process_time() - start < 5  # 0.4 s on a quiet core
