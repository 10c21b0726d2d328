"""Make a data set and configs of what an annotation tool exports."""
import argparse
import os
import re
import shlex
import sys
from pathlib import Path

from pcloss_mmpose.datasets.new_dataset.annotations import listed
from pcloss_mmpose.datasets.new_dataset.check import check_export
from pcloss_mmpose.datasets.new_dataset.read import read_export
from pcloss_mmpose.datasets.new_dataset.sides import find_partners
from pcloss_mmpose.datasets.new_dataset.split import split_pictures
from pcloss_mmpose.datasets.new_dataset.write import SIGMA, write_dataset
from pcloss_mmpose.utils import check_new_folder, counted, progress, run_main

HELP = """\
ANNOTATIONS is one of: a json of COCO's key points (CVAT, Roboflow, COCO
Annotator, Label Studio), Label Studio's JSON, CVAT's XML ("CVAT for images
1.1"), a folder of labelme's jsons. All is checked before anything is written.

OUT then has metainfo.py, annotations/{train,val,test}.json in COCO's format,
and configs: a ResNet-50 for a GPU and a small ResNet-18 for a CPU, each as
the baseline and with the constraint (_pc). They are trained with MMPose's
tools/train.py, from the folder in which this was called.
"""


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('annotations', metavar='ANNOTATIONS', type=Path)
    parser.add_argument(
        '--images',
        required=True,
        metavar='DIR',
        type=Path,
        help='the annotated pictures; searched with its sub-folders')
    parser.add_argument(
        '--out', required=True, metavar='DIR', type=Path, help='a new folder')
    parser.add_argument(
        '--pair',
        action='append',
        default=[],
        metavar='A:B',
        help="landmarks that are each other's mirror image, where their names "
        'do not tell; "A:" for one without')
    parser.add_argument(
        '--no-mirror',
        action='store_true',
        help='there are no left and right: pictures are not mirrored')
    parser.add_argument(
        '--drop',
        action='append',
        default=[],
        metavar='NAME',
        help='leave out a landmark')
    parser.add_argument(
        '--grow-boxes',
        action='store_true',
        help='make boxes hold their landmarks')
    groups = parser.add_mutually_exclusive_group()
    groups.add_argument(
        '--group-column',
        metavar='KEY',
        help='pictures with the same value of it, in the export, stay in one '
        'part: those of one garment, say')
    groups.add_argument(
        '--group-pattern',
        metavar='REGEX',
        help="the same, by what it finds in the files' names")
    parser.add_argument(
        '--seed', type=int, default=0, help='of the split; %(default)s')
    return parser.parse_args()


def drop(annotations, names):
    """The annotations without some landmarks."""
    for name in names:
        if name not in annotations.names:
            raise ValueError(f'--drop {name}: there is no such landmark, but '
                             f'{listed(annotations.names)}')
    left = set(annotations.names) - set(names)
    pictures = []
    for picture in annotations.pictures:
        instances = [
            i._replace(points={
                n: p
                for n, p in i.points.items() if n in left
            }) for i in picture.instances
        ]
        pictures.append(
            picture._replace(instances=[i for i in instances if i.points]))
    return annotations._replace(
        landmarks={
            c: [n for n in some if n in left]
            for c, some in annotations.landmarks.items()
        },
        skeleton=[link for link in annotations.skeleton if left >= set(link)],
        pictures=pictures)


def prepare(args):
    """The checked pictures and partners; exits with all that is wrong."""
    if not args.images.is_dir():
        raise ValueError(f'--images {args.images}: is no folder')
    check_new_folder(args.out, '--out')
    annotations = drop(read_export(args.annotations), args.drop)
    number = len(annotations.pictures)
    with progress('checking pictures', number) as (bar, task):
        checked = check_export(annotations, args.images, args.grow_boxes,
                               lambda: bar.advance(task))
    errors = list(checked.errors)
    partners = {}
    if not args.no_mirror:
        pairs = [tuple(pair.partition(':')[::2]) for pair in args.pair]
        partners, wrong = find_partners(annotations.names, pairs)
        errors += wrong
    if errors:
        print('\n'.join(errors))
        raise ValueError(f'{args.annotations}: nothing was written, '
                         f'{counted(len(errors), "kind")} of errors, see '
                         'above')
    return annotations, checked, partners


def main():
    args = parse_args()
    annotations, checked, partners = prepare(args)
    parts = split_pictures(checked.pictures, args.seed, args.group_column,
                           args.group_pattern)
    name = re.sub(r'\W+', '_', args.out.resolve().name)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    images = Path(os.path.relpath(args.images.resolve(),
                                  args.out.resolve())).as_posix()
    configs = Path(__file__).resolve().parents[1] / 'configs'
    written = write_dataset(args.out, name, images, configs, annotations,
                            partners, parts)
    for category, names in annotations.landmarks.items():
        number = sum(i.category == category for p in checked.pictures
                     for i in p.instances)
        print(f'{category}: {counted(number, "object")}, '
              f'{counted(len(names), "landmark")}: '
              f'{listed(names)}')
    pairs = {tuple(sorted(pair)) for pair in partners.items()}
    print('mirrored: ' + (', '.join(f'{a} - {b}'
                                    for a, b in sorted(pairs)) or 'nothing'))
    for remark in checked.remarks:
        print(remark)
    print(f'sigmas: {SIGMA} for all, not measured')
    if not annotations.skeleton:
        print('skeleton: none given; drawn along each side and across pairs')
    for part, pictures in parts.items():
        objects = sum(len(p.instances) for p in pictures)
        print(f'{part}: {counted(len(pictures), "picture")}, '
              f'{counted(objects, "object")}')
    called = Path(sys.argv[0]).name.startswith('pcloss-mmpose')
    tool = 'pcloss-mmpose {}' if called else 'python tools/{}.py'
    train, compare = tool.format('train'), tool.format('compare')
    print(f'\nwritten: {args.out}\n\nTrain and look, on a CPU:\n')
    cpu = [file for file in written if 'res18' in file]
    for file in cpu:
        print(f'{train} {shlex.quote(str(args.out / file))}')
    runs = ' '.join(f'work_dirs/{Path(file).stem}' for file in cpu)
    print(f'{compare} {runs} --html work_dirs/report.html\n\nOn a GPU:\n')
    for file in written:
        if file not in cpu:
            print(f'{train} {shlex.quote(str(args.out / file))}')


if __name__ == '__main__':
    run_main(main)
