import os.path as osp
import re
import zipfile
from pathlib import Path
from typing import Any, List, Optional

from mmengine.dist import barrier, is_main_process
from mmengine.fileio import get_file_backend
from mmengine.hooks import CheckpointHook
from mmpose.registry import HOOKS

from ...utils import remove_parts
from ..best_metric import check_reported, checked_rule, reported
from ..faults import Fault
from ..schedules import check_schedules
from ..whole_files import WHOLE_FILES
from .fault_hook import FaultHook


@HOOKS.register_module()
class WholeCheckpointHook(FaultHook, CheckpointHook):
    """``CheckpointHook`` of which a kill or a full disk breaks no file.

    A drop-in with the same arguments. The stock hook removes what is outdated
    before it writes, and writes in place: ``epoch_N.pth``, also a second
    time after a validation that found a best model, and the note
    ``last_checkpoint``. Here each file is written to the end under another
    name first, and what is outdated goes afterwards.

    ``--resume`` looks whether the checkpoint that the note names is whole. If
    not, as a kill of the stock hook leaves it, it says so and goes on from
    the newest one that is. A validation that was due when the run was killed
    is made up for: mmengine skips it, and would never know the best of it.

    Which of two models is the best one follows from the metric that
    ``save_best`` names: an error (NE, NME, EPE, MPJPE) and a rate of failures
    are better when less; PCK, AUC, AP and AR when greater. Only another
    metric needs a ``rule``. The stock hook takes the ``rule`` that it is
    given or inherits, and for NE it needs ``rule='less'``.

    Before the first step a training is refused whose validation does not
    report what ``save_best`` names, and one whose schedule of the learning
    rate does not fit its length (:func:`~.schedules.check_schedules`).

    For mmengine's ``Runner`` and local folders; ``backend_args`` for others,
    such as an object store, are left as they are.

    Raises:
        Fault: For a ``rule`` that contradicts the metric, for a training that
            is refused, and for a disk that is full.
    """

    backend_args: Optional[dict]
    file_backend: Any
    _resumed = False
    _trains = False  # a validation alone has no best checkpoint

    def before_run(self, runner) -> None:
        """Mend the note that ``--resume`` without a file goes by."""
        super().before_run(runner)
        self._trains = False
        self._length: dict = {}
        self._resumed = bool(runner._resume)
        if self._resumed and runner._load_from is None:
            if is_main_process():
                self._mend_note(runner)
            barrier()

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note for how long the resumed training was to be."""
        if self._resumed:
            self._length = checkpoint.get('message_hub',
                                          {}).get('runtime_info', {})

    def before_train(self, runner) -> None:
        """Refuse what cannot end well, then catch up on the validation."""
        self._check_best(runner)
        self._forget_another_best(runner)
        check_schedules(runner, self._length)
        self._trains = True
        place = str(self.out_dir or runner.work_dir)
        if (self.backend_args is None and self.file_client_args is None
                and '://' not in place):
            self.backend_args = dict(backend=WHOLE_FILES)
        super().before_train(runner)
        if self.backend_args == dict(backend=WHOLE_FILES) and is_main_process(
        ):  # what a kill has left
            for name in ('last_checkpoint', f'*{self.filename_tmpl}'):
                remove_parts(self.out_dir, name.replace('{}', '*'))
        if self._resumed and _validation_is_due(runner):
            runner.logger.info(f'Validation of epoch {runner.epoch}, after '
                               'which the run may have been killed')
            self.last_ckpt = runner.message_hub.runtime_info.get('last_ckpt')
            runner.val_loop.run()

    def after_val_epoch(self, runner, metrics: dict) -> None:
        """Keep the best model of a training."""
        if self._trains:
            super().after_val_epoch(runner, metrics)

    def _init_rule(self, rules, key_indicators) -> None:
        if len(rules) == 1:
            rules = rules * len(key_indicators)
        super()._init_rule([
            checked_rule(key, rule)
            for key, rule in zip(key_indicators, rules)
        ], key_indicators)

    def _forget_another_best(self, runner) -> None:
        """Of a training that is resumed with another ``save_best``.

        mmengine stores the best score without the metric's name, unless
        there are several, and would compare the one with the other.
        """
        hub = runner.message_hub
        best = osp.basename(str(hub.runtime_info.get('best_ckpt') or ''))
        names = [key.replace('/', '_') for key in self.save_best or ()]
        if not best or names == ['auto'] or (
                len(names) == 1 and best.startswith(f'best_{names[0]}_')):
            return
        for name in ('best_ckpt', 'best_score'):
            hub.pop_info(name)
        runner.logger.info(f'{best} is the best by another metric than '
                           f'save_best={self.save_best}: the best model is '
                           'looked for anew')

    def _check_best(self, runner) -> None:
        if not self.save_best or runner.val_loop is None:
            return
        metrics = runner.val_evaluator.metrics
        if self.save_best == ['auto']:  # the first one that is reported
            for name in reported(metrics)[:1]:
                checked_rule(name, self.rules[0])
        else:
            check_reported(self.save_best, metrics)

    def _save_checkpoint_with_step(self, runner, step, meta):
        ids: List[int] = []
        if self.max_keep_ckpts > 0:
            ids = [i for i in self.keep_ckpt_ids if i != step] + [step]
            # With the outdated ones: whoever resumes from this checkpoint
            # removes them, should this process not come to it.
            runner.message_hub.update_info('keep_ckpt_ids', ids)
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args)
        if is_main_process():
            _write_note(runner.work_dir, self.last_ckpt)
        while len(ids) > self.max_keep_ckpts > 0:
            self._remove(self.filename_tmpl.format(ids.pop(0)))
        if ids:
            self.keep_ckpt_ids.clear()
            self.keep_ckpt_ids.extend(ids)

    def _save_best_checkpoint(self, runner, metrics) -> None:
        for key in self.save_best or ():
            if key not in metrics and key != 'auto':
                raise Fault(
                    f'save_best={key!r}: the validation does not report it, '
                    f'but {", ".join(metrics)}: name one of these in '
                    'default_hooks.checkpoint.save_best')
        before = self._best()
        backend = self.file_backend
        self.file_backend = _Keep(backend)
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            self.file_backend = backend
        for path in before - self._best():
            self._remove(osp.basename(path))

    def _best(self) -> set:
        if not self.save_best:
            return set()
        paths = [getattr(self, 'best_ckpt_path', None)]
        paths += getattr(self, 'best_ckpt_path_dict', {}).values()
        return {path for path in paths if path}

    def _remove(self, name: str) -> None:
        path = self.file_backend.join_path(self.out_dir, name)
        if not is_main_process():
            return
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):  # of deepspeed
            self.file_backend.rmtree(path)

    def _mend_note(self, runner) -> None:
        note = Path(runner.work_dir, 'last_checkpoint')
        named = note.read_text().strip() if note.exists() else ''
        if named and ('://' in named or _is_whole(named)):
            return
        found = self._newest(runner.work_dir)
        if found:
            _write_note(runner.work_dir, str(found))
        elif note.exists():
            note.unlink()
        if named or note.exists():
            runner.logger.warning(
                f'{named or note}: not a whole checkpoint; going on from '
                f'{found or "the start"}')

    def _newest(self, work_dir: str) -> Optional[Path]:
        pattern = re.escape(self.filename_tmpl).replace(r'\{\}', r'(\d+)')
        steps = {}
        for path in Path(work_dir).iterdir():
            match = re.fullmatch(pattern, path.name)
            if match and _is_whole(str(path)):
                steps[int(match[1])] = path
        return steps[max(steps)] if steps else None


class _Keep:
    """A backend that removes nothing yet."""

    def __init__(self, backend) -> None:
        self._backend = backend

    def __getattr__(self, name):
        return getattr(self._backend, name)

    def isfile(self, path) -> bool:
        return False

    isdir = isfile


def _write_note(work_dir: str, path: str) -> None:
    backend = get_file_backend(backend_args=dict(backend=WHOLE_FILES))
    backend.put_text(path, osp.join(work_dir, 'last_checkpoint'))


def _is_whole(path: str) -> bool:
    """Whether a file has the directory that torch writes at its end."""
    return osp.isdir(path) or zipfile.is_zipfile(path)


def _validation_is_due(runner) -> bool:
    loop = runner.train_loop
    if runner.val_loop is None or getattr(loop, 'dataloader_iterator', None):
        return False  # none, or counted by iterations
    epoch = loop.epoch
    return epoch >= loop.val_begin and epoch > 0 and (
        epoch % loop.val_interval == 0 or epoch == loop.max_epochs)
