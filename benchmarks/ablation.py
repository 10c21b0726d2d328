"""Train a grid of configs and seeds with MMPose's runner, and tabulate.

A call goes on where the last one stopped, and leaves a line in
benchmarks/results/ablation.jsonl for each model that is done.
"""
import argparse
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import mmcv
import mmengine
import mmpose
import numpy as np
import torch
from experiments import DATA, EXPERIMENTS, SEEDS, Row
from mmengine.config import Config
from rich.console import Console
from rich.table import Table

from pcloss_mmpose.comparison import read_run
from pcloss_mmpose.comparison.bootstrap import bootstrap_intervals
from pcloss_mmpose.comparison.measures import AVERAGE, measure
from pcloss_mmpose.comparison.work_dir import last_checkpoint, train_seconds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TOOLS = ROOT / 'tools'
RESULTS = HERE / 'results/ablation.jsonl'
ERRORS = HERE / 'results/errors'
WORK = ROOT / 'work_dirs/ablation'
ROOT_DATA = ROOT / 'data/ablation'
SPLITS = ('val', 'test')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'experiment',
        nargs='?',
        choices=list(EXPERIMENTS),
        metavar='NAME',
        help='one of ' + ', '.join(EXPERIMENTS))
    parser.add_argument('--row', help='this row of it alone')
    parser.add_argument(
        '--seeds',
        type=int,
        nargs='+',
        default=list(SEEDS),
        help='default: %(default)s')
    parser.add_argument('--jobs', type=int, default=1, help='models at a time')
    parser.add_argument(
        '--minutes',
        type=float,
        default=float('inf'),
        help='stop after this time; the next call resumes')
    parser.add_argument(
        '--again',
        action='store_true',
        help='from scratch, though there is a result: to see whether it holds')
    parser.add_argument(
        '--summary',
        action='store_true',
        help='print the tables of the stored results, run nothing')
    args = parser.parse_args()
    if not args.summary and not args.experiment:
        parser.error('name an experiment, or --summary')
    return args


def render(name):
    """The folder of a rendered set."""
    data = DATA[name]
    folder = ROOT_DATA / name
    total = data.train + data.val + data.test
    split = ','.join(f'{key}:{getattr(data, key) / total:.9f}'
                     for key in ('train', 'val', 'test'))
    done = subprocess.run([
        sys.executable, TOOLS / 'dataset_converters/render_garments.py',
        '--layout', data.layout, '--num',
        str(total), '--seed',
        str(data.seed), '--size',
        str(data.size), '--split', split, '--out',
        str(folder)
    ], stdout=subprocess.DEVNULL)  # yapf: disable
    if done.returncode:
        sys.exit(f'{name}: rendering failed')
    return folder


def build_config(row: Row, seed: int, root) -> Config:
    cfg = Config.fromfile(ROOT / 'configs' / row.config)
    cfg.merge_from_dict({
        'randomness.seed': seed,
        'train_cfg.max_epochs': row.epochs,
        'train_cfg.val_interval': row.epochs,
        'default_hooks.checkpoint.interval': 1,  # what a resumption costs
        'default_hooks.checkpoint.max_keep_ckpts': 1,
        'default_hooks.checkpoint.save_best': None,
        'default_hooks.checkpoint.rule': None,
        **row.options
    })
    for schedule in cfg.param_scheduler:
        if schedule.type == 'OneCycleLR':
            schedule.total_steps = row.epochs
    for split in ('train', *SPLITS):
        loader = cfg[f'{split}_dataloader']
        loader.dataset.data_root = str(root)
        loader.update(num_workers=1, persistent_workers=True)
    return cfg


def key_of(row: Row, seed: int) -> str:
    """What a result depends on, apart from the code and the device."""
    settings = [build_config(row, seed, '').to_dict(), DATA[row.data]]
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha1(text.encode()).hexdigest()[:12]


def versions():
    return dict(
        python=platform.python_version(),
        torch=torch.__version__,
        mmpose=mmpose.__version__,
        mmengine=mmengine.__version__,
        mmcv=mmcv.__version__,
        numpy=np.__version__,
        opencv=cv2.__version__)


def device():
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'CPU, {os.cpu_count()} cores'


