import json
import os

import numpy as np
import pytest
from mmengine.config import Config

from pcloss_mmpose.comparison import work_dir as module
from pcloss_mmpose.comparison.work_dir import (find_checkpoint, find_config,
                                               find_predictions, train_seconds)


@pytest.fixture
def tested(monkeypatch):
    """In place of test.py, notes its arguments and writes the dump."""
    calls = []

    def call(name, arguments, log, watch=None):
        calls.append([name, *map(str, arguments)])
        with open(arguments[-1], 'w') as file:
            file.write('dump')
        if watch:
            watch('line')

    monkeypatch.setattr(module, 'call_stock_tool', call)
    return calls


def touch(file, seconds):
    file.write_text(str(file))
    os.utime(file, (seconds, seconds))


def test_best_checkpoint_then_the_last_one(tmp_path):
    assert find_checkpoint(tmp_path) is None
    touch(tmp_path / 'epoch_10.pth', 1)
    assert find_checkpoint(tmp_path) is None  # may be half written
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/epoch_10.pth')
    assert find_checkpoint(tmp_path).name == 'epoch_10.pth'
    touch(tmp_path / 'best_NE_epoch_5.pth', 3)
    touch(tmp_path / 'best_PCK_epoch_6.pth', 2)
    assert find_checkpoint(tmp_path).name == 'best_NE_epoch_5.pth'


def test_predictions_are_made_when_they_are_old(tmp_path, tested):
    lines = []
    (tmp_path / 'config.py').write_text('')
    touch(tmp_path / 'best_NE_epoch_5.pth', 10)
    predictions = tmp_path / 'predictions.pkl'
    for _ in range(2):
        assert find_predictions(tmp_path, lines.append) == predictions
    assert tested == [[
        'test.py',
        str(tmp_path / 'test/config.py'),
        str(tmp_path / 'best_NE_epoch_5.pth'), '--work-dir',
        str(tmp_path / 'test'), '--dump',
        str(tmp_path / '.part-predictions.pkl')
    ]]
    assert lines == ['line'] and predictions.read_text() == 'dump'
    assert not (tmp_path / '.part-predictions.pkl').exists()
    touch(predictions, 9)
    find_predictions(tmp_path)
    assert len(tested) == 2
    # The checkpoint may be gone.
    (tmp_path / 'best_NE_epoch_5.pth').unlink()
    find_predictions(tmp_path)
    assert len(tested) == 2


def test_what_is_missing_is_said(tmp_path, tested):
    with pytest.raises(ValueError, match='a work directory without a check'):
        find_predictions(tmp_path)
    touch(tmp_path / 'best_NE_epoch_5.pth', 10)
    with pytest.raises(ValueError, match='holds one config, found none'):
        find_predictions(tmp_path)
    for name in 'ab':
        (tmp_path / f'{name}.py').write_text('')
    with pytest.raises(ValueError, match='found a.py and b.py'):
        find_config(tmp_path)
    assert not tested


def test_the_config_is_that_of_the_latest_training(tmp_path):
    """test.py replaces the one on top and leaves a folder of its own."""
    (tmp_path / 'pc.py').write_text('')
    entries = dict(lr=1., time=2., iter=1), dict(NE=0.1, time=9.)
    for stamp, entry in zip(('1', '2', '3', '4'), (*entries[:1] * 2,
                                                   entries[1], None)):
        log = tmp_path / stamp / 'vis_data/scalars.json'
        log.parent.mkdir(parents=True)
        log.with_name('config.py').write_text('')
        if entry:
            log.write_text(json.dumps(entry))
    assert find_config(tmp_path) == tmp_path / '2/vis_data/config.py'
    for stamp in '12':
        (tmp_path / stamp / 'vis_data/scalars.json').unlink()
    assert find_config(tmp_path) == tmp_path / 'pc.py'


@pytest.mark.parametrize('several', [True, False])
def test_testing_writes_no_file_of_an_earlier_test(several, tmp_path, tested):
    metrics = [
        dict(type='CocoMetric', format_only=True, outfile_prefix='mine'),
        dict(type='DumpResults', out_file_path='mine.pkl'),
        dict(type='mmengine.DumpResults', out_file_path='mine.pkl')
    ]
    hooks = dict(visualization=dict(enable=True, out_dir='mine'))
    stored = tmp_path / 'config.py'
    Config(
        dict(
            test_evaluator=metrics if several else metrics[1],
            default_hooks=hooks)).dump(stored)
    text = stored.read_text()
    touch(tmp_path / 'best_NE_epoch_5.pth', 10)
    find_predictions(tmp_path)
    cfg = Config.fromfile(tested[0][1])
    assert cfg.test_evaluator == ([dict(type='CocoMetric')] if several else [])
    assert not cfg.default_hooks.visualization.enable
    assert stored.read_text() == text


def test_training_time_counts_resumed_steps_once(tmp_path):
    for stamp, iters in (('1', (10, 20)), ('2', (20, 30, 40))):
        log = tmp_path / stamp / 'vis_data/scalars.json'
        log.parent.mkdir(parents=True)
        log.write_text('\n'.join([
            *(json.dumps(dict(lr=1., time=2., iter=i)) for i in iters),
            json.dumps(dict(NE=0.1, time=9.)), '{"lr": 1.0, "ti'
        ]))
    assert train_seconds(tmp_path) == 80.
    assert np.isnan(train_seconds(tmp_path / '1'))
