"""Figures of several models: over seeds, and against the first model."""
import math
from typing import Dict, List, NamedTuple, Sequence

import numpy as np

from .bootstrap import bootstrap_intervals
from .measures import Measure, measure
from .seeds import Model


class Result(NamedTuple):
    """One figure of one model; NaN stands for what there is not."""
    measure: Measure  # its value is the mean over the seeds
    model: str
    seeds: int  # how many
    std: float = math.nan  # sample standard deviation over several seeds
    difference: float = math.nan  # to the first model
    low: float = math.nan  # end of its 95 % interval, of measures with ratio
    high: float = math.nan  # the other end

    @property
    def relative(self) -> float:
        """The difference in percent of the first model's value."""
        first = self.measure.value - self.difference
        return 100 * self.difference / first if first else math.nan


def compute_results(models: Sequence[Model]) -> List[Result]:
    """Measure models on the same images, and compare with the first.

    Model by model, in the order of :func:`measure`.
    """
    measured = [[{
        (m.table, m.name): m
        for m in measure(run)
    } for run in model.runs] for model in models]
    intervals = _intervals(models, measured)
    results: List[Result] = []
    base: Dict[tuple, float] = {}
    for i, (model, runs) in enumerate(zip(models, measured)):
        for key in dict.fromkeys(key for run in runs for key in run):
            seeds = [run[key] for run in runs if key in run]
            values = [m.value for m in seeds]
            mean = float(np.mean(values))
            result = Result(
                seeds[0]._replace(value=mean), model.name, len(values),
                float(np.std(values, ddof=1)) if len(values) > 1 else math.nan)
            if i == 0:
                base[key] = mean
            else:
                result = result._replace(
                    difference=mean - base.get(key, math.nan))
                if key in intervals:
                    low, high = intervals[key][i - 1].tolist()
                    result = result._replace(low=low, high=high)
            results.append(result)
    return results


def _intervals(models: Sequence[Model],
               measured: Sequence[Sequence[Dict[tuple, Measure]]]
               ) -> Dict[tuple, np.ndarray]:
    """Of each measure with a ratio, those of the models but the first."""
    if len(models) == 1:
        return {}
    found = [[{k: m.ratio
               for k, m in run.items() if m.ratio} for run in runs]
             for runs in measured]
    keys = list(found[0][0])
    ratios = [[[run[k] for k in keys] for run in runs] for runs in found]
    return dict(
        zip(keys, bootstrap_intervals(ratios, models[0].runs[0].images)))
