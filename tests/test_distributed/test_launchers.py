"""Commands of docs/guides/distributed.md, in two processes on the CPU."""
import json
import re
import shlex
import stat

import pytest
from distributed_tools import (ROOT, finish, free_port, largest_difference,
                               mean_of_processes, records, render, start,
                               weights, write_config)

from pcloss_mmpose.utils import find_stock_tool

PAGE = (ROOT / 'docs/guides/distributed.md').read_text()
COMMANDS = [
    line for block in re.findall(r'```bash\n(.*?)```', PAGE, flags=re.S)
    for line in block.splitlines()
]
# Two tasks on this machine; what is before `python` is for Slurm alone.
SRUN = """#!/usr/bin/env python
import os, subprocess, sys
command = sys.argv[sys.argv.index('python'):]
assert '--ntasks=2' in sys.argv and '--ntasks-per-node=2' in sys.argv
tasks = [
    subprocess.Popen(command, env=dict(
        os.environ, SLURM_PROCID=str(i), SLURM_LOCALID=str(i),
        SLURM_NTASKS='2', SLURM_NODELIST='here')) for i in range(2)]
sys.exit(sum(task.wait() for task in tasks))
"""


def test_every_command_is_known():
    assert [shlex.split(c)[:2] for c in COMMANDS] == [
        [
            'CONFIG=configs/fashion_2d_keypoint/topdown_heatmap/fld/'
            'td-hm_res50_pc-skel_8xb64-210e_fld-256x192.py'
        ],
        ['python', 'tools/train.py'],
        ['torchrun', '--nproc_per_node=8'],
        ['bash', 'path/to/mmpose/tools/dist_train.sh'],
        ['torchrun', '--nproc_per_node=8'],
        ['GPUS=16', 'GPUS_PER_NODE=8'],
        ['torchrun', '--nnodes=2'],
        ['NNODES=2', 'NODE_RANK=0'],
    ]
    assert (ROOT / COMMANDS[0].split('=')[1]).exists()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Where the commands run: as from the project's folder."""
    folder = tmp_path_factory.mktemp('commands')
    (folder / 'tools').symlink_to(ROOT / 'tools')
    (folder / 'path/to').mkdir(parents=True)
    (folder /
     'path/to/mmpose').symlink_to(find_stock_tool('train.py').parents[1])
    scripts = dict(srun=SRUN, scontrol='#!/bin/sh\necho 127.0.0.1\n')
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(stat.S_IRWXU)
    render(folder / 'FLD')
    for batch in (4, 2):
        write_config(folder / f'batch{batch}.py', folder / 'FLD', batch=batch)
    return folder


def run(command, folder, batch, work_dir, rest='', port=None):
    """Start a command of the page, on two processes for its eight."""
    replaced = {
        '$CONFIG': f'batch{batch}.py',
        'per_node=8': 'per_node=2',
        'PER_NODE=8': 'PER_NODE=2',
        'GPUS=16': 'GPUS=2',
        '10.0.0.1': '127.0.0.1',
    }
    for old, new in replaced.items():
        command = command.replace(old, new)
    if 'slurm' not in command:  # there it is in the command
        command += f' --work-dir {work_dir}'
    # for torchrun, dist_train.sh and Slurm
    names = ('PET_MASTER_PORT', 'PORT', 'MASTER_PORT')
    ports = dict.fromkeys(names, port or free_port())
    return start(f'{command} {rest}', folder, **ports)


@pytest.fixture(scope='module')
def one(folder):
    """Of one process, with twice the batch."""
    finish(run(COMMANDS[1], folder, 4, 'one'))
    return folder / 'one'


@pytest.fixture(scope='module')
def two(folder):
    finish(run(COMMANDS[2], folder, 2, 'two'))
    return folder / 'two'