class Job:
    """A model on its way from nothing to its line in the results."""

    def __init__(self, experiment, name, row, seed):
        self.experiment, self.name = experiment, name
        self.row, self.seed = row, seed
        self.key = key_of(row, seed)
        self.folder = WORK / self.key
        self.process = None

    def __str__(self):
        return f'{self.experiment} / {self.name}, seed {self.seed}'

    def steps(self):
        """The commands that are still to be run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        cfg = build_config(self.row, self.seed, render(self.row.data))
        cfg.dump(self.folder / 'config.py')
        last = self.folder / f'epoch_{self.row.epochs}.pth'
        reached = last_checkpoint(self.folder)
        if reached != last:
            yield [
                'train.py', self.folder / 'config.py', '--work-dir',
                self.folder, *(['--resume'] if reached else [])
            ]
        loaders = {split: cfg[f'{split}_dataloader'] for split in SPLITS}
        for split, cfg.test_dataloader in loaders.items():
            pickle = self.folder / f'{split}.pkl'
            if pickle.exists():
                continue
            cfg.dump(self.folder / f'{split}.py')
            yield [
                'test.py', self.folder / f'{split}.py', last, '--work-dir',
                self.folder / split, '--dump', f'{pickle}.part.pkl'
            ]
            os.replace(f'{pickle}.part.pkl', pickle)

    def start(self):
        self.rest = self.steps()
        return self.advance()

    def advance(self):
        """Start the next command; False when there is none."""
        command = next(self.rest, None)
        if command is None:
            return False
        with open(self.folder / 'output.log', 'a') as log:
            self.process = subprocess.Popen(
                [sys.executable, TOOLS / command[0], *map(str, command[1:])],
                stdout=log,
                stderr=log)
        return True

    def store(self):
        seconds = train_seconds(self.folder)
        line = dict(
            key=self.key,
            experiment=self.experiment,
            name=self.name,
            **self.row._asdict(),
            seed=self.seed,
            dataset=DATA[self.row.data]._asdict(),
            device=device(),
            versions=versions(),
            train_seconds=round(seconds, 1),
            command=f'python benchmarks/ablation.py {self.experiment} --row '
            f'"{self.name}" --seeds {self.seed} --again')
        ERRORS.mkdir(parents=True, exist_ok=True)
        errors = {}
        for split in SPLITS:
            run = read_run(self.folder / f'{split}.pkl', self.key)
            line[split] = {m.name: round(m.value, 4) for m in measure(run)}
            errors[split] = run.distances().astype(np.float16)
        np.savez_compressed(ERRORS / f'{self.key}.npz', **errors)
        with open(RESULTS, 'a') as file:
            file.write(json.dumps(line) + '\n')
        return line


def read_results():
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text().splitlines()]


def run(jobs, number, deadline):
    waiting, running = list(jobs), []
    try:
        while (waiting or running) and time.time() < deadline:
            while waiting and len(running) < number:
                job = waiting.pop(0)
                print(f'{job}: {job.folder}', flush=True)
                if job.start():
                    running.append(job)
                else:
                    show(job)
            time.sleep(.5)
            for job in running[:]:
                code = job.process.poll()
                if code:
                    sys.exit(f'{job} failed, see {job.folder}/output.log')
                if code == 0 and not job.advance():
                    running.remove(job)
                    show(job)
    finally:
        for job in running:
            job.process.terminate()
            job.process.wait()
    if waiting or running:
        print(f'stopped with {len(waiting) + len(running)} models to go; the '
              'same command goes on from here')


def show(job):
    line = job.store()
    print(
        f'{job}: NE {line["val"][AVERAGE]:.3f} (val) '
        f'{line["test"][AVERAGE]:.3f} (test), outliers '
        f'{line["test"]["outliers"]:.2f}, {line["train_seconds"]:.0f} s',
        flush=True)


def summarise(results, console):
    """Rows on validation and test, against the first of the experiment."""
    for name, rows in EXPERIMENTS.items():
        table = Table('row', 'seeds', title=name)
        for split in SPLITS:
            for column in (f'NE {split}', '%', '95 % interval', 'outliers',
                           'duplicates'):
                table.add_column(column, justify='right')
        found = {}
        for line in results:  # the last line of a key counts
            if line['experiment'] == name:
                found.setdefault(line['name'], {})[line['seed']] = line
        first = found.get(next(iter(rows)))
        if not first:
            continue
        for row in rows:
            if row not in found:
                continue
            lines = found[row]
            cells = [row, str(len(lines))]
            # paired by seed and image
            seeds = sorted(set(lines) & set(first))
            for split in SPLITS:
                cells += compare([first[s]
                                  for s in seeds], [lines[s] for s in seeds],
                                 split) if seeds else [''] * 5
            table.add_row(*cells)
        console.print(table)


def compare(first, lines, split):

    def mean(of, what):
        return float(np.mean([line[split][what] for line in of]))

    ne = mean(lines, AVERAGE)
    outliers, duplicates = mean(lines, 'outliers'), mean(lines, 'duplicates')
    cells = [f'{ne:.3f}', '', '', f'{outliers:.2f}', f'{duplicates:.3f}']
    if lines[0]['key'] != first[0]['key']:
        base = mean(first, AVERAGE)
        errors = [[
            np.load(ERRORS / f'{line["key"]}.npz')[split].astype(float)
            for line in of
        ] for of in (first, lines)]
        (low, high), = 100 * bootstrap_intervals(
            errors, range(len(errors[0][0]))) * 100 / base
        cells[1] = f'{100 * (ne / base - 1):+.1f}'
        cells[2] = f'{low:+.1f} to {high:+.1f}'
    return cells


def main():
    args = parse_args()
    results = read_results()
    if args.summary:
        return summarise(results, Console(width=160))
    rows = EXPERIMENTS[args.experiment]
    if args.row and args.row not in rows:
        sys.exit(f'{args.experiment} has no row {args.row!r}, but '
                 f'{", ".join(rows)}')
    done = {line['key'] for line in results}
    jobs = [
        Job(args.experiment, name, row, seed) for seed in args.seeds
        for name, row in rows.items() if args.row in (None, name)
    ]
    if args.again:
        for job in jobs:
            if job.folder.exists():
                job.folder.rename(
                    job.folder.with_name(f'{job.key}-{int(time.time())}'))
    else:
        jobs = [job for job in jobs if job.key not in done]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    run(jobs, args.jobs, time.time() + 60 * args.minutes)


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
