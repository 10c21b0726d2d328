"""Figures are those of the registered metrics."""
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope

import pcloss_mmpose  # noqa: F401
from pcloss_mmpose.comparison import read_run
from pcloss_mmpose.comparison.measures import measure


def build_metrics(norm, failures=(), thr=0.2, auc=()):
    # as MMPose's fashion configs have the last three
    return [
        dict(type='NormalizedError', norm=norm),
        dict(type='LandmarkFailures', norm=norm, **dict(failures)),
        dict(type='PCKAccuracy', thr=thr),
        dict(type='AUC', **dict(auc)),
        dict(type='EPE'),
    ]


def evaluate(samples, metrics):
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = Evaluator(metrics)
    for metric in evaluator.metrics:
        metric.dataset_meta = None
        metric.process(None, samples)
    return {
        key: value
        for metric in evaluator.metrics
        for key, value in metric.evaluate(len(samples)).items()
    }


@pytest.mark.filterwarnings('ignore:The prefix is not set')
@pytest.mark.parametrize('dataset, number, metrics', [
    ('unheard of', 8, build_metrics('bbox')),
    ('fashionai', 24, build_metrics('fashionai')),
    ('fashionai', 24,
     build_metrics('bbox', dict(
         outlier_threshold=.05, duplicate_threshold=.04), .1,
                   dict(norm_factor=20, num_thrs=7))),
])
def test_same_as_the_metrics(dataset, number, metrics, write, random_samples):
    """Those in the config, by their norm and thresholds."""
    samples = random_samples(40, number, dataset)
    expected = evaluate(samples, metrics)
    cfg = Config(dict(test_evaluator=metrics))
    run = read_run(write('a.pkl', samples), 'a', cfg)
    found = {m.name: m.value for m in measure(run)}
    names = {
        'NE (avg.)': 'NE',
        'visible': 'NE',
        'outliers': 'outlier_rate',
        'duplicates': 'duplicate_rate',
        f'PCK@{metrics[2]["thr"]}': 'PCK',
        'AUC': 'AUC'
    }
    landmarks = run.landmarks or [str(k) for k in range(number)]
    names.update({name: f'NE/{k}' for k, name in enumerate(landmarks)})
    assert expected['duplicate_rate'] > 0
    for ours, theirs in names.items():
        assert found[ours] == pytest.approx(100 * expected[theirs], rel=1e-5)
    assert found['EPE, px'] == pytest.approx(expected['EPE'], rel=1e-5)

    # A part is the metric on that part.
    blouses = [s for s in samples if s['category_id'] == 1]
    for sample in samples:
        sample['raw_ann_info']['category'] = str(sample['category_id'])
    run = read_run(write('b.pkl', samples), 'b', cfg)
    found = {m.name: m.value for m in measure(run)}
    assert found['1'] == pytest.approx(100 * evaluate(blouses, metrics)['NE'])
    for sample in samples:
        codes = np.array(sample['raw_ann_info']['keypoints'][2::3])
        swapped = np.array([0, 2, 1])[codes.astype(int)]
        sample['raw_ann_info']['keypoints'][2::3] = swapped.tolist()
    assert found['occluded'] == pytest.approx(100 *
                                              evaluate(samples, metrics)['NE'])


def test_what_there_is_not_is_left_out(write, make_samples):
    samples = make_samples([[1.] * 8] * 2, codes=[[2] * 7 + [0]] * 2)
    for sample in samples:
        sample['raw_ann_info']['category'] = 'upper'
    figures = measure(read_run(write('a.pkl', samples), 'a'))
    names = [m.name for m in figures]
    assert 'left hem' in names and 'right hem' not in names
    assert not {'visible', 'occluded', 'upper'} & set(names)
