"""Schedules of the learning rate that do not fit the training."""
from typing import Any, Iterator, Tuple

from mmengine.optim.scheduler import param_scheduler as schedulers
from mmengine.runner import IterBasedTrainLoop

from .faults import Fault

# Drawn from their begin to their end: cut short, they do not come down.
_CURVES = (schedulers.CosineAnnealingParamScheduler,
           schedulers.LinearParamScheduler,
           schedulers.OneCycleParamScheduler, schedulers.PolyParamScheduler)


def check_schedules(runner, before: dict) -> None:
    """Refuse what would break off, or go on at the last rate, unnoticed.

    A schedule without an ``end`` is one to the end of the training, and a
    resumed training takes it from the checkpoint with the end of then.

    The runner is before its first step; ``before`` has the ``max_epochs`` and
    ``max_iters`` of the training that is resumed, if any.

    Raises:
        Fault: Naming the schedule and the option to give.
    """
    for key, schedule in _schedules(runner.param_schedulers):
        name = type(schedule).__name__
        by = 'epochs' if schedule.by_epoch else 'iters'
        now = runner.max_epochs if schedule.by_epoch else runner.max_iters
        then = before.get(f'max_{by}')
        unit = 'epochs' if schedule.by_epoch else 'iterations'
        if then and then != now and schedule.end == then and not _fits(
                schedule, now):
            raise Fault(
                f'the {name} of the checkpoint is one over {then} {unit}, and '
                f'this training has {now}: resume it with '
                f'{_length(runner, before)}, or start a new training from '
                'its weights, with load_from=CHECKPOINT and without --resume')
        if isinstance(schedule, schedulers.OneCycleParamScheduler):
            room = min(schedule.end, now) - schedule.begin
            steps = schedule.total_steps
            if steps != room:
                told = steps != schedule.end - schedule.begin
                raise Fault(
                    f'the {name} is one over {steps} {unit}, and the training '
                    f'has {room} for it: give {key}' +
                    ('.total_steps=None' if told else ' without end') +
                    ', with which it follows the training' +
                    _epochs(runner, schedule))


def _schedules(found) -> Iterator[Tuple[str, Any]]:
    """Each with its place in the config."""
    if isinstance(found, dict):  # of several optimizers
        for name, some in found.items():
            for _, schedule in _schedules(some):
                yield f'param_scheduler.{name}', schedule
    else:
        for number, schedule in enumerate(found or ()):
            yield f'param_scheduler.{number}', schedule


def _fits(schedule, now: int) -> bool:
    """Whether an end that is not the training's makes no difference."""
    if now < schedule.end:
        return not isinstance(schedule, _CURVES)
    if isinstance(schedule, schedulers.MultiStepParamScheduler):
        steps = schedule.milestones
    elif isinstance(schedule, schedulers.StepParamScheduler):
        steps = range(0, now, schedule.step_size)
    else:
        return False
    return not any(
        schedule.end <= step + schedule.begin < now for step in steps)


def _length(runner, before: dict) -> str:
    if before['max_epochs'] != runner.max_epochs:
        return f"train_cfg.max_epochs={before['max_epochs']}"
    if isinstance(runner.train_loop, IterBasedTrainLoop):
        return f"train_cfg.max_iters={before['max_iters']}"
    return 'the data, batch size and number of processes of then'


def _epochs(runner, schedule) -> str:
    """The other way out, where it is one."""
    end = schedule.begin + schedule.total_steps
    if not schedule.by_epoch:
        end /= runner.max_iters / runner.max_epochs
    if not isinstance(runner.train_loop,
                      IterBasedTrainLoop) and end == int(end):
        return f', or train_cfg.max_epochs={int(end)}'
    return ''
