"""Train a grid of configs and seeds with MMPose's runner, and tabulate.

A call goes on where the last one stopped, and leaves a line in
benchmarks/results/ablation.jsonl for each model that is done, and the errors
of its test images beside it.
"""
import argparse
import copy
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Optional, Tuple

import cv2
import mmcv
import mmengine
import mmpose
import numpy as np
import torch
from experiments import DATA, EXPERIMENTS, SEEDS, Faces, Row
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
    parser.add_argument(
        '--faces',
        metavar='DIR',
        help='folder of faces in the format of 300W, with annotations/ and '
        'img/, for the experiments on them')
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
    """Render what is not there yet of a set."""
    data = DATA[name]
    for number, split in enumerate(('train', *SPLITS)):
        done = subprocess.run([
            sys.executable, TOOLS / 'dataset_converters/render_garments.py',
            '--layout', data.layout, '--num',
            str(getattr(data, split)), '--seed',
            str(data.seed + number), '--size',
            str(data.size), '--clutter',
            str(data.clutter), '--split', f'{split}:1', '--out',
            str(ROOT_DATA / f'{name}-{split}')
        ], stdout=subprocess.DEVNULL)  # yapf: disable
        if done.returncode:
            sys.exit(f'{name}: rendering failed')


def set_data(cfg: Config, row: Row, faces: str = '') -> None:
    """Point the data loaders at the row's data."""
    data = DATA[row.data]
    for split in ('train', *SPLITS):
        loader = cfg[f'{split}_dataloader']
        loader.update(num_workers=1, persistent_workers=True)
        if isinstance(data, Faces):
            file = data.test if split == 'test' else data.train
            loader.dataset.update(
                data_root=faces, ann_file=f'annotations/{file}')
            loader.dataset.data_prefix.img = 'img/'
        else:
            root = ROOT_DATA / f'{row.data}-{split}'
            loader.dataset.data_root = str(root)
    # the first images, the last ones
    if isinstance(data, Faces):
        cfg.train_dataloader.dataset.indices = -row.num
        cfg.val_dataloader.dataset.indices = data.val
    else:
        cfg.train_dataloader.dataset.indices = row.num


def build_config(row: Row, seed: int) -> Config:
    """All that a model depends on, but for the places of files."""
    cfg = Config.fromfile(ROOT / 'configs' / row.config)
    # Some configs test on the very loader of the validation.
    cfg.test_dataloader = copy.deepcopy(cfg.test_dataloader)
    place = [t.type for t in cfg.train_dataloader.dataset.pipeline
             ].index('GenerateTarget')
    cfg.merge_from_dict({
        'randomness.seed': seed,
        'train_cfg.max_epochs': row.epochs,
        'train_cfg.val_interval': row.epochs,
        'default_hooks.checkpoint.interval': 1,  # what a resumption costs
        'default_hooks.checkpoint.max_keep_ckpts': 1,
        'default_hooks.checkpoint.save_best': None,
        'default_hooks.checkpoint.rule': None,
        **{key.format(place): value
           for key, value in row.options.items()}
    })
    for schedule in cfg.param_scheduler:
        if schedule.type == 'OneCycleLR':
            schedule.total_steps = row.epochs
    return cfg


def start_of(row: Row) -> Optional[Tuple[Row, str]]:
    """The row whose model of seed 0 a row starts from, and that one's key."""
    if row.start is None:
        return None
    experiment, name = row.start.split('/')
    start = EXPERIMENTS[experiment][name]
    return start, key_of(start, 0)


def key_of(row: Row, seed: int) -> str:
    """What a result depends on, apart from the code and the device."""
    start = start_of(row)
    settings = [
        build_config(row, seed).to_dict(), row.num, DATA[row.data], start
        and start[1]
    ]
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


def commit():
    """Of the code, marked where it has changes that are not committed."""
    return subprocess.run(
        ['git', 'describe', '--always', '--dirty'],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        universal_newlines=True).stdout.strip()


def device():
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'CPU, {os.cpu_count()} cores'


