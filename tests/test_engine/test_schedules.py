"""The learning rate comes down at the end, or the training does not start."""
import shutil
from types import SimpleNamespace

import pytest
import torch
from config_tools import DETECTORS, FILES, find, load
from mmengine.registry import PARAM_SCHEDULERS, init_default_scope
from mmengine.runner import IterBasedTrainLoop, Runner
from training import configure

from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.engine.schedules import check_schedules

LENGTH = 10  # iterations of an epoch
SMALL = [
    f for f in FILES + DETECTORS if find(load(f).param_scheduler, 'OneCycleLR')
]


def build(settings, epochs):
    """A schedule as mmengine's runner builds it, and its optimizer."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=.1)
    settings = dict(settings)
    settings.setdefault(
        'end', epochs if settings.get('by_epoch', True) else epochs * LENGTH)
    return PARAM_SCHEDULERS.build(
        settings, default_args=dict(optimizer=optimizer, epoch_length=LENGTH))


def rates(settings, epochs):
    schedule = build(settings, epochs)
    found = []
    for _ in range(epochs * LENGTH):
        found += schedule.get_last_value()
        schedule.optimizer.step()
        schedule.step()
    return found


def check(settings, epochs, before=None, loop=None):
    """As before the first step; ``before``: resumed, the epochs of then."""
    init_default_scope('mmpose')
    schedule = build(settings, epochs)
    if before:
        schedule.load_state_dict(build(settings, before).state_dict())
    check_schedules(
        SimpleNamespace(
            param_schedulers=[schedule],
            max_epochs=epochs,
            max_iters=epochs * LENGTH,
            train_loop=loop),
        before and dict(max_epochs=before, max_iters=before * LENGTH) or {})


@pytest.mark.parametrize('file', SMALL)
def test_the_small_configs_follow_the_training(file):
    cfg = load(file)
    schedule, = cfg.param_scheduler
    epochs = cfg.train_cfg.max_epochs
    told = dict(schedule, total_steps=epochs)
    assert rates(schedule, epochs) == rates(told, epochs)
    for epochs in (2, epochs + 2):
        check(schedule, epochs)
        found = rates(schedule, epochs)
        assert found[-1] < found[0] < max(found) == schedule.eta_max
        with pytest.raises(Fault) as fault:
            check(told, epochs)
        assert '\n' not in str(fault.value)
        assert 'param_scheduler.0.total_steps=None' in str(fault.value)
        assert f'max_epochs={told["total_steps"]}' in str(fault.value)
    assert SMALL and cfg.default_hooks.checkpoint.type.endswith(
        'WholeCheckpointHook')


CYCLE = dict(type='OneCycleLR', eta_max=.1)
ITERATIONS = dict(by_epoch=True, convert_to_iter_based=True)
COSINE = dict(type='CosineAnnealingLR', eta_min=1e-3)
STEPS = dict(type='MultiStepLR', milestones=[17, 22])


@pytest.mark.parametrize('settings', [
    CYCLE,
    dict(CYCLE, **ITERATIONS),
    dict(CYCLE, begin=4),
    dict(CYCLE, begin=4, end=12),  # a constant rate after it
    dict(CYCLE, end=12, total_steps=12),
    dict(COSINE, end=12),
    dict(type='LinearLR', start_factor=.1, end=50, by_epoch=False),
    STEPS,
])
def test_a_schedule_that_is_meant_so(settings):
    check(settings, 18)
    check(settings, 18, 18)


@pytest.mark.parametrize('settings, epochs', [
    (dict(COSINE, end=12), 24),
    (dict(type='LinearLR', start_factor=.1, end=50, by_epoch=False), 24),
    (STEPS, 20),
    (STEPS, 16),
    (dict(type='StepLR', step_size=8), 22),
    (dict(type='StepLR', step_size=8), 12),
    (dict(type='ExponentialLR', gamma=.9), 12),
])
def test_a_resumed_training_of_another_length(settings, epochs):
    """Whose rates are what they would be from the start."""
    check(settings, epochs, 18)


@pytest.mark.parametrize('settings, epochs', [
    (CYCLE, 24),
    (CYCLE, 12),
    (dict(CYCLE, **ITERATIONS), 24),
    (COSINE, 24),
    (COSINE, 12),
    (dict(COSINE, begin=9, end=18, T_max=9), 24),
    (dict(type='PolyLR', eta_min=1e-3), 24),
    (dict(type='ExponentialLR', gamma=.9), 24),
    (dict(type='StepLR', step_size=8), 26),
    (STEPS, 24),
])
def test_a_resumed_schedule_that_has_ended(settings, epochs):
    with pytest.raises(Fault) as fault:
        check(settings, epochs, 18)
    text = str(fault.value)
    assert '\n' not in text and settings['type'] in text
    assert 'train_cfg.max_epochs=18' in text and 'load_from=' in text


def test_an_end_that_the_training_does_not_reach():
    with pytest.raises(Fault, match='param_scheduler.0 without end'):
        check(dict(CYCLE, end=18), 12)


def test_counted_by_iterations():
    loop = object.__new__(IterBasedTrainLoop)
    settings = dict(COSINE, by_epoch=False)
    check(settings, 1, 1, loop)
    schedule = build(settings, 1)
    runner = SimpleNamespace(
        param_schedulers=dict(a=[schedule]),  # of several optimizers
        max_epochs=1,
        max_iters=3 * LENGTH,
        train_loop=loop)
    with pytest.raises(Fault, match=f'train_cfg.max_iters={LENGTH},'):
        check_schedules(runner, dict(max_epochs=1, max_iters=LENGTH))


def test_other_batches():
    """As many epochs, of another number of iterations."""
    schedule = build(dict(COSINE, **ITERATIONS), 2)
    runner = SimpleNamespace(
        param_schedulers=[schedule], max_epochs=2, max_iters=30,
        train_loop=None)
    with pytest.raises(Fault, match='the data, batch size and number of'):
        check_schedules(runner, dict(max_epochs=2, max_iters=20))


def test_no_schedule():
    check_schedules(SimpleNamespace(param_schedulers=None), {})


def test_in_a_training(fld, tmp_path):
    """From the command line's options to the sentence, and on."""
    work_dir = tmp_path / 'w'
    cfg = configure(work_dir, fld, 2)
    cfg.param_scheduler[0].total_steps = 18
    runner = Runner.from_cfg(cfg)
    with pytest.raises(Fault, match='OneCycleLR .*max_epochs=18'):
        runner.train()
    assert runner.iter == 0
    cfg.merge_from_dict({'param_scheduler.0.total_steps': None})
    cfg.experiment_name = cfg.visualizer.name = 'follows'
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.optim_wrapper.get_lr()['lr'][0] < 1e-6

    shutil.copy(work_dir / 'epoch_2.pth', tmp_path / 'start.pth')
    cfg.resume, cfg.train_cfg.max_epochs = True, 3
    cfg.experiment_name = cfg.visualizer.name = 'resumed'
    runner = Runner.from_cfg(cfg)
    with pytest.raises(Fault, match='OneCycleLR .*max_epochs=2,.*load_from'):
        runner.train()
    assert runner.iter == 4
    cfg.resume, cfg.load_from = False, str(tmp_path / 'start.pth')
    cfg.experiment_name = cfg.visualizer.name = 'anew'
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 6
