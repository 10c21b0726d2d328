"""The command line, run as a user runs it."""
import json
import pickle
from pathlib import Path

import pytest
import torch
from processes import run_python

from pcloss_mmpose.utils import find_stock_tool, stock_tools

ROOT = Path(__file__).parents[1]
FLD = ROOT / 'configs/fashion_2d_keypoint/topdown_heatmap/fld'
PC_SKEL = FLD / 'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py'


def render(folder, num, seed):
    run_python(
        ROOT / 'tools/dataset_converters/render_garments.py', '--layout',
        'fld', '--num', num, '--seed', seed, '--size', 96, '--out', folder,
        '--split', 'train:0.6,val:0.2,test:0.2', cwd=folder.parent)
    rows = (folder / 'Eval/list_eval_partition.txt').read_text().splitlines()
    return [row.split()[1] for row in rows[2:]]


def scalars(work_dir):
    return [
        json.loads(line)
        for log in sorted(work_dir.glob('*/vis_data/scalars.json'))
        for line in log.read_text().splitlines()
    ]


def test_stock_scripts_train_resume_and_test(tmp_path):
    """In a working directory that knows nothing of the project."""
    (tmp_path / 'data').mkdir()
    splits = render(tmp_path / 'data/FLD', 24, 1)  # where the config looks
    quick = [
        '--cfg-options', 'train_dataloader.batch_size=4',
        'train_dataloader.num_workers=0', 'val_dataloader.num_workers=0',
        'test_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False',
        'val_dataloader.persistent_workers=False',
        'test_dataloader.persistent_workers=False',
        'default_hooks.logger.interval=1', 'train_cfg.val_interval=1',
        'default_hooks.checkpoint.interval=1'
    ]
    work_dir = tmp_path / 'out'
    train = ROOT / 'tools/train.py'
    run_python(
        train, PC_SKEL, '--work-dir', work_dir, *quick,
        'train_cfg.max_epochs=2', cwd=tmp_path)
    log = scalars(work_dir)
    steps = [entry for entry in log if 'loss_kpt' in entry]
    length = -(-splits.count('train') // 4)
    assert len(steps) == 2 * length
    for number, step in enumerate(steps):
        # the constraint sets in after 15 % of the training
        assert (step['loss_pc'] > 0) == (number >= .15 * len(steps))
        # windows of one step: the parts add up to what is minimised, once
        assert step['loss'] == step['loss_kpt']
    assert steps[0]['loss'] == pytest.approx(
        steps[0]['loss_base'] + steps[0]['loss_pc'], rel=1e-5)
    validation, _ = [entry for entry in log if 'NE' in entry]
    assert {'NE', 'outlier_rate', 'duplicate_rate', 'PCK', 'AUC',
            'EPE'} <= set(validation)
    assert len(list(work_dir.glob('best_NE_epoch_*.pth'))) == 1

    # The second epoch again, from the first one's checkpoint.
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'epoch_1.pth'))
    run_python(
        train, PC_SKEL, '--work-dir', work_dir, '--resume', *quick,
        'train_cfg.max_epochs=2', cwd=tmp_path)
    again = [e for e in scalars(work_dir) if 'loss_kpt' in e]
    assert [e['epoch'] for e in again] == [1] * length + [2] * 2 * length
    assert [e['lr'] for e in again[-length:]] == [
        e['lr'] for e in steps[-length:]
    ]

    output = run_python(
        ROOT / 'tools/test.py', PC_SKEL, work_dir / 'epoch_2.pth', '--dump',
        'pc.pkl', *quick, cwd=tmp_path)
    assert 'duplicate_rate' in output
    # The baseline's config takes the checkpoint, and predicts the same.
    run_python(
        ROOT / 'tools/test.py', str(PC_SKEL).replace('_pc-skel', ''),
        work_dir / 'epoch_2.pth', '--dump', 'stock.pkl', *quick, cwd=tmp_path)
    ours, stock = [
        pickle.loads((tmp_path / f).read_bytes())
        for f in ('pc.pkl', 'stock.pkl')
    ]
    assert len(ours) == len(stock) == splits.count('test') > 0
    for a, b in zip(ours, stock):
        assert (a['pred_instances']['keypoints'] == b['pred_instances']
                ['keypoints']).all()
        assert a['category_id'] in (1, 2, 3)
    state = torch.load(
        str(next(work_dir.glob('best_NE_epoch_*.pth'))),
        map_location='cpu')['state_dict']
    assert not [key for key in state if 'loss' in key]


def test_a_wrong_setting_is_one_sentence(tmp_path):
    """Each in a copy of a process that has imported the package."""
    code = """import os, sys
from pcloss_mmpose.utils import run_stock_tool
config, *settings = sys.argv[1:]
for setting in settings:
    if not os.fork():
        sys.argv[1:] = [config, '--work-dir', 'out', '--cfg-options', setting]
        run_stock_tool('train.py')
    print('ended:', os.wait()[1] >> 8, flush=True)
"""
    messages = {
        'model.head.loss.beta=-1':
        'beta must be a finite number, not negative',
        'model.head.loss.groups=[[0,8]]': 'go together',
        'train_dataloader.dataset.split=trian': "'trian'",
        'train_dataloader.dataset.data_root=nowhere': 'nowhere',
    }
    output = run_python('-c', code, PC_SKEL, *messages, cwd=tmp_path)
    *outputs, rest = output.split('ended: 1\n')
    assert len(outputs) == len(messages) and not rest
    for output, message in zip(outputs, messages.values()):
        assert message in output.strip().splitlines()[-1]


def test_stock_tools_are_those_of_the_installed_mmpose(monkeypatch, tmp_path):
    assert 'Runner.from_cfg' in find_stock_tool('train.py').read_text()
    with pytest.raises(FileNotFoundError, match="mmpose's no.py is neither"):
        find_stock_tool('no.py')
    # An editable install: the scripts lie in the checkout.
    package = tmp_path / 'mmpose'
    package.mkdir()
    (tmp_path / 'tools').mkdir()
    (tmp_path / 'tools/train.py').write_text('')
    spec = type('Spec', (), dict(origin=str(package / '__init__.py')))
    monkeypatch.setattr(stock_tools, 'find_spec', lambda name: spec)
    assert find_stock_tool('train.py') == tmp_path / 'tools/train.py'
    monkeypatch.setattr(stock_tools, 'find_spec', lambda name: None)
    with pytest.raises(FileNotFoundError, match='mmpose is not installed in'):
        find_stock_tool('train.py')
