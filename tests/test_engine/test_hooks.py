"""The hooks in real trainings of the shipped config."""
import random
import re
import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config, DictAction
from mmengine.runner import Runner
from training import configure, train
from unformatted import unformatted

from pcloss_mmpose.engine import hooks
from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.engine.hooks import (EpochSeedHook, FiniteHook,
                                        UnreadableImagesHook,
                                        WholeCheckpointHook)
from pcloss_mmpose.engine.hooks.epoch_seed_hook import epoch_seed
from pcloss_mmpose.engine.hooks.finite_hook import _is_finite
from pcloss_mmpose.engine.hooks.whole_checkpoint_hook import _is_whole

ROOT = Path(__file__).resolve().parents[2]
# Those of every config.
OURS = {
    getattr(hooks, hook['type'])
    for hook in Config.fromfile(
        ROOT / 'configs/_base_/hooks.py').fault_hooks.values()
}


def weights(file):
    return torch.load(file, map_location='cpu')['state_dict']


def same(first, second):
    first, second = weights(first), weights(second)
    assert first.keys() == second.keys()
    return all(torch.equal(first[k], second[k]) for k in first)


@pytest.fixture(scope='module', params=[0, 2], ids=['alone', 'workers'])
def done(request, fld, tmp_path_factory):
    """A training of four epochs, and a copy of it after each checkpoint."""
    work_dir = tmp_path_factory.mktemp('done') / f'run{request.param}'
    cfg = configure(work_dir, fld, 4, request.param)
    runner = Runner.from_cfg(cfg)
    copies = []
    hook = next(h for h in runner.hooks if isinstance(h, WholeCheckpointHook))
    save = hook._save_checkpoint_with_step

    def save_and_copy(runner, step, meta):
        save(runner, step, meta)
        copies.append(work_dir.parent / f'copy{len(copies)}')
        shutil.copytree(work_dir, copies[-1])

    hook._save_checkpoint_with_step = save_and_copy
    runner.train()
    return cfg, work_dir, copies


def test_keeps_one_checkpoint_and_the_best(done):
    _, work_dir, _ = done
    files = {f.name for f in work_dir.iterdir() if f.is_file()}
    files -= {f.name for f in work_dir.glob('*.py')}
    best, = [f for f in files if f.startswith('best_NE')]
    assert files == {'epoch_4.pth', best, 'last_checkpoint'}
    note = (work_dir / 'last_checkpoint').read_text()
    assert Path(note) == work_dir / 'epoch_4.pth'


def test_goes_on_from_each_checkpoint_to_the_same_end(done):
    cfg, work_dir, copies = done
    best, = work_dir.glob('best_NE*.pth')
    assert len(copies) >= 5  # of four epochs, and after a best validation
    for copy in copies[::2]:
        note = copy / 'last_checkpoint'  # names a file of the original
        note.write_text(str(copy / Path(note.read_text()).name))
        resumed = cfg.copy()
        resumed.work_dir, resumed.resume = str(copy), True
        resumed.experiment_name = resumed.visualizer.name = (
            f'{work_dir.name}{copy.name}')
        train(resumed)
        assert same(copy / 'epoch_4.pth', work_dir / 'epoch_4.pth')
        assert same(copy / best.name, best)


