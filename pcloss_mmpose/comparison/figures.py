"""The figures of several models: over seeds, and against the first model."""
import math
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from .bootstrap import bootstrap_intervals
from .measures import AVERAGE, Measure, measure
from .models import Model


class Figure(NamedTuple):
    """One figure of one model.

    Attributes:
        measure (Measure): What is measured; its value is the mean over the
            seeds.
        model (str): The model's name.
        seeds (int): How many.
        std (float): Sample standard deviation over the seeds, NaN of one.
        difference (float): To the first model, NaN of the first.
        low (float): Lower end of the 95 % bootstrap interval of the
            difference; of NE (avg.) alone, else NaN.
        high (float): Its upper end.
    """
    measure: Measure
    model: str
    seeds: int
    std: float = math.nan
    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def relative(self) -> float:
        """The difference in percent of the first model's value."""
        first = self.measure.value - self.difference
        return 100 * self.difference / first if first else math.nan


def compute_figures(models: Sequence[Model]) -> List[Figure]:
    """Measure models and compare them with the first one.

    Args:
        models (Sequence[Model]): On the same images, the baseline first.

    Returns:
        list[Figure]: Model by model, in the order of :func:`measure`.
    """
    measured = [[measure(run) for run in model.runs] for model in models]
    intervals = np.empty((0, 2))
    if len(models) > 1:
        run = models[0].runs[0]
        intervals = 100 * bootstrap_intervals(
            [[run.distances() for run in model.runs]
             for model in models], run.images, run.pooled)
    figures: List[Figure] = []
    base: Dict[Tuple[str, str], float] = {}
    for i, (model, runs) in enumerate(zip(models, measured)):
        for seeds in _by_name(runs):
            values = [m.value for m in seeds]
            mean = float(np.mean(values))
            key = seeds[0].table, seeds[0].name
            figure = Figure(
                seeds[0]._replace(value=mean), model.name, len(values),
                float(np.std(values, ddof=1)) if len(values) > 1 else math.nan)
            if i == 0:
                base[key] = mean
            else:
                figure = figure._replace(difference=mean -
                                         base.get(key, math.nan))
                if key[1] == AVERAGE:
                    low, high = intervals[i - 1].tolist()
                    figure = figure._replace(low=low, high=high)
            figures.append(figure)
    return figures


def _by_name(runs: Sequence[Sequence[Measure]]) -> List[List[Measure]]:
    """One list for each measure, of all seeds that have it."""
    named: Dict[Tuple[str, str], List[Measure]] = {}
    for run in runs:
        for m in run:
            named.setdefault((m.table, m.name), []).append(m)
    return list(named.values())
