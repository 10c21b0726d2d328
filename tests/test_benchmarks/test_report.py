"""README.md and docs/ablation*.md say what the stored results say."""
import copy
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from mmpose.registry import MODELS
from mmpose.utils import register_all_modules

from pcloss_mmpose.codecs.conventions import check_codecs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def report():
    sys.path.insert(0, str(ROOT / 'benchmarks'))
    import report
    yield report
    sys.path.remove(str(ROOT / 'benchmarks'))


def test_the_pages_have_the_tables_of_the_results(report):
    assert len(report.PAGES) == 8
    assert len(report.MARKED.findall(page_of(report).read_text())) >= 4
    for file in report.PAGES:
        page = file.read_text()
        assert len(report.MARKED.findall(page)) >= 1
        assert report.fill(page) == page


def page_of(report):
    return report.DOCS / 'ablation.md'


def test_a_page_that_is_behind_shows(report):
    page = page_of(report).read_text()
    number = re.search(r'\| baseline \| \d \|.*?\| (\d\.\d+) ', page)
    behind = page.replace(number[1], '1.234')
    assert behind != page and report.fill(behind) == page


def test_every_result_has_what_reproduces_it(report):
    import experiments as grid
    lines = report.results.read()
    assert len(lines) > 8
    for line in lines:
        command = line['command'].split()
        assert command[:2] == ['python', 'benchmarks/ablation.py']
        assert '--again' in command
        photos = grid.DATA[line['data']]
        assert ('--photos' in command) != isinstance(photos, grid.Rendered)
        # of the very row that stands in the grid today
        row = report.EXPERIMENTS[line['experiment']][line['name']]
        assert line['key'] == report.key_of(row, line['seed'])
        assert {'val', 'test', 'seed', 'versions', 'device', 'train_seconds'
                } <= set(line)
        errors, _ = report.results.read_errors(line['key'])
        landmarks = {'faces': 68, 'garments': 8, 'bodies': 14}
        assert errors.shape[1] == landmarks[line['data']]


@pytest.fixture
def stored(report, tmp_path, monkeypatch):
    """Two seeds of a baseline, of which one has a model to compare."""
    results = report.results
    config = results.EXPERIMENTS['garments-MSE']
    rows = {name: config[name] for name in ('baseline', 'constraint')}
    monkeypatch.setattr(results, 'FOLDER', tmp_path)
    monkeypatch.setitem(results.EXPERIMENTS, 'garments-MSE', rows)
    errors = {  # one image: which of four landmarks is an outlier
        ('baseline', 0): [.2, .2, .02, .02],
        ('baseline', 1): [.2, .02, .2, .02],
        ('constraint', 1): [.2, .02, .02, .02],
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
    _, baseline, pc = stored.tabulate('garments-MSE')
    assert baseline[:4] == ['baseline', '2', '11.000', '11.000']
    # 6.5 against the baseline's 11 of the same seed
    assert pc[:4] == ['constraint', '1', '6.500', '6.500 (11.000)']
    assert pc[5] == '-40.9'


def test_outliers_are_compared_over_other_seeds(stored):
    # of four outliers in two pairs, one stays and one goes in each; the one
    # other model is of the seed that it would be compared with
    assert stored.tabulate_outliers()[1:] == [[
        'garments-MSE', 'baseline', '50', '50', '50'
    ]]


def test_the_summary_is_of_the_seeds_of_both(stored):
    assert stored.tabulate_summary()[1:] == [[
        'coordinates, MSE', 'rendered garments', '8', '1', '11.000', '6.500',
        '-40.9', '-40.9 to -40.9', '-50.0', ''
    ]]


def test_every_row_can_be_trained(report):
    """Its options reach the config, and its head can be built."""
    import experiments as grid
    register_all_modules()
    for name, rows in report.EXPERIMENTS.items():
        for row in rows.values():
            cfg = grid.build_config(row, 3)
            assert cfg.randomness.seed == 3
            assert cfg.train_cfg.max_epochs == row.epochs
            MODELS.build(copy.deepcopy(cfg.model.head))
            loss = cfg.model.head.loss
            assert (loss.type == 'PCLoss') == (row.pc is not None), name
            check_codecs(cfg)


def test_what_has_no_results_is_named(report, tmp_path, monkeypatch):
    monkeypatch.setattr(report.results, 'FOLDER', tmp_path)
    with pytest.raises(SystemExit, match='garments has no results yet'):
        report.fill('<!-- garments -->\n<!-- end -->\n')
