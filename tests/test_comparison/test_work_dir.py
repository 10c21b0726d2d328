import json
import os
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config

from pcloss_mmpose.comparison import work_dir as module
from pcloss_mmpose.comparison.work_dir import (choose_checkpoints,
                                               find_checkpoints, find_config,
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


def test_checkpoints_by_their_criteria(tmp_path):
    (tmp_path / 'predictions.pkl').write_text('')
    touch(tmp_path / 'epoch_10.pth', 1)
    assert find_checkpoints(tmp_path) == {}  # may be half written
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/epoch_10.pth')
    for seconds, name in enumerate(
        ('best_NE_epoch_8.pth', 'best_NE_epoch_5.pth',
         'best_coco_AP_iter_6-0123abcd.pth', 'best_mine.pth')):
        touch(tmp_path / name, seconds)
    assert {
        criterion: file.name
        for criterion, file in find_checkpoints(tmp_path).items()
    } == {
        'best_NE': 'best_NE_epoch_5.pth',  # the newer one
        'best_coco_AP': 'best_coco_AP_iter_6-0123abcd.pth',
        'best_mine': 'best_mine.pth',
        'last': 'epoch_10.pth'
    }


@pytest.mark.parametrize('save_best, kinds, chosen', [
    (['NE', 'PCK'], ['best_NE best_PCK last', 'best_PCK best_NE'], 'best_NE'),
    (['PCK', 'NE'], ['best_NE best_PCK last', 'best_PCK best_NE'], 'best_PCK'),
    (['NE', 'PCK'], ['best_NE best_PCK', 'best_PCK last'], 'best_PCK'),
    ('coco/AP', ['best_NE best_coco_AP', 'best_NE best_coco_AP'
                 ], 'best_coco_AP'),
    ('auto', ['best_NE last', 'last best_NE'], 'best_NE'),
    (None, ['best_NE last', 'last best_NE'], 'best_NE'),
    ('NE', ['best_NE last', 'best_PCK last'], 'last'),
    ('NE', ['best_NE last', 'last'], 'last'),
    ('NE', ['best_NE last', ''], 'best_NE'),
    ('NE', ['best_NE', 'best_PCK'], 'a has best_NE; b has best_PCK; pickles'),
    ('NE', ['', ''], None),
])
def test_all_are_compared_by_one_criterion(save_best, kinds, chosen):
    cfg = Config(
        dict(default_hooks=dict(checkpoint=dict(save_best=save_best))))
    found = {
        path: {
            kind: f'{path}/{kind}'
            for kind in names.split()
        }
        for path, names in zip('ab', kinds)
    }
    if chosen and ' ' in chosen:
        with pytest.raises(ValueError, match=chosen):
            choose_checkpoints(found, cfg)
        return
    assert choose_checkpoints(found, cfg) == {
        path: f'{path}/{chosen}'
        for path in 'ab' if found[path]
    }


def test_predictions_are_of_the_checkpoint(tmp_path, tested):
    lines = []
    (tmp_path / 'config.py').write_text('')
    checkpoint, other = tmp_path / 'best_NE_epoch_5.pth', tmp_path / 'last.pth'
    for file in (checkpoint, other):
        touch(file, 10)
    predictions = tmp_path / 'predictions.pkl'
    for _ in range(2):
        assert find_predictions(tmp_path, checkpoint,
                                lines.append) == predictions
    assert tested == [[
        'test.py',
        str(tmp_path / 'test/config.py'),
        str(checkpoint), '--work-dir',
        str(tmp_path / 'test'), '--dump',
        tested[0][-1]
    ]]
    part = Path(tested[0][-1])
    assert part.parent == tmp_path and part.name.startswith('.part-')
    assert part.suffix == '.pkl'
    assert lines == ['line'] and predictions.read_text() == 'dump'
    assert not list(tmp_path.glob('.part-*'))

    def times_tested(file):
        before = len(tested)
        assert find_predictions(tmp_path, file) == predictions
        return len(tested) - before

    assert [times_tested(f) for f in (other, other, checkpoint)] == [1, 0, 1]
    touch(checkpoint, 9)  # another one of that name, an older one
    assert [times_tested(checkpoint) for _ in range(2)] == [1, 0]
    predictions.write_text('of another test.py')
    assert [times_tested(checkpoint) for _ in range(2)] == [1, 0]
    (tmp_path / 'predictions.json').unlink()
    assert [times_tested(checkpoint) for _ in range(2)] == [1, 0]
    # The checkpoint may be gone.
    assert times_tested(None) == 0


def test_what_is_missing_is_said(tmp_path, tested):
    with pytest.raises(ValueError, match='a work directory without a check'):
        find_checkpoints(tmp_path)
    with pytest.raises(ValueError, match='holds one config, found none'):
        find_config(tmp_path)
    for name in 'ab':
        (tmp_path / f'{name}.py').write_text('')
    with pytest.raises(ValueError, match='found a.py and b.py'):
        find_predictions(tmp_path, tmp_path / 'epoch_1.pth')
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
    find_predictions(tmp_path, tmp_path / 'best_NE_epoch_5.pth')
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
