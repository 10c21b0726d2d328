"""docs/ablation*.md say what the stored results say."""
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def report():
    sys.path.insert(0, str(ROOT / 'benchmarks'))
    import report
    yield report
    sys.path.remove(str(ROOT / 'benchmarks'))


def test_the_pages_have_the_tables_of_the_results(report):
    assert len(report.PAGES) == 8
    assert len(report.MARKED.findall(report.PAGES[0].read_text())) >= 5
    for file in report.PAGES:
        page = file.read_text()
        assert len(report.MARKED.findall(page)) >= 1
        assert report.fill(page) == page


def test_a_page_that_is_behind_shows(report):
    page = report.PAGES[0].read_text()
    number = re.search(r'\| baseline \| 5 \|.*?\| (\d\.\d+) ', page)
    behind = page.replace(number[1], '1.234')
    assert behind != page and report.fill(behind) == page


def test_every_result_has_what_reproduces_it(report):
    lines = report.results.read()
    assert len(lines) > 80
    for line in lines:
        command = line['command'].split()
        assert command[:2] == ['python', 'benchmarks/ablation.py']
        assert '--again' in command
        assert ('--faces' in command) == (line['data'] == 'faces')
        assert {'val', 'test', 'seed', 'versions', 'device', 'train_seconds'
                } <= set(line)
        errors, _ = report.results.read_errors(line['key'])
        landmarks = {'faces': 68, 'fashionai': 24, 'garments': 8}
        assert errors.shape[1] == landmarks[line['data']]


@pytest.fixture
def stored(report, tmp_path, monkeypatch):
    """Two seeds of a baseline, of which one has a model to compare."""
    results = report.results
    config = results.EXPERIMENTS['garments']
    rows = {'baseline': config['baseline'], 'pc': config['pc']}
    monkeypatch.setattr(results, 'FOLDER', tmp_path)
    monkeypatch.setitem(results.EXPERIMENTS, 'garments', rows)
    errors = {  # one image: which of four landmarks is an outlier
        ('baseline', 0): [.2, .2, .02, .02],
        ('baseline', 1): [.2, .02, .2, .02],
        ('pc', 1): [.2, .02, .02, .02],
    }
    (tmp_path / 'errors').mkdir()
    results.read_errors.cache_clear()
    for (row, seed), values in errors.items():
        key = results.key_of(rows[row], seed)
        figures = {
            results.AVERAGE: 100 * np.mean(values),
            'outliers': 100 * np.mean(np.array(values) > .1),
            'duplicates': 0.
        }
        line = dict(key=key, seed=seed, val=figures, test=figures)
        with open(tmp_path / 'ablation.jsonl', 'a') as file:
            file.write(json.dumps(line) + '\n')
        np.savez(
            tmp_path / f'errors/{key}.npz',
            test=np.array([values]),
            pooled=False)
    yield results
    results.read_errors.cache_clear()


def test_a_row_with_fewer_seeds_tells_what_it_is_compared_with(stored):
    _, baseline, pc = stored.tabulate('garments')
    assert baseline[:4] == ['baseline', '2', '11.000', '11.000']
    # 6.5 against the baseline's 11 of the same seed
    assert pc[:4] == ['pc', '1', '6.500', '6.500 (11.000)']
    assert pc[5] == '-40.9'


def test_outliers_are_compared_over_other_seeds(stored):
    # of four outliers in two pairs, one stays and one goes in each; the one
    # other model is of the seed that it would be compared with
    assert stored.tabulate_outliers()[1:] == [[
        'garments', 'baseline', '50', '50', '50'
    ]]


def test_what_has_no_results_is_named(report, tmp_path, monkeypatch):
    monkeypatch.setattr(report.results, 'FOLDER', tmp_path)
    with pytest.raises(SystemExit, match='garments has no results yet'):
        report.fill('<!-- garments -->\n<!-- end -->\n')
