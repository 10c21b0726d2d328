"""Stages of DFA, each trained from the one before."""
import itertools
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from unformatted import unformatted

from pcloss_mmpose.engine.faults import Fault

CONFIGS = (
    Path(__file__).resolve().parents[2] /
    'configs/fashion_2d_keypoint/topdown_regression/fld')

NUMBERS = itertools.count()  # each runner has a name of its own


def configure(stage, work_dir, fld, epochs=1, **head):
    suffix = {1: '-s1', 2: '-s2', 3: ''}[stage]
    cfg = unformatted(
        Config.fromfile(CONFIGS / f'td-reg_dfa-res18{suffix}_1xb32-18e_fld'
                        '-96x64.py'))
    for name in ('train', 'val', 'test'):
        loader = cfg[f'{name}_dataloader']
        loader.update(batch_size=8, num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(fld)
    cfg.model.head.update({
        **dict(fc_channels=8, position_channels=4, num_clusters=3),
        **head
    })
    cfg.train_cfg = dict(by_epoch=True, max_epochs=epochs, val_interval=9)
    cfg.default_hooks.checkpoint.update(interval=1, save_best=None)
    cfg.param_scheduler = []
    cfg.load_from = None
    cfg.work_dir = str(work_dir)
    cfg.randomness = dict(seed=0)
    return cfg


def build(cfg):
    cfg.experiment_name = cfg.visualizer.name = f'dfa-{next(NUMBERS)}'
    return Runner.from_cfg(cfg)


def train(cfg):
    runner = build(cfg)
    runner.train()
    return runner.model.state_dict(), str(
        Path(cfg.work_dir) / f'epoch_{cfg.train_cfg.max_epochs}.pth')


@pytest.fixture(scope='module')
def stages(fld, tmp_path_factory):
    """Of each stage, the state and the checkpoint after its training."""
    folder = tmp_path_factory.mktemp('dfa')
    found = {}
    for stage in (1, 2, 3):
        cfg = configure(stage, folder / str(stage), fld)
        if found:
            cfg.load_from = found[stage - 1][1]
        found[stage] = train(cfg)
    return found


def test_stages_follow_each_other(stages):
    """What is before a stage stays as it was, to the last bit."""
    for stage in (2, 3):
        before, state = stages[stage - 1][0], stages[stage][0]
        assert set(before) <= set(state)
        frozen = [
            key for key in before
            if re.search(rf'networks\.[0-{stage - 2}]\.', key)
        ]
        assert len(frozen) > 50
        for key in frozen:
            assert torch.equal(before[key], state[key]), key


def test_pseudo_labels_are_found_and_kept(stages):
    for stage, network in ((1, 0), (2, 1), (3, 2), (3, 3)):
        saved = torch.load(stages[stage][1])['state_dict']
        centres = saved[f'head.networks.{network}.centres']
        assert centres.shape == (3, 16 if stage == 3 else 8, 2)
        assert len({tuple(c.flatten().tolist()) for c in centres}) == 3
    assert 0 < saved['head.hard_from'] < 1
    assert torch.equal(saved['head.networks.2.centres'],
                       saved['head.networks.3.centres'])


def test_same_seed_same_training(stages, fld, tmp_path):
    """Also of what comes after the pseudo-labels were found."""
    state, _ = train(configure(1, tmp_path / 'again', fld))
    for key, value in stages[1][0].items():
        assert torch.equal(value, state[key]), key
    cfg = configure(1, tmp_path / 'other', fld)
    cfg.randomness = dict(seed=1)
    other, _ = train(cfg)
    name = 'head.networks.0.centres'
    assert not torch.equal(other[name], state[name])


def test_a_resumed_training_keeps_them(stages, fld, tmp_path):
    cfg = configure(1, tmp_path / 'run', fld, epochs=2)
    cfg.load_from, cfg.resume = stages[1][1], True
    cfg.train_dataloader.dataset.indices = 8  # other images
    state, _ = train(cfg)
    name = 'head.networks.0.centres'
    assert torch.equal(stages[1][0][name], state[name])


def refuse(cfg, message):
    with pytest.raises(Fault, match=message) as error:
        build(cfg).train()
    assert '\n' not in str(error.value)
    assert not list(Path(cfg.work_dir).glob('*.pth'))


ADVICE = ('stage 2 of DFA starts from a checkpoint of stage 1: train that '
          'first, and name it by load_from')


def test_the_stage_before_is_asked_for(stages, fld, tmp_path):
    cfg = configure(2, tmp_path / 'a', fld)
    refuse(cfg, f'^no checkpoint was loaded; {ADVICE}$')
    cfg.load_from = str(tmp_path / 'no.pth')
    refuse(cfg, f'no.pth: no such file; {ADVICE}$')
    torch.save(dict(state_dict={}), tmp_path / 'empty.pth')
    cfg.load_from = str(tmp_path / 'empty.pth')
    refuse(cfg, rf'empty.pth: lacks backbone.networks.0.\S+; {ADVICE}$')
    cfg = configure(3, tmp_path / 'b', fld)
    cfg.load_from = stages[1][1]
    refuse(
        cfg, r'lacks backbone.networks.1.\S+; stage 3 of DFA starts from '
        'a checkpoint of stage 2')


def test_a_test_needs_all_networks(stages, fld, tmp_path):
    cfg = configure(3, tmp_path / 'a', fld)
    cfg.load_from = stages[2][1]
    with pytest.raises(
            Fault,
            match=r'lacks backbone.networks.2.\S+; it is not of '
            'stage 3 of DFA$'):
        build(cfg).test()
    cfg.load_from = stages[3][1]
    assert build(cfg).test()['NE'] > 0


def test_what_cannot_be_trained(fld, tmp_path):
    refuse(
        configure(1, tmp_path / 'a', fld, num_clusters=17),
        '^17 clusters of pseudo-labels need as many images, found 16$')
    cfg = configure(1, tmp_path / 'b', fld)
    cfg.model.head.decoder.input_size = (64, 64)
    cfg.default_hooks.pop('codec')
    refuse(
        cfg, 'the maps are 4 x 6, but decoder.input_size and stride tell '
        '4 x 4: the fully connected layers fix the input')