class Job:
    """A model on its way from nothing to its line in the results."""

    def __init__(self, experiment, name, row, seed, faces):
        self.experiment, self.name, self.faces = experiment, name, faces
        self.row, self.seed = row, seed
        self.key = key_of(row, seed)
        self.folder = WORK / self.key
        self.process = None

    def __str__(self):
        return f'{self.experiment} / {self.name}, seed {self.seed}'

    def steps(self):
        """The commands that are still to be run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        cfg = build_config(self.row, self.seed)
        if not isinstance(DATA[self.row.data], Faces):
            render(self.row.data)
        set_data(cfg, self.row, self.faces)
        start = start_of(self.row)
        if start:
            cfg.load_from = str(WORK / start[1] / f'epoch_{start[0].epochs}.pth')
            if not Path(cfg.load_from).exists():
                experiment, name = self.row.start.split('/')
                sys.exit(f'{self} starts from another model, train it first: '
                         f'python benchmarks/ablation.py {experiment} --row '
                         f'"{name}" --seeds 0')
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
        batch = build_config(self.row, self.seed).train_dataloader.batch_size
        steps = self.row.epochs * -(-self.row.num // batch)
        line = dict(
            key=self.key,
            experiment=self.experiment,
            name=self.name,
            **self.row._asdict(),
            seed=self.seed,
            dataset=DATA[self.row.data]._asdict(),
            commit=commit(),
            device=device(),
            versions=versions(),
            train_seconds=round(seconds, 1),
            step_seconds=round(seconds / steps, 4),
            command=f'python benchmarks/ablation.py {self.experiment} --row '
            f'"{self.name}" --seeds {self.seed} --again')
        ERRORS.mkdir(parents=True, exist_ok=True)
        for split in SPLITS:
            run = read_run(self.folder / f'{split}.pkl', self.key)
            line[split] = {m.name: round(m.value, 4) for m in measure(run)}
        np.savez_compressed(
            ERRORS / f'{self.key}.npz',
            test=run.distances().astype(np.float16),
            pooled=run.pooled)
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


def find_lines(results, rows):
    """Of each row that has any, its results by seed."""
    lines = {line['key']: line for line in results}  # the last one counts
    found = {}
    for name, row in rows.items():
        keys = {seed: key_of(row, seed) for seed in SEEDS}
        found[name] = {s: lines[k] for s, k in keys.items() if k in lines}
    return {name: of for name, of in found.items() if of}


def summarise(results, console):
    """Rows on validation and test, against the first of the experiment."""
    for name, rows in EXPERIMENTS.items():
        found = find_lines(results, rows)
        first = found.get(next(iter(rows)))
        if not first:
            continue
        table = Table('row', 'seeds', title=f'{name}: {rows_title(rows)}')
        for column in ('NE val', 'NE test', '+-', '%', '95 % interval',
                       'outliers', '%', 'duplicates', '%'):
            table.add_column(column, justify='right')
        for row, lines in found.items():
            # paired by seed and image
            seeds = sorted(set(lines) & set(first))
            table.add_row(
                row, str(len(seeds)),
                *compare([first[s] for s in seeds], [lines[s]
                                                     for s in seeds]))
        console.print(table)


def rows_title(rows):
    row = next(iter(rows.values()))
    return f'{row.num} training images, {row.epochs} epochs'


def compare(first, lines):
    """Cells of a row: its means, and the differences to the first one's."""

    def mean(of, what, split='test'):
        return float(np.mean([line[split][what] for line in of]))

    def change(what):
        base = mean(first, what)
        same = not base or lines[0]['key'] == first[0]['key']
        return '' if same else f'{100 * (mean(lines, what) / base - 1):+.1f}'

    spread = np.std([line['test'][AVERAGE] for line in lines],
                    ddof=1) if len(lines) > 1 else np.nan
    interval = ''
    if change(AVERAGE):
        low, high = 100 * np.array(interval_of(first, lines)) / mean(
            first, AVERAGE)
        interval = f'{low:+.1f} to {high:+.1f}'
    return [
        f'{mean(lines, AVERAGE, "val"):.3f}', f'{mean(lines, AVERAGE):.3f}',
        '' if np.isnan(spread) else f'{spread:.3f}',
        change(AVERAGE), interval, f'{mean(lines, "outliers"):.2f}',
        change('outliers'), f'{mean(lines, "duplicates"):.3f}',
        change('duplicates')
    ]


def interval_of(first, lines):
    """Of the difference of NE, in percent of the norm."""
    errors = [[read_errors(line['key']) for line in of]
              for of in (first, lines)]
    images = range(len(errors[0][0][0]))
    (low, high), = bootstrap_intervals([[e for e, _ in of] for of in errors],
                                       images,
                                       pooled=errors[0][0][1])
    return 100 * low, 100 * high


@lru_cache(maxsize=None)
def read_errors(key):
    """Test errors (N, K) as fractions of the norm, whether NE pools them."""
    file = np.load(ERRORS / f'{key}.npz')
    return file['test'].astype(float), bool(file['pooled'])


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
        Job(args.experiment, name, row, seed, args.faces)
        for seed in args.seeds for name, row in rows.items()
        if args.row in (None, name)
    ]
    if not args.faces and any(
            isinstance(DATA[job.row.data], Faces) for job in jobs):
        sys.exit(f'{args.experiment} needs --faces DIR')
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
