"""The errors of the mean layout: what a model that sees nothing can reach.

Each landmark stands where it lies on the average of the test's own boxes,
which no constant layout beats by much. Takes the pickle of a test by
tools/test.py --dump, of any model.
"""
import argparse

import numpy as np

from pcloss_mmpose.comparison import read_run
from pcloss_mmpose.comparison.measures import AVERAGE, measure
from pcloss_mmpose.comparison.run import Run
from pcloss_mmpose.evaluation.functional import VISIBLE


def with_mean_layout(run: Run) -> Run:
    """The same garments, each with the mean layout in its box."""
    corner, size = np.split(run.boxes[:, None], 2, -1)
    size = size - corner
    inside = (run.gt - corner) / size
    inside[run.visibility != VISIBLE] = np.nan
    return run._replace(pred=corner + np.nanmean(inside, 0) * size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pickle')
    run = read_run(parser.parse_args().pickle, 'mean layout')
    found = {m.name: m.value for m in measure(with_mean_layout(run))}
    print(f'mean layout of {len(run.gt)} garments: NE {found[AVERAGE]:.2f}, '
          f'outliers {found["outliers"]:.1f} %')


if __name__ == '__main__':
    main()
