"""Render garments in the official layout of a data set."""
import argparse
import runpy
import sys
from pathlib import Path

from rich.progress import (BarColumn, MofNCompleteColumn, Progress,
                           ProgressColumn, TimeRemainingColumn)

# The renderer by itself: with the package, each process would import MMPose.
ROOT = Path(__file__).resolve().parents[2]  # installed: .mim in the package
PACKAGE = ROOT.parent if ROOT.name == '.mim' else ROOT / 'pcloss_mmpose'
sys.path.append(str(PACKAGE))
from rendering import LAYOUTS, SPLIT, contact_sheet, render_dataset  # noqa

# by its path: others may have a module "utils"
run_main = runpy.run_path(str(PACKAGE / 'utils/command_line.py'))['run_main']


class Rate(ProgressColumn):
    """Pictures per second."""

    def render(self, task):
        return f'{task.finished_speed or task.speed or 0:.0f}/s'


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='The same settings give the same bytes, whatever the number '
        'of workers. An interrupted run goes on where it stopped; a larger '
        '--num adds to a set.')
    parser.add_argument('--layout', required=True, choices=list(LAYOUTS))
    parser.add_argument('--num', required=True, type=int, help='pictures')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', required=True, help='folder of the set')
    parser.add_argument(
        '--annotations',
        metavar='CSV',
        help='take the landmarks from the rows of a FashionAI key-point csv '
        'instead of the shape model; more pictures than rows repeat rows')
    parser.add_argument(
        '--size',
        type=int,
        default=256,
        help='longer side of the pictures (default: %(default)s)')
    parser.add_argument(
        '--split',
        type=parse_split,
        default=SPLIT,
        metavar='SHARES',
        help='default: train:0.8,val:0.1,test:0.1')
    parser.add_argument(
        '--clutter',
        type=float,
        default=1.,
        metavar='SHARE',
        help='share of the pictures with other garments and things in front '
        '(default: 1)')
    parser.add_argument(
        '--workers', type=int, help='processes (default: all cores)')
    parser.add_argument(
        '--contact-sheet',
        metavar='PNG',
        help='draw 40 pictures with their landmarks: green visible, red '
        'occluded')
    return parser.parse_args()


def parse_split(text):
    try:
        pairs = [pair.split(':') for pair in text.split(',')]
        return {key: float(value) for key, value in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not of the form train:0.8,val:0.1,test:0.1')


def main():
    args = parse_args()
    columns = ('rendering', BarColumn(), MofNCompleteColumn(), Rate(),
               TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task('', total=args.num)
        painted = render_dataset(args.layout, args.num, args.seed, args.out,
                                 args.size, args.annotations, args.split,
                                 args.clutter, args.workers,
                                 lambda n: bar.advance(task, n))
    if args.contact_sheet:
        contact_sheet(args.out, args.layout, args.contact_sheet)
    number = f'{args.num} picture{"s" * (args.num != 1)}'
    print(f'{args.out}: {number}, ' +
          (f'{painted} of them new' if painted else 'there already'))


if __name__ == '__main__':
    run_main(main, 'stopped, the same command goes on from here')
