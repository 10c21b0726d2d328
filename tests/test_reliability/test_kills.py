"""train.py, killed while it writes and while it learns, ends the same."""
import signal
import sys
from pathlib import Path

import pytest

from pcloss_mmpose.rendering import render_dataset

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def kills():
    sys.path.insert(0, str(ROOT / 'benchmarks/reliability'))
    import kills
    yield kills
    sys.path.remove(str(ROOT / 'benchmarks/reliability'))


def test_resumes_to_the_same_weights(kills, tmp_path, monkeypatch):
    import common
    data = tmp_path / 'FLD'
    render_dataset(
        'fld', 32, 0, data, 64, split=dict(train=.75, val=.125, test=.125),
        workers=1)
    config = tmp_path / 'config.py'
    cfg = common.write_config(config, data, 3)
    for name in ('train', 'val', 'test'):
        cfg[f'{name}_dataloader'].batch_size = 8
    cfg.dump(config)
    cfg.custom_imports['imports'] = ['pcloss_mmpose', 'self_kill']
    cfg.dump(tmp_path / 'kill.py')
    true, work = tmp_path / 'true', tmp_path / 'work'

    assert common.train(config, true).wait() == 0
    code = common.train(
        tmp_path / 'kill.py', work, KILL_WHILE='epoch_2.pth').wait()
    assert code == -signal.SIGKILL
    half, = work.glob('.part-*-epoch_2.pth')
    assert common.state(half) is None
    assert kills.broken(work) == []
    assert kills.kill_at(
        common.train(config, work, '--resume'), work, 2, 0), 'too late'
    assert kills.broken(work) == []
    assert common.train(config, work, '--resume').wait() == 0

    files = list(true.glob('*.pth'))
    assert len(files) == 2
    for file in files:
        assert common.equal(file, work / file.name)
    monkeypatch.setattr(kills, 'EPOCHS', 3)
    assert kills.outcome(work, true) == dict(equal=True, best_equal=True)
    assert any(isinstance(key, tuple)  # the optimizer's too
               for key in common.state(true / 'epoch_3.pth'))
    assert {f.name for f in work.iterdir() if f.is_file()} == {
        f.name
        for f in true.iterdir() if f.is_file()
    } | {'kill.py'}


def test_the_tables_say_what_went_wrong(kills, tmp_path, monkeypatch):
    import tables
    monkeypatch.setattr(tables, 'RESULTS', tmp_path)
    good = dict(what='now', broken=[], code=0, equal=True, best_equal=True)
    bad = dict(good, broken=['b.pth', 'a.pth', 'a.pth'], best_equal=False)
    tables.store('kills', [
        dict(good, hooks='plugin'), dict(bad, hooks='stock'),
        dict(good, hooks='stock', what='then', code=1, equal=False)])
    assert tables.tabulate('kills')[1:] == [
        ['now', 'as if undisturbed',
         'a.pth and b.pth broken, another best model'],
        ['then', '', 'cannot be resumed']]
    rows = [dict(what='a', tried=3, read=3), dict(what='b', tried=3, read=3)]
    tables.store('readers', rows)
    assert tables.tabulate('readers')[0] == ['files', 'tried', 'read']
    tables.store('readers', [dict(rows[0], crashed=1), rows[1]])
    assert tables.tabulate('readers')[1:] == [['a', '3', '3', '1'],
                                              ['b', '3', '3', '0']]


def test_mutated_files_are_counted(kills, tmp_path):
    """As in the table; that no reader fails is tested in test_fuzz.py."""
    import readers
    row = readers.run('boxes', tmp_path / 'file', 20)
    assert row['what'] == 'boxes' and row['tried'] == 20
    assert row['read'] + row['refused'] == 20
