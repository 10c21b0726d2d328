"""What the resolution of heatmaps costs, with perfect heatmaps.

Random landmarks in the box of a garment are drawn as heatmaps and read again.
The box fills the crop but for the padding that the pipelines give it. Errors
are in percent of the box, as NE.
"""
import argparse

import numpy as np
from mmpose.codecs import MSRAHeatmap

from pcloss_mmpose.codecs import SoftArgmaxHeatmap

PADDING = 1.25  # of the box, as GetBBoxCenterScale gives it


def highest_cell(codec, heatmaps):
    """The middle of the input's pixels that the highest cell covers."""
    flat = heatmaps.reshape(len(heatmaps), -1).argmax(1)
    cells = np.stack((flat % heatmaps.shape[2], flat // heatmaps.shape[2]), 1)
    return (cells + .5) * codec.scale_factor - .5


def errors(size, heatmap_size, number):
    """NE in percent of each way to read heatmaps of a square crop."""
    settings = dict(
        input_size=(size, size), heatmap_size=(heatmap_size, heatmap_size))
    ours = SoftArgmaxHeatmap(sigma=1., **settings)
    stock = MSRAHeatmap(sigma=1., **settings)
    box = size / PADDING
    rng = np.random.default_rng(0)
    points = (size - box) / 2 + rng.uniform(0, box, (1, number, 2))
    visible = np.ones((1, number), np.float32)
    maps = ours.encode(points, visible)['heatmaps']
    found = dict(
        cell=highest_cell(ours, maps),
        MSRAHeatmap=stock.decode(stock.encode(points, visible)['heatmaps'])[0],
        SoftArgmaxHeatmap=ours.decode(maps)[0])
    return {
        name: 100 * np.linalg.norm(read - points, axis=-1).mean() / box
        for name, read in found.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--number', type=int, default=2000)
    args = parser.parse_args()
    print('| input, px | heatmap | highest cell | `MSRAHeatmap` | '
          '`SoftArgmaxHeatmap` |\n|---|---|---:|---:|---:|')
    for size, heatmap_size in ((224, 28), (224, 56)):
        row = errors(size, heatmap_size, args.number).values()
        print(f'| {size} x {size} | {heatmap_size} x {heatmap_size} | ' +
              ' | '.join(f'{value:.2f}' for value in row) + ' |')


if __name__ == '__main__':
    main()
