"""Export a trained model to ONNX, with its decoding, and check it."""
import argparse

from pcloss_mmpose.inference import GarmentInferencer
from pcloss_mmpose.inference.onnx_export import (OPSET, describe_model,
                                                 export_onnx)
from pcloss_mmpose.inference.onnx_speed import time_one_core
from pcloss_mmpose.utils import check_output, run_main

HELP = """\
The input is the preprocessed picture, (N, 3, H, W), as float32: the box cut
out and scaled, channels in the printed order, normalised by the printed
figures. The output is the landmarks in pixels of the input and their scores,
with the config's flip test, and what they are read from. N is free. The file
also holds names, sizes and the codec; tools/predict.py --onnx runs it.

With onnxruntime, its outputs are compared with torch's on random input, and
nothing is written if they differ by more than 1e-4 of the largest value. The
times of both are printed.
"""


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config')
    parser.add_argument('checkpoint')
    parser.add_argument('out', metavar='OUT.onnx')
    parser.add_argument(
        '--no-flip-test',
        action='store_true',
        help='do not average with the mirrored input, in half of the time')
    return parser.parse_args()


def describe_input(info):
    """How the network's input is made, in one line."""
    width, height = info['input_size']
    return (f'inputs: (N, 3, {height}, {width}), '
            f'{"RGB" if info["rgb"] else "BGR"}, (pixel - mean) / std, mean '
            f'{info["mean"]}, std {info["std"]}')


def main():
    args = parse_args()
    check_output(args.out, ending='.onnx')
    inferencer = GarmentInferencer(args.config, args.checkpoint, device='cpu')
    flip_test = inferencer.model.test_cfg.get('flip_test', False)
    info = describe_model(inferencer, flip_test and not args.no_flip_test)
    exported = export_onnx(inferencer.model, info, args.out)
    print(describe_input(info))
    print(f'outputs: {", ".join(exported.outputs)}; opset {OPSET}')
    if 'keypoints' not in exported.outputs:
        print(f'not decoded: {info["codec"]["type"]} needs MMPose; and no '
              'flip test')
    if exported.difference is None:
        print('not compared with torch: onnxruntime is not installed')
    else:
        print(f'onnxruntime differs from torch by {exported.difference:.1e} '
              'of the largest value')
        seconds = time_one_core(inferencer.model, info, args.out)
        print(f'a picture on one core: {seconds.onnxruntime * 1000:.1f} ms by '
              f'onnxruntime, {seconds.torch * 1000:.1f} ms by torch')
    print(f'written: {args.out}')


if __name__ == '__main__':
    run_main(main)
