import os.path as osp
import random
from contextlib import contextmanager
from typing import Iterator, List, Optional, Tuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.dist import broadcast, is_main_process
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop
from mmpose.registry import HOOKS
from torch import Tensor, nn

from ..faults import Fault
from .fault_hook import FaultHook


@HOOKS.register_module()
class DFAHook(FaultHook):
    """Starts a stage of DFA from the one before, and finds its pseudo-labels.

    For configs with :class:`~pcloss_mmpose.models.heads.DFAHead`. A stage
    after the first needs a checkpoint of the one before, ``load_from``, as
    its earlier networks are frozen; a test needs one with all networks.

    Before the first step, training images pass once through the pipeline and
    the frozen networks, and the head clusters what it has to label. The
    images, evenly spaced, and how they are augmented, are the same for the
    same seed. A resumed training has the centres from its checkpoint.

    Args:
        num_images (int): To cluster, at most. Defaults to 2000.

    Raises:
        Fault: Before the first step: for a checkpoint that is not there, or
            that lacks a network; for fewer images than clusters; for maps
            of another size than the fully connected layers take.
    """

    def __init__(self, num_images: int = 2000) -> None:
        self.num_images = num_images
        self._loaded = False

    def before_run(self, runner) -> None:
        """Look whether the checkpoint of the stage before exists."""
        super().before_run(runner)
        self._loaded = False
        head, path = _model(runner).head, runner._load_from
        if (_starts(runner) and head.frozen and path and '://' not in path
                and not osp.exists(path)):
            raise Fault(f'{path}: no such file; {_advice(head)}')

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Look whether it has the networks that it has to have."""
        self._loaded = True
        model, starts = _model(runner), _starts(runner)
        head = model.head
        number = head.frozen if starts else len(head.networks)
        needed = tuple(f'{part}.networks.{i}.' for i in range(number)
                       for part in ('backbone', 'head'))
        lacking = [
            key for key in model.state_dict()
            if key.startswith(needed) and key not in checkpoint['state_dict']
        ]
        if lacking:
            raise Fault(f'{runner._load_from}: lacks {lacking[0]}; ' + (
                _advice(head) if starts else f'it is not of {_stage(head)}'))

    def before_train(self, runner) -> None:
        """Find the pseudo-labels, unless they are known."""
        model = _model(runner)
        head = model.head
        if head.frozen and not self._loaded:
            raise Fault(f'no checkpoint was loaded; {_advice(head)}')
        if any(map(torch.any, head.found())):
            return  # of a training that is resumed
        if is_main_process():
            runner.logger.info(f'finding the pseudo-labels of {_stage(head)}')
            observed = self._observe(runner, model)
            with _in_one_sentence():
                head.find(*observed, runner.seed)
        for buffer in head.found():
            broadcast(buffer)

    @torch.no_grad()
    def _observe(self, runner,
                 model: nn.Module) -> Tuple[Optional[Tensor], Tensor, Tensor]:
        """Positions before the stage, true ones, and their weights."""
        loader = runner.train_dataloader
        number = len(loader.dataset)
        rows = np.linspace(0, number - 1, min(self.num_images, number))
        found: List[tuple] = []
        training = model.training
        model.eval()
        with _seeded(runner.seed):
            for i in range(0, len(rows), loader.batch_size):
                batch = pseudo_collate([
                    loader.dataset[int(row)]
                    for row in rows[i:i + loader.batch_size]
                ])
                data = model.data_preprocessor(batch)
                feats = model.extract_feat(data['inputs'])
                with _in_one_sentence():
                    found.append(
                        model.head.observe(feats, data['data_samples']))
        model.train(training)
        before, true, weights = zip(*found)
        return (None if before[0] is None else torch.cat(before),
                torch.cat(true), torch.cat(weights))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Random numbers of a seed, and afterwards those of before."""
    states = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        yield
    random.setstate(states[0])
    np.random.set_state(states[1])


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise Fault(str(error)) from None


def _starts(runner) -> bool:
    """Whether a training begins, which may be from a checkpoint."""
    return isinstance(runner._train_loop, BaseLoop) and not runner._resume


def _model(runner) -> nn.Module:
    model = runner.model
    return model.module if is_model_wrapper(model) else model


def _stage(head: nn.Module) -> str:
    return f'stage {head.stage} of DFA'


def _advice(head: nn.Module) -> str:
    return (f'{_stage(head)} starts from a checkpoint of stage '
            f'{head.stage - 1}: train that first, and name it by load_from')
