"""The docstrings' examples run and give what they say."""
import doctest
import importlib
import pkgutil

import pytest

import pcloss_mmpose

EXAMPLES = [
    test for info in pkgutil.walk_packages(pcloss_mmpose.__path__,
                                      f'{pcloss_mmpose.__name__}.')
    for test in doctest.DocTestFinder().find(
        importlib.import_module(info.name)) if test.examples
]


def test_there_are_examples():
    functions = {test.name.rsplit('.', 1)[-1] for test in EXAMPLES}
    assert {
        'soft_argmax', 'local_soft_argmax', 'position_constraint', 'PCLoss',
        'SoftArgmaxHeatmap', 'NormalizedError', 'LandmarkFailures'
    } <= functions


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda test: test.name)
def test_example(example):
    assert doctest.DocTestRunner().run(example).failed == 0
