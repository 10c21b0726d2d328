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


def test_resumes_to_the_same_weights(kills, tmp_path):
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
        tmp_path / 'kill.py', work, env={
            'KILL_WHILE': 'epoch_2.pth'
        }).wait()
    assert code == -signal.SIGKILL
    half, = work.glob('.part-*-epoch_2.pth')
    assert common.state(half) is None
    assert kills.broken(work) == []
    assert kills.kill_at(
        common.train(config, work, '--resume'), work, 2, 0), 'too late'
    assert kills.broken(work) == []
    assert common.train(config, work, '--resume').wait() == 0

    for file in true.glob('*.pth'):
        assert common.equal(common.state(file), common.state(work / file.name))
    assert common.equal(
        common.state(true / 'epoch_3.pth', 'optimizer'),
        common.state(work / 'epoch_3.pth', 'optimizer'))
    assert {f.name for f in work.iterdir() if f.is_file()} == {
        f.name
        for f in true.iterdir() if f.is_file()
    } | {'kill.py'}
