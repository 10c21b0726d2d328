"""Train a grid of configs and seeds with MMPose's runner, and tabulate.

A call goes on where the last one stopped, and leaves a line in
benchmarks/results/ablation.jsonl for each model that is done, and the errors
of its test images beside it.
"""
import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Optional, Tuple

import cv2
import mmcv
import mmengine
import mmpose
import numpy as np
import results
import torch
from experiments import (DATA, EXPERIMENTS, SEEDS, Photos, Rendered, Row,
                         build_config, forget_configs, identity, key_of)
from mmengine.config import Config

from pcloss_mmpose.comparison import read_run
from pcloss_mmpose.comparison.formats import print_tables
from pcloss_mmpose.comparison.measures import AVERAGE, measure
from pcloss_mmpose.comparison.table import Table
from pcloss_mmpose.comparison.work_dir import last_checkpoint, train_seconds
from pcloss_mmpose.utils import replacing

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / 'tools'
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
        choices=SEEDS,
        default=list(SEEDS),
        help='default: %(default)s')
    parser.add_argument(
        '--photos',
        metavar='DIR',
        help='folder of the photographs, for experiments on some')
    parser.add_argument('--jobs', type=int, default=1, help='models at a time')
    parser.add_argument(
        '--workers',
        type=int,
        default=1,
        help='that load data, of each model; 1 by default')
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


def needs_photos(row: Row) -> bool:
    return not isinstance(DATA[row.data], Rendered)


def render(name):
    """Render what is not there yet of a set."""
    data = DATA[name]
    for number, split in enumerate(('train', *SPLITS)):
        part = split
        if data.layout == 'deepfashion2' and split == 'test':
            part = 'val'  # it has no annotations of tests
        done = subprocess.run([
            sys.executable, TOOLS / 'dataset_converters/render_garments.py',
            '--layout', data.layout, '--num',
            str(getattr(data, split)), '--seed',
            str(data.seed + number), '--size',
            str(data.size), '--clutter',
            str(data.clutter), '--split', f'{part}:1', '--out',
            str(ROOT_DATA / f'{name}-{split}')
        ], stdout=subprocess.DEVNULL)  # yapf: disable
        if done.returncode:
            sys.exit(f'{name}: rendering failed')


def write_annotations(name: str, file: str, photos: str, out: Path) -> str:
    """Annotations with the landmarks as DATA has them, in a model's folder."""
    data = DATA[name]
    content = mmengine.load(Path(photos, file))
    for annotation in content['annotations']:
        points = np.array(annotation['keypoints'], float).reshape(-1, 3)
        if data.landmarks:
            rest = np.setdiff1d(np.arange(len(points)), data.landmarks)
            points[rest] = 0
        points[points[:, 2] > 0, :2] += data.shift
        annotation['keypoints'] = points.ravel().tolist()
        annotation['num_keypoints'] = int((points[:, 2] > 0).sum())
    path = out / Path(file).name
    with replacing(path) as part:
        mmengine.dump(content, part, file_format='json')
    return str(path)


def set_data(cfg: Config, row: Row, photos: str, out: Path,
             workers: int) -> None:
    """Point the data loaders at the row's data.

    What has to be written for that is written to ``out``, the model's own
    folder: models that train at a time do not meet there.
    """
    data = DATA[row.data]
    for split in ('train', *SPLITS):
        loader = cfg[f'{split}_dataloader']
        loader.update(num_workers=workers, persistent_workers=True)
        if isinstance(data, Photos):
            file = getattr(data, split)
            if not isinstance(file, str):
                file = data.train
            loader.dataset.update(
                data_root='',
                ann_file=write_annotations(row.data, file, photos, out))
            loader.dataset.data_prefix.img = str(Path(photos, data.img))
            if 'metainfo' in loader.dataset:
                loader.dataset.metainfo = dict(
                    from_file=str(Path(photos, 'metainfo.py')))
        elif not isinstance(data, Rendered):
            loader.dataset.data_root = photos
        else:
            loader.dataset.data_root = str(ROOT_DATA / f'{row.data}-{split}')
    cfg.train_dataloader.dataset.indices = row.num
    if isinstance(data, Photos) and isinstance(data.val, int):
        # the first images, the last ones
        cfg.train_dataloader.dataset.indices = -row.num
        cfg.val_dataloader.dataset.indices = data.val


def versions():
    modules = torch, mmpose, mmengine, mmcv, np
    return dict({m.__name__: m.__version__ for m in modules},
                python=platform.python_version(), opencv=cv2.__version__)


def commit():
    """Of the code, marked where it has changes that are not committed."""

    def git(*arguments):
        return subprocess.run(['git', *arguments],
                              cwd=ROOT,
                              stdout=subprocess.PIPE,
                              universal_newlines=True).stdout.strip()

    changes = git('status', '--porcelain', '--', 'pcloss_mmpose', 'configs')
    return git('rev-parse', '--short', 'HEAD') + '+' * bool(changes)


def device():
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'CPU, {os.cpu_count()} cores'


