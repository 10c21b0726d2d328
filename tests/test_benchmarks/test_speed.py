"""What the benchmark times is right on both sides; times are not tested."""
import json
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


@pytest.fixture(scope='module')
def races(speed, tmp_path_factory):
    """All, but small."""
    official = {
        layout: (kind, 60, 60 * training // number)
        for layout, (kind, number, training) in speed.data.OFFICIAL.items()
    }
    work = tmp_path_factory.mktemp('races')
    MessageHub.get_instance('speed')
    return [
        *speed.losses.constraint_races('cpu', 4, (5, 30)),
        *speed.losses.integral_races('cpu', (3, 4, 16, 12)),
        *speed.codecs.encode_races((1, 7)),
        *speed.codecs.decode_races(8, 12),
        *speed.data.dataset_races(official, work),
        *speed.data.sample_races(3, work),
        *speed.data.metric_races(200, 5, 16),
    ]


def test_both_sides_of_small_races_give_the_right_answer(races):
    for race in races:
        race.check()
        race.ours()
        race.theirs()


def test_a_wrong_answer_stops_the_race(speed):
    ones = speed.torch.ones(2, requires_grad=True)
    race = speed.losses._race('', '', '', lambda x: 2 * x, lambda x: x, ones)
    with pytest.raises(AssertionError, match='not close'):
        speed.racing.run(race)


def test_the_ratio_is_of_neighbouring_runs(speed, monkeypatch):
    """The machine may be slower in one round than in another."""
    racing = speed.racing
    race = racing.Race('', '', '', 'ours', 'theirs', lambda: None, images=2)
    took = dict(ours=[1., 4., 2.], theirs=[3., 12., 8.])
    order = []

    def seconds(side, threads):
        order.append(side)
        return took[side].pop(0)

    monkeypatch.setattr(racing, 'seconds', seconds)
    monkeypatch.setattr(racing, 'REPEATS', 3)
    row = racing.run(race)
    assert order == ['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']
    assert (row['ours'], row['theirs'], row['ratio']) == (1, 4, 3)
    assert row['ratios'] == [3, 4] and 'mb' not in row


def test_memory_is_that_of_a_process_of_its_own(speed, monkeypatch):
    monkeypatch.setattr(speed.racing, 'REPEATS', 1)
    race = speed.racing.Race('', '', '', lambda: bytearray(8 << 20),
                             lambda: bytearray(64 << 20), lambda: None,
                             memory=True)
    row = speed.racing.run(race)
    assert 7 < row['mb'][0] < 12 and 63 < row['mb'][1] < 68
    assert row['ours'] > 0


def test_stored_results_are_of_all_parts(speed, races):
    stored = speed.speed_tables.read()
    assert {'device', 'versions', 'cores'} <= set(stored)
    parts = {(race.part, race.against) for race in races}
    parts.add(('a training step', 'the stock config'))
    assert parts == {(row['part'], row['against'])
                     for row in stored['races']}


def test_command(speed, run_tool, monkeypatch):
    """Of one part, as on the page; it stores nothing then."""
    monkeypatch.setattr(speed.racing, 'REPEATS', 1)
    results = ROOT / 'benchmarks/results/speed_cpu.json'
    before = results.read_text()
    output = run_tool('benchmarks/speed.py', 'codecs')
    assert 'MSRAHeatmap(unbiased=True)' in output
    assert 'ratio' in output and 'stored' not in output
    assert results.read_text() == before and json.loads(before)
    output = run_tool('benchmarks/speed.py', 'nothing', code=2)
    assert "no part 'nothing', but losses, codecs" in output
