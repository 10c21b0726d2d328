"""What the processes of these tests import: named in their configs."""
import atexit
import json
from datetime import timedelta
from pathlib import Path

import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper
from mmengine.optim.optimizer import amp_optimizer_wrapper
from mmengine.registry import HOOKS
from torch import distributed
from torch.nn.modules.batchnorm import _BatchNorm

# mmengine takes a GPU for each process whatever the backend, and wants one
# for mixed precision whatever the type.
torch.cuda.set_device = lambda device: None
amp_optimizer_wrapper.is_cuda_available = lambda: True


@atexit.register
def leave_together():
    """mmengine leaves its group of processes open.

    Gloo aborts a process that is on its way out, once in hundreds of runs,
    when the other one closes the connection meanwhile.
    """
    if distributed.is_initialized():
        distributed.monitored_barrier(timeout=timedelta(seconds=20))
        distributed.destroy_process_group()


@HOOKS.register_module()
class FrozenNorm(Hook):
    """Batch norm by its stored statistics: images don't see each other."""

    def before_train_iter(self, runner, *args, **kwargs):
        for module in runner.model.modules():
            if isinstance(module, _BatchNorm):
                module.eval()


@HOOKS.register_module()
class Recorder(Hook):
    """Writes what this process saw into its work directory."""
    priority = 'LOWEST'

    def __init__(self):
        self.record = dict(train=[], metrics=[])

    def before_train(self, runner):
        self.record.update(
            model=type(runner.model).__name__,
            find_unused=getattr(runner.model, 'find_unused_parameters', None))
        if isinstance(runner.optim_wrapper, AmpOptimWrapper):
            model = getattr(runner.model, 'module', runner.model)
            model.backbone.conv1.register_forward_hook(self.note_type)

    def note_type(self, module, inputs, output):
        if module.training:
            self.record['type'] = str(output.dtype)

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        scalars = runner.message_hub.log_scalars
        row = {
            name.split('/')[1]: float(scalars[name].current())
            for name in ('train/loss', 'train/loss_base', 'train/loss_pc',
                         'train/lr')
        }
        row['images'] = [int(s.img_id) for s in data_batch['data_samples']]
        self.record['train'].append(row)

    def after_val_epoch(self, runner, metrics):
        self.record['metrics'].append(metrics)

    after_test_epoch = after_val_epoch

    def after_run(self, runner):
        file = Path(runner.work_dir, f'record_{get_rank()}.json')
        # of numpy 2, EPE is a float32
        file.write_text(json.dumps(self.record, default=float))
