"""The site of the documents: `make docs`."""
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from mmpose.registry import DATASETS, HOOKS, KEYPOINT_CODECS, METRICS, MODELS

ROOT = Path(__file__).resolve().parents[1]
for package in ('sphinx', 'myst_parser', 'furo'):
    pytest.importorskip(package)


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The folder of the built site; warnings are errors."""
    folder = tmp_path_factory.mktemp('site')
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx', '-W', '--keep-going', '-q', '-E'] +
        ['-d', str(folder / 'trees'), 'docs', str(folder / 'html')],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert done.returncode == 0, done.stdout
    return folder / 'html'


def pages(site):
    return {
        path: path.read_text(encoding='utf-8')
        for path in site.rglob('*.html')
    }


def test_the_readme_is_the_first_page(site):
    first = (site / 'index.html').read_text(encoding='utf-8')
    assert 'Position Constraint Loss (PCLoss) for' in first
    assert first.count('<table') == 2
    # every page, by task
    for page in (ROOT / 'docs').glob('*/*.md'):
        link = page.relative_to(ROOT / 'docs').with_suffix('.html').as_posix()
        assert f'<a class="reference internal" href="{link}">' in first


def test_links_and_pictures_are_there(site):
    """Also those into the repository, which has no address here."""
    for path, text in pages(site).items():
        for link in re.findall(r' (?:href|src)="([^"#]+)', text):
            if not re.match('https?:', link):
                link = link.partition('?')[0]
                assert (path.parent / link).exists(), (path, link)


def test_links_into_the_repository(monkeypatch):
    """Where Read the Docs tells its address; else they are plain text."""
    text = '[the class](../../tools/train.py) [a page](../index.md#a)'
    page = ROOT / 'docs/guides/predict.md'
    conf = runpy.run_path(str(ROOT / 'docs/conf.py'))
    assert conf['with_links'](text, page) == (
        'the class [a page](../index.md#a)')
    monkeypatch.setenv('READTHEDOCS_GIT_CLONE_URL', 'https://host/us/it.git')
    monkeypatch.setenv('READTHEDOCS_GIT_COMMIT_HASH', 'abc')
    conf = runpy.run_path(str(ROOT / 'docs/conf.py'))
    assert conf['with_links'](text, page) == (
        '[the class](https://host/us/it/blob/abc/tools/train.py) '
        '[a page](../index.md#a)')


def test_it_needs_nothing_from_the_web(site):
    for path, text in pages(site).items():
        assert not re.findall(r'<(?:script|img)[^>]* src="http', text), path
        assert not re.findall(r'<link[^>]* rel="stylesheet"[^>]*"http', text)


def test_what_is_registered_is_in_the_reference(site):
    text = ''.join(pages(site).values())
    for registry in (DATASETS, HOOKS, KEYPOINT_CODECS, METRICS, MODELS):
        for name, cls in registry.module_dict.items():
            if cls.__module__.startswith('pcloss_mmpose.'):
                _, part, _ = cls.__module__.split('.', 2)
                assert re.search(rf'id="pcloss_mmpose\.{part}[\w.]*\.{name}"',
                                 text), name
    for function in ('functional.position_constraint',
                     'groups.left_right_groups'):
        assert f'id="pcloss_mmpose.{function}"' in text


def test_it_can_be_searched(site):
    index = (site / 'searchindex.js').read_text(encoding='utf-8')
    assert 'landmark' in index and 'outlier' in index