def find_start(row: Row) -> Tuple[Optional[Path], Optional[str]]:
    """Checkpoint and key of the model that a row starts from, if any."""
    if not row.start:
        return None, None
    experiment, name = row.start.split('/')
    start = EXPERIMENTS[experiment][name]
    line = results.line_of(start, 0, results.read())
    if line:
        file = WORK / line['key'] / f'epoch_{start.epochs}.pth'
        if file.exists():
            return file, line['key']
    sys.exit('this row starts from another model, train it first: python '
             f'benchmarks/ablation.py {experiment} --row "{name}" --seeds 0')


def is_done(line: Optional[dict]) -> bool:
    """Whether a model has a result, and was not begun once more since."""
    if line is None:
        return False
    folder = WORK / line['key']
    return not folder.exists() or (folder / f'{SPLITS[-1]}.pkl').exists()


class Job:
    """A model on its way from nothing to its line in the results."""

    def __init__(self, experiment, name, row, seed, photos, workers=1):
        self.experiment, self.name, self.photos = experiment, name, photos
        self.row, self.seed, self.workers = row, seed, workers
        self.load_from, self.start_key = find_start(row)
        self.key = key_of(row, seed, self.start_key)
        self.folder = WORK / self.key
        self.process = None

    def __str__(self):
        return f'{self.experiment} / {self.name}, seed {self.seed}'

    def steps(self):
        """The commands that are still to be run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        forget_configs()
        cfg = build_config(self.row, self.seed)
        if key_of(self.row, self.seed, self.start_key) != self.key:
            sys.exit(f'{self}: its config has changed since the start')
        # One is deleted before the next is written: a kill in between.
        cfg.default_hooks.checkpoint.max_keep_ckpts = 2
        if not needs_photos(self.row):
            render(self.row.data)
        set_data(cfg, self.row, self.photos, self.folder, self.workers)
        if self.load_from:
            cfg.load_from = str(self.load_from)
        note = self.folder / 'commit'
        if not note.exists():
            note.write_text(commit())
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
            with replacing(pickle) as part:
                yield [
                    'test.py', self.folder / f'{split}.py', last, '--work-dir',
                    self.folder / split, '--dump', part
                ]

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
                stderr=log,
                start_new_session=True)
        return True

    def stop(self):
        """End the command and the workers that load its data."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            return  # it has ended by itself
        self.process.wait()

    def command(self):
        """What trains this very model anew."""
        return (f'python benchmarks/ablation.py {self.experiment} --row '
                f'"{self.name}" --seeds {self.seed} --again' +
                ' --photos DIR' * needs_photos(self.row))

    def store(self):
        seconds = train_seconds(self.folder)
        batch = build_config(self.row, self.seed).train_dataloader.batch_size
        steps = self.row.epochs * -(-self.row.num // batch)
        line = dict(
            key=self.key,
            experiment=self.experiment,
            name=self.name,
            **identity(self.row, self.seed),
            commit=(self.folder / 'commit').read_text(),
            device=device(),
            versions=versions(),
            train_seconds=round(seconds, 1),
            step_seconds=round(seconds / steps, 4),
            command=self.command())
        for split in SPLITS:
            run = read_run(self.folder / f'{split}.pkl', self.key,
                           Config.fromfile(self.folder / f'{split}.py'))
            line[split] = {m.name: round(m.value, 4) for m in measure(run)}
        results.store(line, run)
        return line


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
            job.stop()
    if waiting or running:
        print(f'stopped with {len(waiting) + len(running)} models to go; the '
              'same command, without --again, goes on from here')


def summarise():
    """The stored results of each experiment."""
    tables = [(results.title(name), results.tabulate(name))
              for name in EXPERIMENTS]
    print_tables([
        Table(title, found[0], found[1:]) for title, found in tables if found
    ], width=160)


def show(job):
    line = job.store()
    print(
        f'{job}: NE {line["val"][AVERAGE]:.3f} (val) '
        f'{line["test"][AVERAGE]:.3f} (test), outliers '
        f'{line["test"]["outliers"]:.2f}, {line["train_seconds"]:.0f} s',
        flush=True)


def main():
    args = parse_args()
    if args.summary:
        return summarise()
    rows = EXPERIMENTS[args.experiment]
    if args.row and args.row not in rows:
        sys.exit(f'{args.experiment} has no row {args.row!r}, but '
                 f'{", ".join(rows)}')
    if not args.photos and any(map(needs_photos, rows.values())):
        sys.exit(f'{args.experiment} needs --photos DIR')
    lines = results.read()
    jobs = [
        Job(args.experiment, name, row, seed, args.photos, args.workers)
        for seed in args.seeds for name, row in rows.items()
        if args.row in (None, name) and (
            args.again or not is_done(results.line_of(row, seed, lines)))
    ]
    for job in jobs:
        if args.again and job.folder.exists():
            job.folder.rename(
                job.folder.with_name(f'{job.key}-{int(time.time())}'))
    run(jobs, args.jobs, time.time() + 60 * args.minutes)


if __name__ == '__main__':
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    main()
