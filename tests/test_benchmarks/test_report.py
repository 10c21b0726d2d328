"""README.md and docs/ say what the stored results say."""
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
    pages = list(report.pages())
    assert page_of(report) in pages and ROOT / 'README.md' in pages
    for file in pages:
        page = file.read_text()
        assert report.fill(page) == page


def page_of(report):
    return report.PICTURES / 'ablation.md'


def test_every_table_is_on_a_page(report):
    shown = {
        name for page in report.pages()
        for _, name, _ in report.MARKED.findall(page.read_text())
    }
    assert set(report.TABLES) <= shown


def test_a_page_that_is_behind_shows(report):
    page = page_of(report).read_text()
    number = re.search(r'\| baseline \| \d \|.*?\| (\d\.\d+) ', page)
    behind = page.replace(number[1], '1.234')
    assert behind != page and report.fill(behind) == page


def test_every_result_has_what_reproduces_it(report):
    import experiments as grid
    lines = report.results.read()
    assert len({line['key'] for line in lines}) > 8
    for line in lines:
        command = line['command'].split()
        assert command[:2] == ['python', 'benchmarks/ablation.py']
        assert '--again' in command
        photos = grid.DATA[line['data']]
        assert ('--photos' in command) != isinstance(photos, grid.Rendered)
        # of the very row that stands in the grid today
        row = report.EXPERIMENTS[line['experiment']][line['name']]
        assert report.results.line_of(row, line['seed'], [line]) is line
        assert {'val', 'test', 'seed', 'versions', 'device', 'train_seconds'
                } <= set(line)
        errors, _ = report.results.read_errors(line['key'])
        summary = report.results.SUMMARY.get(line['experiment'])
        if summary:
            labelled = ~np.isnan(errors)
            if isinstance(summary[-1], int):
                assert labelled.any(0).sum() == summary[-1]
            else:  # of a garment, of which some may be occluded
                most = int(summary[-1].split(' to ')[1])
                assert most // 2 < labelled.sum(1).max() <= most


@pytest.fixture
def store(report, tmp_path, monkeypatch):
    """Store a model by its errors (N, K)."""
    import experiments as grid
    results = report.results
    monkeypatch.setattr(results, 'FOLDER', tmp_path)
    (tmp_path / 'errors').mkdir()
    results.read_errors.cache_clear()

    def store(experiment, row, seed, errors):
        errors, key = np.array(errors), f'{experiment}-{row}-{seed}'
        figures = {
            results.AVERAGE: 100 * np.mean(errors),
            'outliers': 100 * np.mean(errors > .1),
            'duplicates': 0.
        }
        identity = grid.identity(grid.EXPERIMENTS[experiment][row], seed)
        line = dict(identity, key=key, val=figures, test=figures)
        with open(tmp_path / 'ablation.jsonl', 'a') as file:
            file.write(json.dumps(line) + '\n')
        np.savez(tmp_path / f'errors/{key}.npz', test=errors, pooled=False)

    yield store
    results.read_errors.cache_clear()


@pytest.fixture
def stored(report, store):
    """Two seeds of a baseline, of which one has a model to compare."""
    # one image: which of four landmarks is an outlier
    for row, seed, errors in (('baseline', 0, [.2, .2, .02, .02]),
                              ('baseline', 1, [.2, .02, .2, .02]),
                              ('constraint', 1, [.2, .02, .02, .02])):
        store('garments-MSE', row, seed, [errors])
    return report.results


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
        'coordinates, MSE', 'rendered garments', '8', '11.000', '6.500',
        '-40.9', '-40.9 to -40.9', '-40.9', '-50.0', ''
    ]]


def test_every_row_can_be_trained(report):
    """Its options reach the config, and its model can be built."""
    import experiments as grid
    register_all_modules()
    for name, rows in report.EXPERIMENTS.items():
        for row in rows.values():
            cfg = grid.build_config(row, 3)
            assert cfg.randomness.seed == 3
            assert cfg.train_cfg.max_epochs == row.epochs
            MODELS.build(copy.deepcopy(cfg.model))
            loss = cfg.model.head.loss
            assert (loss.type == 'PCLoss') == (row.pc is not None), name
            check_codecs(cfg)


def test_what_has_no_results_is_named(report, tmp_path, monkeypatch):
    monkeypatch.setattr(report.results, 'FOLDER', tmp_path)
    with pytest.raises(SystemExit, match='garments has no results yet'):
        report.fill('<!-- garments -->\n<!-- end -->\n')


def test_a_result_is_that_of_the_row_and_not_of_its_name(
        report, stored, monkeypatch):
    """Wherever it was trained; of changed settings there is none."""
    rows = report.EXPERIMENTS['garments-MSE']
    monkeypatch.setitem(report.EXPERIMENTS, 'other',
                        dict(first=rows['baseline'], new=rows['share 2.0']))
    assert {row: set(of) for row, of in stored.find('other').items()
            } == {'first': {0, 1}}
    row = rows['baseline']._replace(epochs=3)
    assert stored.line_of(row, 0, stored.read()) is None
    # the last one counts
    again = dict(stored.read()[0], key='again')
    lines = [*stored.read(), again]
    assert stored.line_of(rows['baseline'], 0, lines) is again


def test_the_gain_is_drawn_against_the_number_of_landmarks(
        report, store, tmp_path):
    """Of what there is, from two numbers on."""

    def change(experiment, factor):
        for row, by in (('baseline', 1), ('constraint', factor)):
            store(experiment, row, 0, [[.1 * by, .2 * by], [.3 * by] * 2])

    def titles():
        figure = report.draw(tmp_path / 'a.png')
        return [axis.get_title() for axis in figure.axes]

    for name in report.SHOWN:
        change(name, .9)
    assert len(report.landmark_points()) == 1
    assert 'number of landmarks' not in titles()
    change('faces-8', .8)
    few, many = report.landmark_points()
    assert (few[0], many[0]) == (8, 68)
    assert few[1] == pytest.approx(-20) and many[1] == pytest.approx(-10)
    for _, middle, low, high in (few, many):
        assert low <= middle <= high
    assert 'number of landmarks' in titles()
    assert (tmp_path / 'a.png').stat().st_size > 10000
