"""Train a small model with and without the constraint, and compare.

Everything goes through the stock train.py and test.py. A second call goes on
where the first one stopped.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

from mmengine.config import Config

from pcloss_mmpose.comparison import (comparison_table, draw_differences,
                                      read_run)

TOOLS = Path(__file__).resolve().parent
CONFIGS = TOOLS.parent / 'configs/fashion_2d_keypoint/topdown_heatmap/fld'
MODELS = {
    'baseline': 'td-hm_res18_1xb32-18e_fld-96x64.py',
    'PCLoss': 'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py',
}
# 77 photographs: smaller batches, more epochs, from the rendered set's model
REAL = {
    'train_dataloader.batch_size': 16,
    'train_cfg.max_epochs': 30,
    'train_cfg.val_interval': 30,
    'param_scheduler.0.total_steps': 30,
    'param_scheduler.0.eta_max': 5e-4,
}
STEP = re.compile(r'Epoch\(train\) +\[(\d+)\]\[ *(\d+)/(\d+)\].*'
                  r'eta: ([\d:]+).* loss: ([\d.]+)')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--real',
        metavar='DIR',
        help='go on with the photographs of a folder in the FLD layout')
    parser.add_argument('--num', type=int, default=3000, help='pictures')
    parser.add_argument('--epochs', type=int, default=18)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--data', type=Path, default=Path('data/demo'))
    parser.add_argument(
        '--work-dir', type=Path, default=Path('work_dirs/demo'))
    return parser.parse_args()


def call(command, log):
    """Run a command into a log file, showing its epochs."""
    tail = deque(maxlen=20)
    with open(log, 'a') as file, subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True) as process:
        try:
            for line in process.stdout:
                file.write(line)
                tail.append(line)
                step = STEP.search(line)
                # the last of an epoch's logs, one in ten steps
                if step and int(step[2]) + 10 > int(step[3]):
                    print(
                        f'  epoch {step[1]:>2}  loss {step[5]}  '
                        f'left {step[4]}',
                        flush=True)
        except BaseException:  # no training without its demo
            process.terminate()
            raise
    if process.returncode:
        sys.exit(f'{"".join(tail)}\n{command[1]} failed; its whole output is '
                 f'in {log}')


def train_and_test(name, config, data, work_dir, options, init=None):
    """One model from nothing, or from where it stopped, to predictions."""
    work_dir.mkdir(parents=True, exist_ok=True)
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(options)
    for loader in ('train', 'val', 'test'):
        cfg[f'{loader}_dataloader'].dataset.data_root = str(data)
    if init:
        cfg.load_from = str(init)
    # The whole config in a file: --cfg-options would drop a path's blanks.
    config = work_dir.with_suffix('.py')
    if config.exists() and config.read_text() != cfg.pretty_text:
        sys.exit(f'{work_dir} holds a model of other settings ({config}): '
                 'remove both to train anew')
    config.write_text(cfg.pretty_text)

    log = work_dir / 'output.log'
    last = work_dir / f'epoch_{cfg.train_cfg.max_epochs}.pth'
    # mmengine writes this note after the checkpoint is complete.
    note = work_dir / 'last_checkpoint'
    reached = note.read_text().strip() if note.exists() else ''
    if Path(reached).name != last.name:
        print(f'{name}: training, {"resumed" if reached else "from the start"}'
              f' (log: {log})', flush=True)
        call([
            sys.executable, TOOLS / 'train.py', config, '--work-dir', work_dir,
            *(['--resume'] if reached else [])
        ], log)
    predictions = work_dir / 'predictions.pkl'
    if (not predictions.exists()
            or predictions.stat().st_mtime < last.stat().st_mtime):
        print(f'{name}: testing', flush=True)
        unfinished = work_dir / 'predictions.part.pkl'
        call([
            sys.executable, TOOLS / 'test.py', config, last, '--work-dir',
            work_dir / 'test', '--dump', unfinished
        ], log)
        os.replace(unfinished, predictions)
    return read_run(name, predictions, work_dir), last


def compare(runs, folder):
    table = comparison_table(runs)
    (folder / 'table.md').write_text(table)
    draw_differences(*runs, folder / 'comparison.png')
    print(f'\n{table}\ntable: {folder / "table.md"}\n'
          f'picture: {folder / "comparison.png"}')


def main():
    args = parse_args()
    if args.real and not Path(args.real, 'Anno').is_dir():
        sys.exit(f'{args.real}: no folder in the FLD layout, Anno/ is missing')
    if args.num < 20 or args.epochs < 1:
        sys.exit('at least --num 20 and --epochs 1 are needed, found --num '
                 f'{args.num} --epochs {args.epochs}')
    print('pictures: data for the training', flush=True)
    rendered = subprocess.run([
        sys.executable, TOOLS / 'dataset_converters/render_garments.py',
        '--layout', 'fld', '--num', str(args.num), '--seed', str(args.seed),
        '--size', '192', '--split', 'train:0.7,val:0.1,test:0.2', '--out',
        str(args.data)
    ])
    if rendered.returncode:
        sys.exit(rendered.returncode)
    options = {
        'randomness.seed': args.seed,
        'train_cfg.max_epochs': args.epochs,
        'train_cfg.val_interval': args.epochs,
        'param_scheduler.0.total_steps': args.epochs,
        'default_hooks.checkpoint.interval': 1,  # what a resumption costs
        'default_hooks.checkpoint.max_keep_ckpts': 1,
    }
    runs, checkpoints = zip(*(train_and_test(
        name, CONFIGS / config, args.data, args.work_dir / name, options)
                              for name, config in MODELS.items()))
    compare(runs, args.work_dir)
    if args.real:
        real = args.work_dir.with_name(
            f'{args.work_dir.name}-{Path(args.real).resolve().name}')
        runs = [
            train_and_test(name, CONFIGS / config, args.real, real / name,
                           {**options, **REAL}, checkpoint)[0]
            for (name, config), checkpoint in zip(MODELS.items(), checkpoints)
        ]
        compare(runs, real)


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('stopped, the same command goes on from here')
