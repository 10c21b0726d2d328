import math
from typing import List, Optional

import numpy as np
import torch
from mmpose.registry import HOOKS

from ..faults import Fault
from .fault_hook import FaultHook

# A loss this many times the median of the last ones is worth a line.
SPIKE = 1000
_WINDOW = 50


@HOOKS.register_module()
class FiniteHook(FaultHook):
    """Ends the training before NaN or infinity reach a checkpoint.

    After each step the loss is looked at, which mmengine's log has as a
    number already. If it is not finite, the training ends with a sentence
    that names the step and the images of its batch. A finite loss of more
    than 1,000 times the median of the 50 before is logged as a warning with
    the same names, and the training goes on.

    A gradient may be infinite though the loss is not: so before a checkpoint
    is written, its weights and the optimizer's state are looked at too. The
    last checkpoint is as it was before.

    Raises:
        Fault: For a loss, a weight or a state that is not finite.
    """

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch: Optional[dict] = None,
                         outputs: Optional[dict] = None) -> None:
        """Look at the loss of a step."""
        if not outputs or 'loss' not in outputs:
            return
        history = runner.message_hub.get_scalar('train/loss')
        loss = history.current()
        if not math.isfinite(loss):
            raise Fault(
                f'the loss of epoch {runner.epoch + 1}, step {batch_idx + 1} '
                f'is {loss}; images of this batch: {_names(data_batch)}; no '
                'checkpoint has been written since')
        values = history.data[0][-_WINDOW - 1:-1]
        if len(values) and loss > SPIKE * np.median(values) > 0:
            runner.logger.warning(
                f'the loss of epoch {runner.epoch + 1}, step {batch_idx + 1} '
                f'is {loss:.4g}, more than {SPIKE} times the median of the '
                f'{len(values)} before; images of this batch: '
                f'{_names(data_batch)}')

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Look at what is about to be stored."""
        for name, value in _tensors(checkpoint):
            if value.is_floating_point() and not _is_finite(value):
                raise Fault(
                    f'{name} is not finite after epoch {runner.epoch + 1}; '
                    'this checkpoint was not written, the one before is whole')


def _is_finite(value: torch.Tensor) -> bool:
    """By the sum, a single pass, which may overflow: only then by each."""
    return bool(value.sum().isfinite() or value.isfinite().all())


def _tensors(checkpoint: dict):
    """Name and value of each tensor that a resumption would read."""
    for name, value in checkpoint.get('state_dict', {}).items():
        yield name, value
    states = checkpoint.get('optimizer', {}).get('state', {})
    for number, state in states.items():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                yield f"the optimizer's {name} of parameter {number}", value


def _names(data_batch: Optional[dict]) -> str:
    samples: List = (data_batch or {}).get('data_samples') or []
    return ', '.join(str(s.get('img_path')) for s in samples) or 'not known'
