"""The page as a file; what it does in a browser is tested beside."""
import builtins
import json
import re

import numpy as np
import pytest

from pcloss_mmpose.comparison import compare, read_models, write_page
from pcloss_mmpose.comparison.page import load_jinja2
from pcloss_mmpose.comparison.work_dir import training_curves

HOSTILE = '</script><img src onerror>&$x$'


@pytest.fixture
def page(tmp_path, write, random_samples, paint):

    def page(names=('base', 'other'), change=lambda samples: samples):
        runs = [
            f'{name}={write(f"{i}.pkl", change(paint(random_samples(6, seed=i))))}'  # noqa: E501
            for i, name in enumerate(names)
        ]
        models = read_models(runs)
        write_page(models, compare(models), tmp_path / 'page.html')
        assert not list(tmp_path.glob('.*'))
        return models, (tmp_path / 'page.html').read_text(encoding='utf-8')

    return page


def read_data(text):
    block = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(block[1])


def test_intervals_of_failures(page):
    """In the page's table as in the terminal's, each of its own column."""
    models, text = page()
    *_, failures = compare(models).tables
    label, *cells = failures.rows[-1]
    assert label == '  95 % interval' and cells[0] != '-' != cells[1]
    row = ''.join(f'<td>{cell}</td>' for cell in cells)
    assert f'<th scope="row">95 % interval</th>{row}</tr>' in text


def test_gallery_has_the_numbers_of_the_runs(page):
    models, text = page()
    data = read_data(text)
    for m, model in enumerate(models):
        (run, ) = model.runs
        errors = 100 * run.distances()
        for n, item in enumerate(data['items']):
            found = np.array(item['models'][m]['errors'], float)
            np.testing.assert_allclose(found, errors[n], atol=1e-4)
            outliers = (errors[n] > 10).sum()
            assert item['models'][m]['outliers'] == outliers
            # predictions lie on the picture as they do in the image
            truth = [t is not None for t in item['truth']]
            xy = np.array(item['models'][m]['points'])[truth]
            step = np.diff(xy, axis=0)
            true_step = np.diff(run.pred[n][truth], axis=0)
            k = step[np.abs(true_step) > 9] / true_step[np.abs(true_step) > 9]
            np.testing.assert_allclose(k, np.median(k), rtol=0.05)


def test_page_is_self_contained_and_says_what_it_lacks(page):
    _, text = page()
    # names of namespaces are not fetched
    loaded = re.findall(r'(?:src|href)="((?!#|data:)[^"]*)"', text)
    assert loaded == [] and '@import' not in text and 'url(http' not in text
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert 'No training curves of base, other' in text
    assert 'Outlier: error over 10 % of the box' in text


def test_names_are_text(page, tmp_path):

    def rename(samples):
        for sample in samples:
            sample['raw_ann_info']['category'] = HOSTILE
            sample['img_path'] = f'{tmp_path}/{sample["id"]}{HOSTILE}.png'
        return samples

    _, text = page((HOSTILE, f'_{HOSTILE}'), rename)
    data = read_data(text)
    assert data['models'][0] == data['items'][0]['kind'] == HOSTILE
    assert data['items'][0]['name'].endswith('onerror>&$x$.png')
    assert '<img' not in text and text.count('<script') == 2


def test_images_that_are_gone_are_named(page, tmp_path):

    def remove(samples):
        (tmp_path / '0000.png').unlink()
        (tmp_path / '0001.png').write_bytes(b'no image')
        return samples

    _, text = page(change=remove)
    items = read_data(text)['items']
    assert [item['picture'] is None
            for item in items] == [True] * 2 + 4 * [False]
    assert '0000.png' in items[0]['why'] and '0001.png' in items[1]['why']
    assert '2 of the images cannot be read' in text


def test_curves_go_on_from_where_a_training_was_resumed(tmp_path):
    for start, steps in (('1', (10, 20, 30)), ('2', (20, 40))):
        log = tmp_path / start / 'vis_data/scalars.json'
        log.parent.mkdir(parents=True)
        lines = [
            json.dumps(dict(lr=1, time=1, iter=i, loss=i + float(start) / 10))
            for i in steps
        ]
        lines.append(json.dumps(dict(NE=float(start), step=1)))
        log.write_text('\n'.join(lines) + '\n{"lr": 1, "ti')
    assert training_curves(tmp_path) == {
        'loss': [(10, 10.1), (20, 20.2), (40, 40.2)],
        'NE': [(40, 2.0)]
    }


def test_without_jinja2_one_sentence(monkeypatch):
    stock = builtins.__import__

    def absent(name, *args, **kwargs):
        if name == 'jinja2':
            raise ImportError(name)
        return stock(name, *args, **kwargs)

    monkeypatch.setattr(builtins, '__import__', absent)
    with pytest.raises(RuntimeError, match='pip install jinja2'):
        load_jinja2()