def test_training(one, two):
    """Losses and weights of two processes are those of one."""
    (alone, ), both = records(one), records(two)
    assert alone['model'] == 'TopdownPoseEstimator'
    assert [r['model'] for r in both] == ['MMDistributedDataParallel'] * 2
    assert [r['find_unused'] for r in both] == [False] * 2

    # 22 images: the last batch of an epoch has two of them, one a process
    first, second = ([row['images'] for row in r['train']] for r in both)
    images = [row['images'] for row in alone['train']]
    assert [len(i) for i in images] == [4, 4, 4, 4, 4, 2] * 2
    assert [len(i) for i in first] == [2, 2, 2, 2, 2, 1] * 2
    for whole, *halves in zip(images, first, second):
        assert whole == [i for pair in zip(*halves) for i in pair]

    for name in ('loss', 'loss_base', 'loss_pc', 'lr'):
        assert mean_of_processes(both, name) == pytest.approx(
            mean_of_processes([alone], name), rel=1e-5), name
    assert largest_difference(weights(one), weights(two)) < 1e-5


def test_start_is_at_the_same_iteration(one, two):
    """A quarter of 12 iterations, also in two processes."""
    for process in records(one) + records(two):
        constraint = [row['loss_pc'] for row in process['train']]
        assert constraint[:3] == [0] * 3
        assert len(constraint) == 12 and min(constraint[3:]) > 0


def test_log(two):
    """It has both parts, of the share of the first process."""
    scalars, = two.glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in scalars.read_text().splitlines()]
    rows = [row for row in rows if 'loss_pc' in row]
    expected = records(two)[0]['train']
    for name in ('loss', 'loss_base', 'loss_pc'):
        assert [row[name] for row in rows
                ] == pytest.approx([row[name] for row in expected], rel=1e-4)
    for row in rows:
        assert row['loss_kpt'] == pytest.approx(row['loss_base'] +
                                                row['loss_pc'])


def test_metrics(folder, one):
    """Exactly those of one process, of the same checkpoint."""
    finish(
        run(COMMANDS[4].replace('work_dirs/pc/epoch_210', 'one/epoch_2'),
            folder, 2, 'test'))
    expected, = records(one)[0]['metrics']  # of the same 13 images
    assert expected['NE/num_images'] == 13 and expected['NE'] > 0.01
    assert {'PCK', 'AUC', 'EPE', 'duplicate_rate',
            'outlier_rate'} < set(expected)
    both = records(folder / 'test')
    assert [process['metrics'] for process in both] == [[expected]] * 2


def test_script_and_learning_rate(folder):
    """`--auto-scale-lr` multiplies by the batch of all over the config's."""
    finish(
        run(
            COMMANDS[3].replace('bash', f'PORT={free_port()} bash')[:-1] + '2',
            folder, 2, 'script',
            '--auto-scale-lr --cfg-options auto_scale_lr.base_batch_size=16 '
            'train_dataloader.dataset.indices=21'))
    both = records(folder / 'script')
    for process in both:
        assert [row['lr'] for row in process['train']] == [.5] * 6 + [.25] * 6
    # of 21 images one counts twice, so that all processes have as many
    first, second = ([
        i for row in process['train'][:6] for i in row['images']
    ] for process in both)
    assert len(first) == len(second) == 11
    assert len({*first, *second}) == 21 and first[0] == second[-1]


def assert_same(work_dir, other):
    """To the last bit: the order of two shares makes no difference."""
    assert len(records(other)) == 2
    assert records(work_dir) == records(other)
    assert largest_difference(weights(work_dir), weights(other)) == 0


def test_slurm(folder, two):
    """The script and mmengine's part; Slurm itself is a stand-in."""
    command = COMMANDS[5].replace('work_dirs/pc', 'slurm')
    finish(run(command, folder, 2, 'slurm'))
    assert_same(folder / 'slurm', two)


def test_two_machines(folder, two):
    """Both of them this one, one command each: they find each other."""
    first, second = COMMANDS[6:]
    first = first.replace('_per_node=8', '_per_node=1')
    second = second.replace('$CONFIG 8', '$CONFIG 1')
    second = second.replace('NODE_RANK=0', 'NODE_RANK=1')
    port = free_port()
    finish(*(run(command, folder, 2, 'machines', port=port)
             for command in (first, second)))
    assert_same(folder / 'machines', two)
