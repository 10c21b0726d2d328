"""The docstrings' examples run and give what they say."""
import doctest
import importlib
import pkgutil

import pytest

import pcloss_mmpose

MODULES = [
    importlib.import_module(info.name) for info in pkgutil.walk_packages(
        pcloss_mmpose.__path__, f'{pcloss_mmpose.__name__}.')
]
EXAMPLES = [
    example for module in MODULES
    for example in doctest.DocTestFinder().find(module) if example.examples
]


def test_there_are_examples():
    functions = {test.name.rsplit('.', 1)[-1] for test in EXAMPLES}
    assert {
        'soft_argmax', 'fit_peak', 'position_constraint', 'PCLoss',
        'SoftArgmaxHeatmap', 'NormalizedError', 'LandmarkFailures'
    } <= functions


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda test: test.name)
def test_example(example):
    assert doctest.DocTestRunner().run(example).failed == 0
