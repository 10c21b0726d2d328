"""Test images on which models differ most."""
import textwrap
from pathlib import Path
from typing import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..datasets.readers import read_image
from ..utils import palette, replacing
from .seeds import Model

# Distinct on any garment.
TRUTH, WRONG = palette.SKY, palette.ORANGE
# As many letters as a panel is wide, at the titles' size.
_TITLE_LETTERS = 24


def draw_differences(models: Sequence[Model],
                     file: Path,
                     num_images: int = 8) -> None:
    """Draw ground truth and predictions where the models differ most.

    Images are those with the largest difference of the mean normalised
    error of their visible landmarks, whichever model is the better one. Of a
    model with several seeds the first one is drawn.

    Args:
        models (Sequence[Model]): On the same images, the baseline first.
        file (Path): A .png; its folder must exist.
        num_images (int): Defaults to 8.

    Raises:
        ValueError: If an image cannot be read.
    """
    runs = [model.runs[0] for model in models]
    truth = runs[0]
    distances = np.stack([run.distances() for run in runs])
    measured = ~np.isnan(distances)
    errors = (
        np.where(measured, distances, 0).sum(2) /
        np.maximum(measured.sum(2), 1))
    spread = errors.max(0) - errors.min(0)
    # With one model: where it is worst.
    chosen = np.argsort(-(spread if len(runs) > 1 else errors[0]))[:num_images]

    panels = 1 + len(runs)
    columns = panels * max(1, 6 // panels)
    rows = -(-len(chosen) * panels // columns)
    figure = Figure(figsize=(1.9 * columns, 2.75 * rows), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for place, n in enumerate(chosen):
        image = read_image(truth.images[n])[..., ::-1]
        x1, y1, x2, y2 = truth.boxes[n]
        pad = 0.15 * max(x2 - x1, y2 - y1)
        titles = ['ground truth'] + [
            f'{textwrap.fill(model.name, _TITLE_LETTERS)}\n{100 * error:.1f} %'
            for model, error in zip(models, errors[:, n])
        ]
        preds = [None] + [run.pred for run in runs]
        labelled = truth.visibility[n] > 0
        for column, (title, pred) in enumerate(zip(titles, preds)):
            axis = axes[panels * place + column]
            axis.imshow(image)
            axis.set_xlim(max(x1 - pad, -.5), min(x2 + pad, image.shape[1]))
            axis.set_ylim(min(y2 + pad, image.shape[0]), max(y1 - pad, -.5))
            axis.set_title(title, fontsize=7)
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
        'Circle: ground truth. Diamond: prediction, with a line to it. '
        f'Mean error in % of the {truth.unit}.',
        fontsize=9)
    figure.tight_layout(rect=(0, 0, 1, 0.99))
    with replacing(file) as part:
        figure.savefig(part, format='png')
