"""Test images on which two runs differ most."""
import os
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mmcv import imread

from .run import Run

# Distinct for the colour-blind (Okabe and Ito) and on any garment.
TRUTH, WRONG = '#56b4e9', '#e69f00'


def draw_differences(first: Run, second: Run, file: Path,
                     num_images: int = 8) -> None:
    """Draw truth and both predictions where the runs differ most.

    Images are those with the largest difference of the mean normalised
    error, whichever run is the better one.

    Args:
        first (Run): The baseline.
        second (Run): On the same images.
        file (Path): A .png; its folder must exist.
        num_images (int): Defaults to 8.
    """
    errors = np.stack([first.image_errors, second.image_errors])
    chosen = np.argsort(-abs(errors[0] - errors[1]))[:num_images]
    truth = first.batch
    preds = [None, truth.pred, second.batch.pred]

    columns = 6
    rows = -(-len(chosen) * 3 // columns)
    figure = Figure(figsize=(1.9 * columns, 2.75 * rows), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for place, n in enumerate(chosen):
        image = imread(first.samples[n]['img_path'], channel_order='rgb')
        x1, y1, x2, y2 = first.samples[n]['gt_instances']['bboxes'][0]
        pad = 0.15 * max(x2 - x1, y2 - y1)
        titles = [
            'truth', f'{first.name} {100 * errors[0, n]:.1f} %',
            f'{second.name} {100 * errors[1, n]:.1f} %'
        ]
        labelled = truth.labelled[n]
        for column, (title, pred) in enumerate(zip(titles, preds)):
            axis = axes[3 * place + column]
            axis.imshow(image)
            axis.set_xlim(max(x1 - pad, -.5), min(x2 + pad, image.shape[1]))
            axis.set_ylim(min(y2 + pad, image.shape[0]), max(y1 - pad, -.5))
            axis.set_title(title, fontsize=8)
            gt = truth.gt[n][labelled]
            axis.plot(
                *gt.T, 'o', ms=6, mfc='none', mec=TRUTH, mew=1.6, ls='none')
            if pred is not None:
                points = pred[n][labelled]
                for a, b in zip(gt, points):
                    axis.plot(*np.stack([a, b]).T, '-', color=WRONG, lw=1.2)
                axis.plot(
                    *points.T, 'D', ms=3.5, mfc=WRONG, mec='black', mew=.6)
    figure.suptitle(
        'Circle: true position. Diamond: prediction, with a line to the '
        'truth. Mean error in % of the box.', fontsize=9)
    figure.tight_layout(rect=(0, 0, 1, 0.99))
    temporary = file.with_name(f'.{file.name}')
    figure.savefig(temporary, format='png')
    os.replace(temporary, file)
