"""Parameters, time of a training step and memory of the paper's peers.

Each model in a process of its own, on rendered pictures, without weights from
elsewhere. The results go to benchmarks/results/model_costs.json.
"""
import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import speed_tables
import torch
from experiments import CONFIGS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.models import build_pose_estimator
from mmpose.registry import DATASETS, OPTIM_WRAPPERS
from mmpose.utils import register_all_modules
from speed import machine

from pcloss_mmpose.comparison.formats import print_tables
from pcloss_mmpose.comparison.table import Table
from pcloss_mmpose.utils import replacing

FOLDER = CONFIGS / 'fashion_2d_keypoint'
FULL = ('td-hm_res50', 'td-reg_vgg16', 'td-hm_fgn', 'td-reg_dfa-s1',
        'td-reg_dfa-s2', 'td-reg_dfa', 'dlan_vgg16')
SMALL = ('td-hm_res18', 'td-reg_res18', 'td-hm_fgn-res18',
         'td-reg_dfa-res18-s1', 'td-reg_dfa-res18-s2', 'td-reg_dfa-res18',
         'dlan_res18')
#: model -> images in a step
BATCH = {**dict.fromkeys(FULL, 2), **dict.fromkeys(SMALL, 32)}
STEPS = 7
RENDER = CONFIGS.parent / 'tools/dataset_converters/render_garments.py'


def config_of(name: str) -> Path:
    """The config of a model on FLD."""
    file, = FOLDER.glob(f'topdown_*/fld/{name}_[0-9]xb*.py')
    return file


def measure(name: str, data: str) -> dict:
    """Of a model in this process."""
    cfg = Config.fromfile(config_of(name))
    torch.manual_seed(0)
    for part in (cfg.model.backbone, cfg.model.head,
                 cfg.model.backbone.get('network', {})):
        for key in ('init_cfg', 'fc_init_cfg'):
            if part.get(key) and 'checkpoint' in part[key]:
                part[key] = None  # no download
    model = build_pose_estimator(cfg.model).train()
    dataset = DATASETS.build(
        dict(cfg.train_dataloader.dataset, data_root=data))
    batch = pseudo_collate([dataset[i] for i in range(BATCH[name])])
    wrapper = OPTIM_WRAPPERS.build(
        dict(type='OptimWrapper'),
        default_args=dict(
            optimizer=torch.optim.Adam(
                (p for p in model.parameters() if p.requires_grad), lr=1e-6)))
    times = []
    for _ in range(STEPS + 1):  # the first one makes Adam's state
        start = time.perf_counter()
        model.train_step(batch, wrapper)
        times.append(time.perf_counter() - start)
    return dict(
        model=name,
        batch=BATCH[name],
        input='x'.join(map(str, cfg.codec.input_size)),
        parameters=sum(p.numel() for p in model.parameters()),
        step_seconds=statistics.median(times[1:]),
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'models',
        nargs='*',
        metavar='MODEL',
        help=f'of {", ".join(BATCH)}; then nothing is stored')
    parser.add_argument('--in', dest='data', help=argparse.SUPPRESS)
    args = parser.parse_args()
    unknown = set(args.models) - set(BATCH)
    if unknown:
        parser.error(f'no model {unknown.pop()!r}, but {", ".join(BATCH)}')
    if args.data:
        register_all_modules()
        print(json.dumps(measure(args.models[0], args.data)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as data:
        subprocess.run([
            sys.executable, RENDER, '--layout', 'fld', '--num',
            str(max(BATCH.values())), '--split', 'train:1', '--out', data
        ], stdout=subprocess.DEVNULL, check=True)  # yapf: disable
        for name in args.models or BATCH:
            done = subprocess.run(
                [sys.executable, '-W', 'ignore', __file__, name, '--in', data],
                stdout=subprocess.PIPE,
                check=True,
                universal_newlines=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], flush=True)
    if args.models:
        return
    file = speed_tables.RESULTS / 'model_costs.json'
    with replacing(file) as part:
        part.write_text(
            json.dumps(dict(machine(False), models=rows), indent=1))
    header, *lines = speed_tables.costs()
    print_tables([Table('models on FLD', header, lines)], width=120)


if __name__ == '__main__':
    main()
