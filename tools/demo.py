"""Train small models of stock MMPose and of the plugin, and compare.

Heatmaps: MMPose's codec and flip test, then the plugin's. Coordinates that
are regressed, from the latter model: MMPose's loss, then with PCLoss around
it. Everything goes through the stock train.py and test.py. A second call goes
on where the first one stopped.
"""
import argparse
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from mmengine.config import Config

from pcloss_mmpose.comparison import (compare, draw_differences,
                                      print_terminal, read_models, to_markdown,
                                      write_page)
from pcloss_mmpose.comparison.measures import AVERAGE
from pcloss_mmpose.comparison.work_dir import last_checkpoint
from pcloss_mmpose.utils import call_stock_tool, run_main

TOOLS = Path(__file__).resolve().parent
CONFIGS = TOOLS.parent / 'configs/fashion_2d_keypoint'
HEATMAPS = 'topdown_heatmap/fld/td-hm_res18_1xb32-18e_fld-96x64.py'
COORDINATES = 'topdown_regression/fld/td-reg_res18{}_1xb32-18e_fld-96x64.py'
# MMPose's codec, and its flip test of it
STOCK = {
    'model.head.decoder.type': 'MSRAHeatmap',
    'train_dataloader.dataset.pipeline.5.encoder.type': 'MSRAHeatmap',
    'model.test_cfg.shift_heatmap': True,
}
#: comparison -> model -> its config, overrides, and the one it starts from
PARTS = {
    'heatmaps': {
        'MSRAHeatmap': (HEATMAPS, STOCK, None),
        'SoftArgmaxHeatmap': (HEATMAPS, {}, None),
    },
    'coordinates': {
        'MSELoss': (COORDINATES.format(''), {}, 'SoftArgmaxHeatmap'),
        'PCLoss': (COORDINATES.format('_pc'), {}, 'SoftArgmaxHeatmap'),
    },
}
# 77 photographs: smaller batches, more epochs, from the rendered set's model
REAL = {
    'train_dataloader.batch_size': 16,
    'train_cfg.max_epochs': 30,
    'train_cfg.val_interval': 30,
    'param_scheduler.0.eta_max': 5e-4,
    'default_hooks.checkpoint.interval': 10,
}
SHOWN = dict(table='md', picture='png', page='html')
STEP = re.compile(r'Epoch\(train\) +\[(\d+)\]\[ *(\d+)/(\d+)\].*'
                  r'eta: ([\d:]+).* loss: ([\d.]+)')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--real',
        metavar='DIR',
        help='go on with the photographs of a folder in the FLD layout')
    parser.add_argument('--num', type=int, default=4000, help='pictures')
    parser.add_argument(
        '--epochs', type=int, default=18, help='of each of the four trainings')
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
        raise ValueError(f'{work_dir} holds a model of other settings '
                         f'({config}): remove both to train anew')
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
    """All models, each from a checkpoint if given; their checkpoints."""
    checkpoints = {}
    for models in PARTS.values():
        for name, (config, overrides, start) in models.items():
            start = starts[name] if starts else checkpoints.get(start)
            checkpoints[name] = train(name, CONFIGS / config, data,
                                      folder / name,
                                      {**overrides, **options}, start)
    comparisons = {part: compare_part(folder, part) for part in PARTS}
    print()
    for part, comparison in comparisons.items():
        print(f'\n{part.capitalize()}\n')
        print_terminal(comparison)
        for what, ending in SHOWN.items():
            print(f'{what}: {folder / part}.{ending}')
    print('', *map(in_words, comparisons.values()), sep='\n')
    return checkpoints


def compare_part(folder, part):
    """The comparison of a part's models, with the files that show it."""
    show_test = lru_cache(maxsize=None)(
        lambda work_dir: print(f'{work_dir}: testing', flush=True))
    models = read_models([f'{name}={folder / name}' for name in PARTS[part]],
                         lambda work_dir, line: show_test(work_dir))
    comparison = compare(models)
    table, picture, page = (
        folder / f'{part}.{ending}' for ending in SHOWN.values())
    table.write_text(
        f'{to_markdown(comparison)}\n{in_words(comparison)}\n',
        encoding='utf-8')
    draw_differences(models, picture)
    write_page(models, comparison, page)
    return comparison


def in_words(comparison):
    """What was seen, in a sentence."""
    base, new = (f for f in comparison.results if f.measure.name == AVERAGE)
    outliers = [
        f.measure.value for f in comparison.results
        if f.measure.name == 'outliers'
    ]
    values = (f'{base.measure.value:.2f} and {new.measure.value:.2f} %, '
              f'95 % interval of the difference {new.low:+.2f} to '
              f'{new.high:+.2f}')
    rest = f'; outliers {outliers[0]:.1f} and {outliers[1]:.1f} %.'
    if new.low <= 0 <= new.high:
        return (f'{new.model} and {base.model}: no difference is to be seen '
                f'in the error ({values}){rest}')
    done = 'lowers' if new.high < 0 else 'raises'
    return (f'{new.model} {done} the error of {base.model} by '
            f'{abs(new.relative):.1f} % ({values}){rest}')


def main():
    args = parse_args()
    if args.real and not Path(args.real, 'Anno').is_dir():
        raise ValueError(f'{args.real}: no folder in the FLD layout, Anno/ is '
                         'missing')
    if args.num < 20 or args.epochs < 1:
        raise ValueError('at least --num 20 and --epochs 1 are needed, found '
                         f'--num {args.num} --epochs {args.epochs}')
    print('pictures: data for the training', flush=True)
    rendered = subprocess.run([
        sys.executable, TOOLS / 'dataset_converters/render_garments.py',
        '--layout', 'fld', '--num',
        str(args.num), '--seed',
        str(args.seed), '--size', '192', '--split',
        'train:0.55,val:0.05,test:0.4', '--out',
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
    run_main(main, 'stopped, the same command goes on from here')
