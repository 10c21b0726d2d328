"""A tiny grid, through MMPose's runner."""
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOSS = 'model.head.loss.'


@pytest.fixture(scope='module')
def ablation(tmp_path_factory):
    sys.path.insert(0, str(ROOT / 'benchmarks'))
    import ablation
    import experiments as grid
    folder = tmp_path_factory.mktemp('ablation')
    ablation.ROOT_DATA = folder / 'data'
    ablation.RESULTS = folder / 'results/ablation.jsonl'
    ablation.ERRORS = folder / 'results/errors'
    ablation.WORK = folder / 'work'
    grid.DATA['tiny'] = grid.Data('fld', 40, 20, 24, seed=5, size=64)
    grid.EXPERIMENTS.clear()
    grid.EXPERIMENTS['smoke'] = {
        'baseline': grid.Row(grid.RES18, {}, 2, 'tiny'),
        'beta 0.01': grid.Row(grid.RES18_SKEL, {LOSS + 'beta': .01}, 2,
                              'tiny'),
    }
    yield ablation
    sys.path.remove(str(ROOT / 'benchmarks'))


@pytest.fixture
def call(ablation, monkeypatch, capsys):

    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['ablation.py', *arguments])
        ablation.main()
        return capsys.readouterr().out

    return call


def lines(ablation):
    return [json.loads(x) for x in ablation.RESULTS.read_text().splitlines()]


def test_a_grid_from_nothing_to_its_table(ablation, call):
    # stopped before the first step, then on to the end
    assert 'stopped with 2 models to go' in call('smoke', '--seeds', '0',
                                                 '--minutes', '0')
    call('smoke', '--seeds', '0', '--jobs', '2')
    first, second = sorted(lines(ablation), key=lambda x: x['name'])
    assert (first['name'], second['name']) == ('baseline', 'beta 0.01')
    assert second['options'] == {LOSS + 'beta': .01}
    assert first['val'] != first['test'] != second['test']
    for split in ('val', 'test'):
        assert {'NE (avg.)', 'outliers', 'duplicates', 'PCK@0.2',
                'left hem'} <= set(first[split])
    assert first['train_seconds'] > 0 and first['versions']['torch']
    # nothing to do, nothing done
    assert call('smoke', '--seeds', '0') == '' and len(lines(ablation)) == 2
    table = call('--summary')
    assert 'beta 0.01' in table and 'smoke' in table
    assert f"{first['test']['NE (avg.)']:.3f}" in table


def test_a_row_again_gives_the_same_figures(ablation, call):
    call('smoke', '--row', 'baseline', '--seeds', '0', '--again')
    first, again = (x for x in lines(ablation) if x['name'] == 'baseline')
    assert first['test'] == pytest.approx(again['test'], rel=1e-3)


def test_unknown_row(call):
    with pytest.raises(SystemExit, match="no row 'beta', but baseline, beta"):
        call('smoke', '--row', 'beta')
