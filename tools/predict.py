"""Predict the landmarks of garments in a picture, a folder or a video."""
import argparse
from pathlib import Path

import cv2

from pcloss_mmpose.deploy import (OnnxInferencer, find_inputs, given_garments,
                                  predict, read_boxes)
from pcloss_mmpose.utils import counted, find_mmpose, progress, run_main

HELP = """\
Where the garments are: in the given boxes, or where the detector finds them,
else each picture as a whole is one. Boxes and results are in pixels of the
picture as it is displayed, turned as its EXIF data says.

An exported model, --onnx, needs neither torch nor MMPose. The time that it
takes for a garment is printed.

Results, in OUT, sub-folders as in the input: visualizations/NAME, drawn, and
predictions/NAME.json, as MMPose's inferencer writes it. Results of an earlier
call are replaced, each when its successor is complete.

Files of a folder that are no pictures or videos, or broken, or lie outside
their boxes, are named and skipped; the exit code is then 1.
"""


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'input',
        metavar='IMAGE|FOLDER|VIDEO',
        help='a folder is searched with its sub-folders')
    parser.add_argument('--config', help='of the landmarks')
    parser.add_argument('--checkpoint', help='its weights')
    parser.add_argument(
        '--onnx',
        metavar='FILE',
        help='what export_onnx.py has written, in place of these two')
    parser.add_argument(
        '--out', default='work_dirs/predict', help='defaults to %(default)s')
    boxes = parser.add_mutually_exclusive_group()
    boxes.add_argument(
        '--box',
        nargs=4,
        type=float,
        action='append',
        metavar=('X', 'Y', 'W', 'H'),
        help='a garment, in pixels; once for each, of one picture or video')
    boxes.add_argument(
        '--boxes',
        metavar='COCO.json',
        help='garments by the file_name of the picture, relative to FOLDER')
    boxes.add_argument('--det-config', help='an mmdet detector of garments')
    parser.add_argument('--det-checkpoint', help='its weights')
    parser.add_argument(
        '--det-thr',
        type=float,
        default=0.3,
        help='score that a detected garment must exceed; %(default)s')
    parser.add_argument(
        '--garment',
        metavar='TYPE',
        help='the type of garments whose type is not told by the json, such '
        'as upper: only its landmarks are drawn and have a score')
    args = parser.parse_args()
    if not args.onnx and not (args.config and args.checkpoint):
        parser.error('--config and --checkpoint are required, or --onnx')
    excluded = [n for n in vars(args) if n.startswith('det_')]
    for name in ('config', 'checkpoint', *excluded):
        if args.onnx and getattr(args, name) != parser.get_default(name):
            raise ValueError('--onnx does not go with --' +
                             name.replace('_', '-'))
    return args


def check(args):
    """Refuse options that do not go together, before any work is done."""
    if bool(args.det_config) != bool(args.det_checkpoint):
        raise ValueError('--det-config and --det-checkpoint go together')
    if args.garment and args.det_config:
        raise ValueError('--garment: the detector tells the type')
    inputs = find_inputs(args.input, args.out)
    if args.box and Path(args.input).is_dir():
        raise ValueError('--box is for one picture or video, use --boxes for '
                         f'the folder {args.input}')
    return inputs


def load(args):
    if args.onnx:
        return OnnxInferencer(args.onnx, args.garment)
    if find_mmpose() is None:
        raise ModuleNotFoundError('--config needs MMPose, which is not '
                                  'installed: give --onnx')
    from pcloss_mmpose.inference import GarmentInferencer
    return GarmentInferencer(args.config, args.checkpoint, args.det_config,
                             args.det_checkpoint, args.garment)


def choose_garments(args, types):
    """What gives the boxes of a file by its name, None for the default."""
    if args.box:
        given = given_garments(args.box, [None] * len(args.box))
        return lambda name: given
    if args.boxes:
        by_name = read_boxes(args.boxes, types)
        nothing = given_garments([], [])
        return lambda name: by_name.get(name, nothing)
    return lambda name: None


def count(inputs):
    """Pictures and frames, as far as the headers of videos tell."""
    number = 0
    for item in inputs:
        frames = cv2.VideoCapture(item.path).get(
            cv2.CAP_PROP_FRAME_COUNT) if item.is_video else 1
        number += max(1, int(frames))
    return number


def main():
    args = parse_args()
    inputs = check(args)
    inferencer = load(args)
    garments = choose_garments(args, list(inferencer.landmarks))
    options = {} if args.onnx else dict(bbox_thr=args.det_thr)
    with progress('predicting', count(inputs)) as (bar, task):
        outcome = predict(inferencer, inputs, args.out, garments,
                          lambda n: bar.advance(task, n), **options)
    done = outcome.garments
    print(f'{len(done)} of {counted(len(inputs), "file")} predicted, '
          f'{counted(sum(done.values()), "garment")}: {args.out}')
    if args.onnx and done:
        cores = inferencer.model.threads
        print(f'{inferencer.seconds * 1000 / sum(done.values()):.1f} ms a '
              f'garment on {counted(cores, "core")}, without reading, '
              'drawing and writing')
    empty = [name for name, number in done.items() if not number]
    if empty:
        print(f'no garment found in {len(empty)}: {", ".join(empty)}: the '
              f'detector is sure of none by more than {args.det_thr:g}, '
              '--det-thr')
    for reason in outcome.skipped:
        print(f'skipped: {reason}')
    if outcome.skipped:
        some = counted(len(inputs), 'file was', 'files were')
        raise ValueError(f'{len(outcome.skipped)} of {some} skipped, see '
                         'above')


if __name__ == '__main__':
    run_main(main)