@pytest.mark.parametrize('left', ['half', 'nothing', 'empty note', 'no note'])
def test_no_broken_file_is_resumed_from(done, tmp_path, left):
    cfg, work_dir, copies = done
    for epoch, copy in ((2, copies[1]), (4, work_dir)):
        shutil.copy(copy / f'epoch_{epoch}.pth', tmp_path)
    last, note = tmp_path / 'epoch_4.pth', tmp_path / 'last_checkpoint'
    note.write_text(str(last))
    content = last.read_bytes()
    if left == 'half':
        last.write_bytes(content[:len(content) // 2])
    elif left == 'nothing':
        last.unlink()
    elif left == 'empty note':
        note.write_text('')
    else:
        note.unlink()
    resumed = cfg.copy()
    resumed.work_dir, resumed.resume = str(tmp_path), True
    resumed.experiment_name = resumed.visualizer.name = (
        f'{work_dir.name}{tmp_path.name}')
    runner = Runner.from_cfg(resumed)
    runner.call_hook('before_run')
    expected = 'epoch_4.pth' if 'note' in left else 'epoch_2.pth'
    assert Path(note.read_text()) == tmp_path / expected
    assert _is_whole(note.read_text())


def test_an_epochs_numbers_follow_from_seed_and_epoch(done, fld, tmp_path):
    assert len({epoch_seed(s, e) for s in range(9) for e in range(9)}) == 81
    runner = Runner.from_cfg(configure(tmp_path / 'w', fld))
    runner.train_loop  # noqa: B018  builds it
    drawn = []
    for epoch in (0, 1, 0):
        runner.train_loop._epoch = epoch
        runner.call_hook('before_train_epoch')
        drawn.append((random.random(), np.random.rand(), float(torch.rand(1))))
    assert drawn[0] == drawn[2] and not set(drawn[0]) & set(drawn[1])


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_a_loss_that_is_not_finite_ends_it(fld, tmp_path, value, monkeypatch):
    cfg = configure(tmp_path / 'w', fld)
    runner = Runner.from_cfg(cfg)
    step = runner.model.parse_losses
    calls = []

    def spoil(losses):
        calls.append(1)
        if len(calls) == 3:  # of two in an epoch
            losses = {k: v * value for k, v in losses.items()}
        return step(losses)

    monkeypatch.setattr(runner.model, 'parse_losses', spoil)
    with pytest.raises(Fault) as fault:
        runner.train()
    assert 'loss of epoch 2, step 1 is ' in str(fault.value)
    assert str(fault.value).count('.jpg') == 8
    assert sorted(f.name for f in (tmp_path / 'w').glob('*.pth')) == [
        'epoch_1.pth'
    ]
    assert all(
        torch.isfinite(v).all()
        for v in weights(tmp_path / 'w/epoch_1.pth').values())


def test_a_weight_that_is_not_finite_is_not_stored(fld, tmp_path):
    runner = Runner.from_cfg(configure(tmp_path / 'w', fld, 1))
    runner.train()
    before = (tmp_path / 'w/epoch_1.pth').read_bytes()
    hook = next(h for h in runner.hooks if isinstance(h, WholeCheckpointHook))
    runner.model.backbone.conv1.weight.data[0] = float('nan')
    with pytest.raises(Fault, match='backbone.conv1.weight is not finite'):
        hook._save_checkpoint_with_step(runner, 1, {})
    assert (tmp_path / 'w/epoch_1.pth').read_bytes() == before


def test_finite_is_each_value_and_not_their_sum():
    infinite = torch.tensor([3e38, np.inf])
    for value in (torch.full((4, ), 3e38), torch.full((4, ), 6e4).half(),
                  torch.empty(0)):
        assert _is_finite(value)
    for value in (infinite, torch.tensor([np.inf, -np.inf]),
                  torch.tensor([1., np.nan])):
        assert not _is_finite(value) and not _is_finite(value.half())


def test_a_spike_is_named(fld, tmp_path, monkeypatch):
    runner = Runner.from_cfg(configure(tmp_path / 'w', fld))
    step = runner.model.parse_losses
    calls = []

    def spoil(losses):
        calls.append(1)
        factor = 1e5 if len(calls) == 4 else 1
        return step({k: v * factor for k, v in losses.items()})

    monkeypatch.setattr(runner.model, 'parse_losses', spoil)
    runner.train()
    log, = (tmp_path / 'w').glob('*/*.log')
    lines = [x for x in log.read_text().splitlines() if 'the median of' in x]
    assert len(lines) == 1
    assert 'epoch 2, step 2' in lines[0] and lines[0].count('.jpg') == 8


@pytest.mark.parametrize('workers', [0, 2])
def test_skips_an_unreadable_image(fld, tmp_path, workers):
    shutil.copytree(fld, tmp_path / 'FLD')
    cfg = configure(tmp_path / 'w', tmp_path / 'FLD', 2, workers)
    cfg.train_dataloader.dataset.pipeline[0].unreadable = 'skip'
    runner = Runner.from_cfg(cfg)
    runner.train_loop  # noqa: B018  builds it
    paths = [
        runner.train_dataloader.dataset.get_data_info(i)['img_path']
        for i in (3, 7)
    ]
    Path(paths[0]).write_bytes(b'')
    Path(paths[1]).write_bytes(Path(paths[1]).read_bytes()[:-9])
    runner.train()
    log, = (tmp_path / 'w').glob('*/*.log')
    lines = [x for x in log.read_text().splitlines() if 'WARNING' in x]
    for path in paths:  # named once, whatever the epochs and workers
        assert sum(f'skipped: {path}: ' in x for x in lines) == 1
    # of each epoch both, and again where one was taken for the other
    last = [x for x in lines if 'samples replaced so far, for 2 images' in x]
    count = int(last[-1].split(' - ')[-1].split()[0])
    assert len(last) == 2 and count >= 4
    assert runner.iter == 4


def test_stops_at_an_unreadable_image(fld, tmp_path):
    shutil.copytree(fld, tmp_path / 'FLD')
    cfg = configure(tmp_path / 'w', tmp_path / 'FLD', 2, 2)
    runners = []
    for unreadable in ('stop', 'skip'):  # to skip is for training alone
        cfg.val_dataloader.dataset.pipeline[0].unreadable = unreadable
        cfg.experiment_name = cfg.visualizer.name = f'stops{unreadable}'
        runners.append(Runner.from_cfg(cfg))
        runners[-1].val_loop  # noqa: B018  builds it
    path = runners[0].val_dataloader.dataset.get_data_info(3)['img_path']
    Path(path).write_bytes(b'')
    with pytest.raises(Fault) as fault:
        runners[0].val()
    assert str(fault.value) == f'{path}: an empty file'  # from a worker
    with pytest.raises(Exception, match='Test time pipline'):
        runners[1].val()


@pytest.mark.parametrize('name, hook', [('epoch_seed', EpochSeedHook),
                                        ('finite', FiniteHook),
                                        ('unreadable', UnreadableImagesHook)])
def test_turns_off(fld, tmp_path, name, hook):
    """As the page says, in a config and on the command line."""
    page = (ROOT / 'docs/results/reliability.md').read_text()
    line, = re.findall(r"`(_base_\.default_hooks\.pop\('finite'\))`", page)
    option, = re.findall('`(default_hooks.finite.type=[^`]*)`', page)
    base = configure(tmp_path / 'base', fld)
    base.dump(tmp_path / 'base.py')
    child = tmp_path / 'child.py'
    child.write_text(f"_base_ = 'base.py'\n{line.replace('finite', name)}\n")
    options = DictAction(['--cfg-options'], 'options')
    space = Namespace()
    options(None, space, [option.replace('finite', name)])
    base.merge_from_dict(space.options)
    for cfg in (unformatted(Config.fromfile(child)), base):
        cfg.experiment_name = cfg.visualizer.name = f'{name}{id(cfg)}'
        runner = Runner.from_cfg(cfg)
        ours = {type(h) for h in runner.hooks}
        assert ours & OURS == OURS - {hook}
        runner.val()
