"""Train a small model with and without the constraint, and compare.

Everything goes through the stock train.py and test.py. A second call goes on
where the first one stopped.
"""
import argparse
import re
import signal
import subprocess
import sys
from pathlib import Path

from mmengine.config import Config

from pcloss_mmpose.comparison import (compare, draw_differences,
                                      print_terminal, read_models, to_markdown,
                                      write_page)
from pcloss_mmpose.comparison.work_dir import last_checkpoint
from pcloss_mmpose.utils import call_stock_tool

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
    'param_scheduler.0.eta_max': 5e-4,
    'default_hooks.checkpoint.interval': 10,
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
    parser.add_argument(
        '--epochs', type=int, default=18, help='of each of the two trainings')
    parser.add_argument(
        '--seed', type=int, default=0, help='of the pictures and trainings')
    parser.add_argument(
        '--data',
        type=Path,
        default=Path('data/demo'),
        help='folder of the pictures, which holds one set')
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/demo'),
        help='folder of the models and the comparison')
    return parser.parse_args()


def show_epoch(line):
    step = STEP.search(line)
    # the last of an epoch's logs, one in ten steps
    if step and int(step[2]) + 10 > int(step[3]):
        print(
            f'  epoch {step[1]:>2}  loss {step[5]}  left {step[4]}',
            flush=True)


def train(name, config, data, work_dir, options, init=None):
    """One model from nothing, or from where it stopped; its checkpoint."""
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
    reached = last_checkpoint(work_dir)
    if reached != last:
        print(
            f'{name}: training, {"resumed" if reached else "from the start"}'
            f' (log: {log})',
            flush=True)
        call_stock_tool('train.py', [
            config, '--work-dir', work_dir, *(['--resume'] if reached else [])
        ], log, show_epoch)
    return last


def train_and_compare(data, folder, options, starts=None):
    """Both models, each from a checkpoint if given; their checkpoints."""
    checkpoints = {
        name:
        train(name, CONFIGS / config, data, folder / name, options, starts
              and starts[name])
        for name, config in MODELS.items()
    }
    tested = set()

    def show_test(work_dir, line):
        if work_dir not in tested:
            print(f'{work_dir}: testing', flush=True)
        tested.add(work_dir)

    models = read_models([f'{name}={folder / name}' for name in MODELS],
                         show_test)
    comparison = compare(models)
    (folder / 'table.md').write_text(to_markdown(comparison), encoding='utf-8')
    draw_differences(models, folder / 'comparison.png')
    write_page(models, comparison, folder / 'report.html')
    print()
    print_terminal(comparison)
    print(f'\ntable: {folder / "table.md"}\n'
          f'picture: {folder / "comparison.png"}\n'
          f'page: {folder / "report.html"}')
    return checkpoints


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
        '--layout', 'fld', '--num',
        str(args.num), '--seed',
        str(args.seed), '--size', '192', '--split',
        'train:0.7,val:0.1,test:0.2', '--out',
        str(args.data)
    ])
    if rendered.returncode:
        sys.exit(rendered.returncode)
    options = {
        'randomness.seed': args.seed,
        'train_cfg.max_epochs': args.epochs,
        'train_cfg.val_interval': args.epochs,
        'default_hooks.checkpoint.interval': 1,  # what a resumption costs
        'default_hooks.checkpoint.max_keep_ckpts': 1,
    }
    checkpoints = train_and_compare(args.data, args.work_dir, options)
    if args.real:
        folder = args.work_dir.with_name(
            f'{args.work_dir.name}-{Path(args.real).resolve().name}')
        train_and_compare(args.real, folder, {**options, **REAL}, checkpoints)


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f'demo.py: {error}')
    except KeyboardInterrupt:
        sys.exit('stopped, the same command goes on from here')
