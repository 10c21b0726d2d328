"""What the tests of several processes share."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from pcloss_mmpose.rendering import render_dataset

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIG = """
_base_ = '{base}'
custom_imports = dict(
    imports=['pcloss_mmpose', 'distributed_hooks'],
    allow_failed_imports=False)
custom_hooks = [
    dict(type='SyncBuffersHook'), dict(type='FrozenNorm'),
    dict(type='Recorder')]
env_cfg = dict(dist_cfg=dict(backend='gloo'))
# the stock wrapper, but without a GPU
model_wrapper_cfg = dict(
    type='MMDistributedDataParallel', device_ids=None,
    broadcast_buffers=False)
randomness = dict(seed=0)

data = dict(data_root='{data}', split='train')
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    **loader, batch_size={batch}, dataset=dict(
        **data, indices={images}, pipeline=[
            step for step in _base_.train_pipeline
            if 'Random' not in step.type]))
# 13 images are 7 and 7 on two processes, one of them twice
val_dataloader = dict(
    **loader, batch_size=2, dataset=dict(**data, indices=13),
    sampler=dict(round_up=True))
# ... and here 7 and 6
test_dataloader = dict(
    **loader, batch_size=2, dataset=dict(**data, indices=13))

train_cfg = dict(max_epochs=2, val_interval=2)
# not Adam, which does not see a factor before the gradient
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='SGD', lr=2., momentum=0.9))
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, milestones=[1], gamma=0.5)]
model = dict(head=dict(loss=dict(start=0.25)))
default_hooks = dict(
    checkpoint=dict(interval=2, save_best=None), logger=dict(interval=1))
log_processor = dict(window_size=1)
"""
HEATMAPS = (
    ROOT / 'configs/fashion_2d_keypoint/topdown_heatmap/fld/'
    'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py')


def render(folder):
    render_dataset(
        'fld',
        30,
        seed=0,
        out=folder,
        size=96,
        split=dict(train=.8, val=.1, test=.1),
        workers=1)


def write_config(file, data, base=HEATMAPS, images=22, batch=4, extra=''):
    text = CONFIG.format(base=base, data=data, images=images, batch=batch)
    file.write_text(text + extra)
    return file


def environment(folder, **variables):
    """Of a process in ``folder``, which has no GPU and one thread."""
    paths = [str(HERE), str(HERE.parent), os.environ.get('PYTHONPATH')]
    programs = [folder, Path(sys.executable).parent, os.environ['PATH']]
    return dict(
        os.environ,
        CUDA_VISIBLE_DEVICES='',
        OMP_NUM_THREADS='1',
        PET_MONITOR_INTERVAL='0.2',  # torchrun looks every 5 seconds
        PYTHONPATH=os.pathsep.join(filter(None, paths)),
        PATH=os.pathsep.join(map(str, programs)),
        **variables)


def start(command, folder, **variables):
    """A process that writes what it prints into a file."""
    log = tempfile.TemporaryFile('w+')
    process = subprocess.Popen(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        env=environment(folder, **variables),
        stdout=log,
        stderr=subprocess.STDOUT)
    return process, log


def finish(*started):
    """Wait for processes, which must not fail."""
    try:
        for process, _ in started:
            process.wait(timeout=300)
    finally:
        for process, _ in started:
            if process.poll() is None:  # torchrun ends its own as well
                process.terminate()
                process.wait()
    for process, log in started:
        with log:
            log.seek(0)
            assert process.returncode == 0, log.read()


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return str(sock.getsockname()[1])


def records(work_dir):
    """What each process saw."""
    return [
        json.loads(file.read_text())
        for file in sorted(work_dir.glob('record_*.json'))
    ]


def weights(work_dir):
    file, = work_dir.glob('epoch_*.pth')
    state = torch.load(file, map_location='cpu')['state_dict']
    # as mmengine reads those of its DDPStrategy
    return {re.sub('^module\\.', '', key): state[key] for key in state}


def largest_difference(a, b):
    """Of two models' weights, relative to the norm of each tensor.

    Or to a ten-thousandth: what starts at zero gets hardly beyond rounding.
    """
    assert a.keys() == b.keys() and len(a) > 50
    return max(
        float((a[k].double() - b[k].double()).norm() /
              a[k].double().norm().clamp_min(1e-4)) for k in a)


def mean_of_processes(rows, name):
    """A value of each iteration, averaged over the processes."""
    return np.mean([[row[name] for row in process['train']]
                    for process in rows], 0)
