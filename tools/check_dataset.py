"""Check a data set on disk, and say what is wrong, with file and line."""
import argparse
import sys

from rich.console import Console
from rich.progress import (BarColumn, MofNCompleteColumn, Progress,
                           TimeRemainingColumn)

from pcloss_mmpose.datasets.tree_check import LAYOUTS, check_tree
from pcloss_mmpose.utils import run_main


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='Every image is decoded: FLD takes about a minute. Errors '
        'would stop a training or a test, remarks would not. The exit code '
        'is 1 if there is an error, else 0.')
    parser.add_argument(
        'layout',
        choices=list(LAYOUTS),
        help='fld, deepfashion_c: list_*.txt as downloaded; fashionai: csv '
        "files; fld_json: MMPose's json files of FLD")
    parser.add_argument('path', help="the folder that is a config's data_root")
    parser.add_argument(
        '--all',
        action='store_true',
        help='list every finding, not three examples of each kind')
    return parser.parse_args()


def main():
    args = parse_args()
    # names that the terminal has no letters for
    sys.stdout.reconfigure(errors='backslashreplace')
    columns = ('checking images', BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(
            *columns,
            console=console,
            transient=True,
            disable=not console.is_terminal) as bar:
        task = bar.add_task('', total=None)
        report = check_tree(args.layout, args.path,
                            lambda total: bar.update(task, total=total),
                            lambda count: bar.advance(task, count))
    print(report.describe(args.all))
    if report.errors:
        sys.exit(f'{args.path}: errors, see above')
    print(f'\n{args.path}: no errors')


if __name__ == '__main__':
    run_main(main)
