"""What the benchmark times is right on both sides; times are not tested."""
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def speed():
    sys.path.insert(0, str(ROOT / 'benchmarks'))
    import speed
    init_default_scope('mmpose')
    yield speed
    sys.path.remove(str(ROOT / 'benchmarks'))


def test_both_sides_of_small_races_give_the_right_answer(speed, tmp_path):
    official = {
        layout: (kind, 60, 40 if layout != 'fashionai' else 60)
        for layout, (kind, *_) in speed.data.OFFICIAL.items()
    }
    MessageHub.get_instance('speed')
    races = list(
        itertools.chain(
            speed.losses.constraint_races(4, {
                5: 1,
                30: None
            }), speed.losses.integral_races((3, 4, 16, 12)),
            speed.codecs.encode_races({
                1: 1,
                7: None
            }), speed.codecs.decode_races(8, 12),
            speed.data.dataset_races(official, tmp_path),
            speed.data.sample_races(3, tmp_path),
            speed.data.metric_races(200, 5, 16),
            speed.data.rendering_races(2)))
    assert len(races) == 2 * 2 + 3 + 2 * 2 + 2 + 3 + 2 + 2 + 1
    for race in races:
        race.check()
        race.ours()
        if race.theirs:
            race.theirs()


def test_a_wrong_answer_stops_the_race(speed):
    ones = speed.torch.ones(2, requires_grad=True)
    race = speed.losses._race(
        lambda x: 2 * x, lambda x: x, (ones, ), part='', against='', size='')
    with pytest.raises(AssertionError, match='not close'):
        speed.racing.run(race, 1, repeats=1)


def test_a_row_says_whether_the_bar_is_met(speed, monkeypatch):
    racing = speed.racing
    race = racing.Race('', '', '', lambda: None, lambda: None, lambda: 'so',
                       bar=2, images=10, measure=lambda call: next(clock))
    clock = iter([(4., 5.), (1., 3.)] + [(1., 3.), (4., 5.)])
    row = racing.run(race, 1, repeats=2)
    assert row['ours'] == .1 and row['theirs'] == .4 and row['ratio'] == 4
    assert row['mb'] == [3, 5] and not row['met'] and row['said'] == 'so'
    clock = iter([(4., 6.), (1., 3.)])
    assert racing.run(race, 1, repeats=1)['met']
    clock = iter([(1.9, 6.), (1., 3.)])
    assert not racing.run(race, 1, repeats=1)['met']


def test_growth_of_small_inputs(speed, tmp_path):
    growth = speed.growth
    official = {'fld': ('FLDDataset', 64, 40)}
    speed.data.write_tree(tmp_path / 'fld-64', 'fld', 64, 40)
    for item in growth.growths(official, tmp_path, share=64):
        for size in (item.sizes[0], item.sizes[-1]):
            item.make(size)()
    assert growth._exponent([2, 4, 8, 16], [9, 1, 4, 16]) == pytest.approx(2)
    result = growth.epochs('fld', official, tmp_path, workers=1, number=2)
    assert len(result['mb']) == 2 and min(result['mb']) > 0
    assert 50 < result['annotations'] <= 64


def test_stored_results_are_of_all_parts(speed):
    stored = speed.speed_tables.read()
    assert {'device', 'versions', 'cores'} <= set(stored)
    found = {(row['part'], row['against']) for row in stored['races']}
    assert len(found) >= 16 and len(stored['growths']) == 18
    for row in stored['races']:
        assert ('met' in row) == ('bar' in row)
        if 'bar' in row and 'mb' not in row:
            assert row['met'] == (row['ratio'] >= row['bar'])
    for row in stored['growths']:
        if (row['part'], row['of']) != ('LandmarkFailures', 'landmarks'):
            assert row['time_exponent'] < 1.2, row
    for row in stored['epochs']:
        assert row['mb'][-1] < 1.02 * row['mb'][0]


def run(*parts):
    return subprocess.run(
        [sys.executable, 'benchmarks/speed.py', *parts],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True)


def test_command():
    """Of one part, as on the page; it stores nothing then."""
    results = ROOT / 'benchmarks/results/speed_cpu.json'
    before = results.read_text()
    done = run('codecs')
    assert done.returncode == 0, done.stderr
    assert 'MSRAHeatmap(unbiased=True)' in done.stdout
    assert 'met' in done.stdout and 'stored' not in done.stdout
    assert results.read_text() == before and json.loads(before)
    done = run('nothing')
    assert done.returncode == 2
    assert "no part 'nothing', but losses, codecs" in done.stderr
