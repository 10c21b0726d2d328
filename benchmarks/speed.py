"""Measure each part of the plugin against its stock or plain counterpart.

Both sides are checked to give the right answer, and then timed in turns. The
results go to benchmarks/results/speed_DEVICE.json.
"""
import argparse
import json
import os
import platform
import re
from itertools import chain
from pathlib import Path

import racing
import speed_tables
import torch
from ablation import versions
from mmengine.logging import MessageHub, MMLogger
from mmpose.utils import register_all_modules
from races import codecs, data, losses, training

import pcloss_mmpose
from pcloss_mmpose.comparison.formats import print_tables
from pcloss_mmpose.comparison.table import Table
from pcloss_mmpose.utils import replacing

#: name -> races on a device
PARTS = {
    'losses': lambda device: chain(losses.constraint_races(device),
                                   losses.integral_races(device)),
    'codecs': lambda _: chain(codecs.encode_races(), codecs.decode_races()),
    'data': lambda _: chain(data.dataset_races(), data.sample_races(),
                            data.metric_races()),
    'training': training.step_races,
}
GPU_PARTS = ('losses', 'training')


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
    parts = GPU_PARTS if args.gpu else tuple(PARTS)
    for part in args.parts:
        if part not in parts:
            parser.error(f'no part {part!r}, but {", ".join(parts)}')
    if args.gpu and not torch.cuda.is_available():
        parser.error('torch finds no GPU')
    return args, args.parts or parts


def machine(gpu: bool) -> dict:
    return dict(
        device=torch.cuda.get_device_name() if gpu else _processor(),
        cores=os.cpu_count(),
        versions=dict(versions(), pcloss_mmpose=pcloss_mmpose.__version__))


def _processor() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.split(':')[1].strip()
    return platform.processor()


def main():
    args, parts = parse_args()
    register_all_modules()
    MMLogger.get_instance('speed', log_level='ERROR')
    MessageHub.get_instance('speed')
    rows = []
    for part in parts:
        for race in PARTS[part]('cuda' if args.gpu else 'cpu'):
            rows.append(racing.run(race))
            print(f'{race.part}, {race.size}', flush=True)
    header, *lines = speed_tables.races(rows)
    print_tables([Table('ours beside theirs', header, lines)], width=200)
    if args.parts:
        return
    device = 'cpu'
    if args.gpu:
        device = re.sub(r'\W+', '_', torch.cuda.get_device_name().lower())
    file = speed_tables.RESULTS / f'speed_{device}.json'
    with replacing(file) as part:
        part.write_text(
            json.dumps(dict(machine(args.gpu), races=rows), indent=1))
    print(f'stored in {file}')


if __name__ == '__main__':
    main()
