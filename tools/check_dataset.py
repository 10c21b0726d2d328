"""Check a data set on disk, and say what is wrong, with file and line."""
import argparse
import sys
from importlib import import_module

from pcloss_mmpose.datasets.tree_check import check_tree, tree_formats
from pcloss_mmpose.utils import progress, run_main


def parse_args():
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument(
        '--import',
        dest='module',
        metavar='MODULE',
        help='that registers a data set of your own, as custom_imports of a '
        'config')
    module = early.parse_known_args()[0].module
    if module:
        try:
            import_module(module)
        except ImportError as error:
            early.error(f'--import {module}: {error}')
    formats = {name: form.what for name, (_, form) in tree_formats().items()}
    parser = argparse.ArgumentParser(
        parents=[early],
        description=__doc__,
        epilog='Every image is decoded: FLD takes about a minute. Errors '
        'would stop a training or a test, remarks would not. The exit code '
        'is 1 if there is an error, else 0.')
    parser.add_argument(
        'layout',
        choices=list(formats),
        help='; '.join(f'{name}: {what}' for name, what in formats.items()))
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
    with progress('checking images') as (bar, task):
        report = check_tree(args.layout, args.path,
                            lambda total: bar.update(task, total=total),
                            lambda count: bar.advance(task, count))
    print(report.describe(args.all))
    if report.errors:
        sys.exit(f'{args.path}: errors, see above')
    print(f'\n{args.path}: no errors')


if __name__ == '__main__':
    run_main(main)
