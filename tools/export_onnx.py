"""Export the network of a trained model to ONNX, and check it."""
import argparse
import os
import sys
from pathlib import Path

from pcloss_mmpose.inference import GarmentInferencer
from pcloss_mmpose.inference.onnx_export import OPSET, export_onnx

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
    out = Path(args.out)
    try:
        if out.suffix != '.onnx':
            raise ValueError(f'{out}: must end in .onnx')
        if out.is_dir():
            raise ValueError(f'{out}: is a folder, not a file')
        if not out.parent.is_dir():
            raise ValueError(f'{out}: there is no folder {out.parent}')
        if not os.access(out.parent, os.W_OK):
            raise ValueError(f'{out}: cannot write in {out.parent}')
        inferencer = GarmentInferencer(
            args.config, args.checkpoint, device='cpu')
        size = next(
            step.input_size for step in inferencer.pipeline.transforms
            if hasattr(step, 'input_size'))
        exported = export_onnx(inferencer.model, size, str(out))
    except (ValueError, OSError, ModuleNotFoundError) as error:
        sys.exit(f'{Path(sys.argv[0]).name}: {error}')
    print(describe_input(inferencer.model, size))
    print(f'outputs: {", ".join(exported.outputs)}; opset {OPSET}')
    if exported.difference is None:
        print('not compared with torch: onnxruntime is not installed')
    else:
        print(f'onnxruntime differs from torch by {exported.difference:.1e} '
              'of the largest value')
    print(f'written: {out}')


if __name__ == '__main__':
    main()
