"""Faults of a run end it with one sentence, and nothing else is changed."""
import errno
import shutil
import sys
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.models import build_pose_estimator
from mmpose.registry import DATASETS
from processes import run_python
from training import configure

from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.utils import find_stock_tool

FULL = OSError(errno.ENOSPC, 'No space left on device', 'log')


@pytest.fixture
def before(monkeypatch):
    """What was shown by the excepthook that the process has of its own."""
    shown = []
    monkeypatch.setattr(sys, 'excepthook', lambda *error: shown.append(error))
    return shown


def fail(cfg, error):
    """The exception of a run, as the interpreter gets it."""

    class Failing(Hook):

        def before_val_epoch(self, runner):
            raise error

    runner = Runner.from_cfg(cfg)
    runner.register_hook(Failing())
    with pytest.raises(type(error)) as info:
        runner.val()
    return info.type, info.value, info.tb


@pytest.mark.parametrize('error, told', [
    (Fault('a.jpg: an empty file'), 'a.jpg: an empty file\n'),
    (FULL, 'a file could not be written (log): No space left on device; free '
     'some space and run the same command, a training with --resume\n'),
    (OSError(errno.EACCES, 'Permission denied'), None),
    (ValueError('else'), None),
])
def test_a_run_ends_with_one_sentence(fld, tmp_path, before, capfd, error,
                                      told):
    found = fail(configure(tmp_path / 'w', fld), error)
    capfd.readouterr()
    sys.excepthook(*found)
    assert capfd.readouterr().err == (told or '')
    assert before == ([] if told else [found])


def test_a_process_that_goes_on_is_told_nothing_of_trainings(
        fld, tmp_path, before, capfd):
    own = sys.excepthook
    fail(configure(tmp_path / 'w', fld), Fault('a.jpg: an empty file'))
    capfd.readouterr()
    sys.excepthook(OSError, FULL, None)  # of what the process does next
    assert before == [(OSError, FULL, None)] and not capfd.readouterr().err
    cfg = configure(tmp_path / 'second', fld)
    Runner.from_cfg(cfg).val()  # one that ends well
    assert sys.excepthook is own


def test_an_excepthook_of_others_stays(fld, tmp_path, before):

    class Others(Hook):

        def before_val_epoch(self, runner):
            sys.excepthook = print

    runner = Runner.from_cfg(configure(tmp_path / 'w', fld))
    runner.register_hook(Others())
    runner.val()
    assert sys.excepthook is print


@pytest.mark.parametrize('name', ['train', 'test'])
def test_with_the_scripts_of_mmpose(fld, tmp_path, name):
    """Where nothing of the plugin runs but what the config names."""
    shutil.copytree(fld, tmp_path / 'FLD')
    cfg = configure(tmp_path / 'w', tmp_path / 'FLD', 1)
    cfg.dump(tmp_path / 'config.py')
    dataset = DATASETS.build(cfg[f'{name}_dataloader'].dataset)
    image = Path(dataset.get_data_info(0)['img_path'])
    image.write_bytes(image.read_bytes()[:-9])
    arguments = [tmp_path / 'config.py', '--work-dir', tmp_path / 'w']
    if name == 'test':
        model = build_pose_estimator(cfg.model)
        torch.save(dict(state_dict=model.state_dict()), tmp_path / 'a.pth')
        arguments.insert(1, tmp_path / 'a.pth')
    output = run_python(
        '-W',
        'ignore',
        find_stock_tool(f'{name}.py'),
        *arguments,
        cwd=tmp_path,
        code=1)
    assert output.splitlines()[-1].startswith(f'{image}: ')
    assert 'Traceback' not in output
