"""Importing the package registers classes, and changes nothing else."""
import ast
from pathlib import Path

import pytest
from processes import run_python

import pcloss_mmpose

PACKAGE = Path(pcloss_mmpose.__file__).parent

CODE = """
import importlib, locale, logging, os, pickle, pkgutil, random, signal, sys
import threading, warnings
import cv2, numpy as np, torch
from PIL import Image, ImageFile


def state():
    return dict(
        sys=[sys.excepthook, sys.unraisablehook, sys.displayhook,
             threading.excepthook, sys.getrecursionlimit(), list(sys.path)],
        warnings=[list(warnings.filters), warnings.showwarning,
                  warnings.formatwarning],
        logging=[list(logging.root.handlers), logging.root.level,
                 logging.root.manager.disable, logging.getLoggerClass()],
        loggers={
            name: (logger.level, list(logger.handlers), logger.propagate)
            for name, logger in logging.root.manager.loggerDict.items()
            if getattr(logger, 'level', 0) or getattr(logger, 'handlers', 0)},
        signals=[signal.getsignal(s) for s in range(1, signal.NSIG)],
        threads=threading.enumerate(),
        process=[os.getcwd(), dict(os.environ),
                 locale.setlocale(locale.LC_ALL)],
        random=[pickle.dumps(random.getstate()),
                pickle.dumps(np.random.get_state()),
                torch.get_rng_state().tolist()],
        number_of_threads=[torch.get_num_threads(), cv2.getNumThreads(),
                           torch.get_num_interop_threads()],
        torch=[torch.get_default_dtype(), torch.is_grad_enabled(),
               torch.backends.cudnn.benchmark,
               torch.are_deterministic_algorithms_enabled()],
        numpy=[np.geterr(), np.get_printoptions()],
        pictures=[Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES])


# what it stands on
import mmdet.apis, mmdet.evaluation, mmpose.apis, mmpose.codecs
import mmpose.datasets, mmpose.engine, mmpose.evaluation, mmpose.models
import mmpose.visualization
before = state()
import pcloss_mmpose
names = ['pcloss_mmpose'] + [
    module.name for module in pkgutil.walk_packages(
        pcloss_mmpose.__path__, 'pcloss_mmpose.')]
for name in names:
    importlib.import_module(name)
    after = state()
    for key in before:
        assert after[key] == before[key], (name, before[key], after[key])
for name in names[1:]:
    parent, _, leaf = name.rpartition('.')
    # a path names one thing, not a module and a function
    if name != 'pcloss_mmpose.rendering.contact_sheet':
        assert getattr(sys.modules[parent], leaf) is sys.modules[name], name
print(len(names), 'modules')
"""


def test_every_module(tmp_path):
    output = run_python('-W', 'ignore', '-c', CODE, cwd=tmp_path)
    files = {f for f in PACKAGE.rglob('*.py') if '.mim' not in f.parts}
    assert output.splitlines()[-1] == f'{len(files)} modules'


def test_a_broken_mmpose_says_so(tmp_path):
    """Other than an absent one, see test_predict_onnx.py."""
    (tmp_path / 'mmpose').mkdir()
    (tmp_path / 'mmpose/__init__.py').write_text("""raise ImportError('broken')
""")
    output = run_python('-c', 'import pcloss_mmpose', cwd=tmp_path, code=1)
    assert output.endswith('ImportError: broken\n')


@pytest.mark.parametrize(
    'folder', ['functional', 'datasets/readers', 'evaluation/functional'])
def test_the_core_needs_neither_mmpose_nor_the_rest(folder):
    files = sorted((PACKAGE / folder).glob('**/*.py'))
    assert len(files) > 2
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                # utils is of the standard library alone
                assert node.level < 2 or node.module == 'utils', file
                names = [node.module or '']
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            assert not {'mmpose', 'mmdet'} & {n.split('.')[0] for n in names}
