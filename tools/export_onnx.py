"""Export the network of a trained model to ONNX, and check it."""
import argparse

from pcloss_mmpose.inference import GarmentInferencer
from pcloss_mmpose.inference.onnx_export import OPSET, export_onnx
from pcloss_mmpose.utils import check_output, run_main

HELP = """\
The input is the preprocessed picture, (N, 3, H, W), as float32: the box cut
out and scaled, channels in the printed order, normalised by the printed
figures. The output is that of the head, before decoding and without the
config's flip test. N is free. The loss is not part of it.

With onnxruntime, its outputs are compared with torch's on random input, and
nothing is written if they differ by more than 1e-4 of the largest value.
"""


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config')
    parser.add_argument('checkpoint')
    parser.add_argument('out', metavar='OUT.onnx')
    return parser.parse_args()


def describe_input(model, size):
    """How the network's input is made, in one line."""
    settings = model.cfg.model.get('data_preprocessor', {})
    order = 'RGB' if settings.get('bgr_to_rgb') else 'BGR'
    return (f'inputs: (N, 3, {size[1]}, {size[0]}), {order}, (pixel - mean) / '
            f'std, mean {settings.get("mean", 0)}, std '
            f'{settings.get("std", 1)}')


def main():
    args = parse_args()
    check_output(args.out, ending='.onnx')
    inferencer = GarmentInferencer(args.config, args.checkpoint, device='cpu')
    size = next(
        step.input_size for step in inferencer.pipeline.transforms
        if hasattr(step, 'input_size'))
    exported = export_onnx(inferencer.model, size, args.out)
    print(describe_input(inferencer.model, size))
    print(f'outputs: {", ".join(exported.outputs)}; opset {OPSET}')
    if exported.difference is None:
        print('not compared with torch: onnxruntime is not installed')
    else:
        print(f'onnxruntime differs from torch by {exported.difference:.1e} '
              'of the largest value')
    print(f'written: {args.out}')


if __name__ == '__main__':
    run_main(main)
