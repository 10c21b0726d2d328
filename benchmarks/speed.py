"""Measure each part of the plugin against its stock or plain counterpart.

Both sides are checked to give the right answer, and then timed in turns. The
results go to benchmarks/results/speed_DEVICE.json.
"""
import argparse
import json
import os
import platform
import re
import time
from itertools import chain
from pathlib import Path

import racing
import speed_tables
import torch
from ablation import versions
from mmengine.logging import MessageHub, MMLogger
from mmpose.utils import register_all_modules
from races import codecs, data, growth, losses, training
from rich.console import Console
from rich.table import Table

import pcloss_mmpose
from pcloss_mmpose.utils import replacing

PARTS = {
    'losses': lambda: chain(losses.constraint_races(),
                            losses.integral_races()),
    'codecs': lambda: chain(codecs.encode_races(), codecs.decode_races()),
    'data': lambda: chain(data.dataset_races(), data.sample_races(),
                          data.metric_races(), data.rendering_races()),
    'training': training.step_races,
    'growth': growth.growths,
    'epochs': lambda: ('fld', 'deepfashion_c'),
}
#: What there is to measure on a GPU.
GPU_PARTS = {
    'losses': lambda: chain(losses.constraint_races(device='cuda'),
                            losses.integral_races(device='cuda')),
    'training': lambda: training.step_races(
        {'res50': 64, 'hrnet-w32': 64}, device='cuda'),
}


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'parts',
        nargs='*',
        metavar='PART',
        help=f'only these of {", ".join(PARTS)}; then nothing is stored')
    parser.add_argument(
        '--gpu', action='store_true', help='what runs on a GPU, there')
    args = parser.parse_args()
    parts = GPU_PARTS if args.gpu else PARTS
    for part in args.parts:
        if part not in parts:
            parser.error(f'no part {part!r}, but {", ".join(parts)}')
    if args.gpu and not torch.cuda.is_available():
        parser.error('torch finds no GPU')
    return args


def machine(gpu: bool) -> dict:
    return dict(
        device=torch.cuda.get_device_name() if gpu else _processor(),
        cores=os.cpu_count(),
        versions=dict(
            versions(), pcloss_mmpose=pcloss_mmpose.__version__))


def _processor() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.split(':')[1].strip()
    return platform.processor()


def measure(parts: dict) -> dict:
    """All that the parts ask for, with a line for each as it is done."""
    found = dict(races=[], growths=[], epochs=[])
    for name, make in parts.items():
        for item in make():
            start = time.time()
            if name == 'growth':
                key, rows = 'growths', [growth.run(item)]
            elif name == 'epochs':
                key, rows = 'epochs', [growth.epochs(item)]
            else:
                key = 'races'
                rows = [racing.run(item, n) for n in item.threads]
            found[key] += rows
            print(f'{rows[0]["part"]}: {time.time() - start:.0f} s',
                  flush=True)
    return found


def show(found: dict) -> None:
    console = Console(width=200)
    for name, rows in found.items():
        if not rows:
            continue
        header, *lines = getattr(speed_tables, name)(rows)
        table = Table(title=name)
        for column in header:
            table.add_column(column)
        for line in lines:
            table.add_row(*line)
        console.print(table)
    for row in found['races']:
        if 'said' in row:
            console.print(f'{row["part"]}, {row["size"]}: {row["said"]}')


def main():
    args = parse_args()
    start = time.time()
    register_all_modules()
    MMLogger.get_instance('speed', log_level='ERROR')
    MessageHub.get_instance('speed')
    parts = GPU_PARTS if args.gpu else PARTS
    found = measure({n: parts[n] for n in args.parts or parts})
    show(found)
    print(f'{(time.time() - start) / 60:.1f} minutes')
    if args.parts:
        return
    device = 'cpu'
    if args.gpu:
        device = re.sub(r'\W+', '_', torch.cuda.get_device_name().lower())
    file = speed_tables.RESULTS / f'speed_{device}.json'
    with replacing(file) as part:
        part.write_text(json.dumps({**machine(args.gpu), **found}, indent=1))
    print(f'stored in {file}')


if __name__ == '__main__':
    main()
