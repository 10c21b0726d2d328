"""By what runs are measured: as the evaluators of their configs say."""
import inspect
from typing import (Any, Collection, Dict, List, NamedTuple, Optional,
                    Sequence, Tuple)

from mmengine.config import Config
from mmpose.evaluation.metrics import AUC, PCKAccuracy
from mmpose.registry import DATASETS

from ..datasets.benchmark import find_benchmark
from ..evaluation import LandmarkFailures, NormalizedError
from ..evaluation.metrics.norms import DEFAULT_NORM, KEYPOINT_PAIRS, NORMS


class Rules(NamedTuple):
    """What the figures of a run depend on, beside its predictions.

    The defaults are those of ``LandmarkFailures`` and of MMPose's fashion
    configs, ``PCKAccuracy(thr=0.2)`` and ``AUC()``.

    Attributes:
        norm (str): What errors are divided by, see ``NormalizedError``.
        outlier (float): Error above which a landmark is an outlier, as a
            fraction of the norm.
        duplicate (float): Distance below which two positions are the same,
            as a fraction of the norm.
        pck (float): Error of PCK, as a fraction of the box's longer side.
        auc_pixels (float): Largest error of AUC.
        auc_steps (int): Number of errors that AUC is the mean over.
    """
    norm: str
    outlier: float = 0.1
    duplicate: float = 0.02
    pck: float = 0.2
    auc_pixels: float = 30
    auc_steps: int = 20


# Where a config says it: a metric and its argument.
_PLACES = (
    ('norm', NormalizedError, 'norm'),
    ('norm', LandmarkFailures, 'norm'),
    ('outlier', LandmarkFailures, 'outlier_threshold'),
    ('duplicate', LandmarkFailures, 'duplicate_threshold'),
    ('pck', PCKAccuracy, 'thr'),
    ('auc_pixels', AUC, 'norm_factor'),
    ('auc_steps', AUC, 'num_thrs'),
)


def evaluator_metrics(cfg: Config) -> List[dict]:
    """The metrics of a config's test, as a list."""
    metrics = cfg.get('test_evaluator') or []
    return list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]


def metric_name(metric: dict) -> str:
    """The class of a metric in a config, without its module or scope."""
    kind = metric.get('type')
    name = kind.__name__ if isinstance(kind, type) else str(kind)
    return name.split('.')[-1]


def agreed_rules(configs: Sequence[Tuple[str, Config]],
                 norm: Optional[str] = None) -> Dict[str, Any]:
    """What the evaluators of several configs say of :class:`Rules`.

    Of several metrics of one kind in a config, the first one counts.

    Args:
        configs (Sequence[tuple[str, Config]]): Of each run, how messages
            call it, and its config.
        norm (str, optional): The user's choice, whatever the configs say.

    Raises:
        ValueError: If they do not agree.

    Examples:
        >>> from mmengine.config import Config
        >>> cfg = Config(dict(test_evaluator=[
        ...     dict(type='NormalizedError'),
        ...     dict(type='PCKAccuracy', thr=0.1)]))
        >>> agreed_rules([('a', cfg)])
        {'norm': 'bbox', 'pck': 0.1}
    """
    agreed: Dict[str, Any] = {'norm': norm} if norm else {}
    first: Dict[str, str] = {}
    for name, cfg in configs:
        for field, kind, argument in _PLACES:
            values = [
                metric.get(argument) or _default(kind, argument, cfg)
                for metric in evaluator_metrics(cfg)
                if metric_name(metric) == kind.__name__
            ]
            # Each norm gives other figures, so none is chosen silently.
            for value in values if field == 'norm' else values[:1]:
                if field == 'norm' and norm:
                    continue
                its_name = first.setdefault(field, name)
                if agreed.setdefault(field, value) != value:
                    raise ValueError(
                        _disagreement(name, its_name, argument, value,
                                      agreed[field]))
    return agreed


def _default(kind: type, argument: str, cfg: Config) -> Any:
    """What a metric does where its config says nothing of an argument."""
    if argument != 'norm':
        return inspect.signature(kind).parameters[argument].default
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    found = dataset.get('type')
    cls = DATASETS.get(found) if isinstance(found, str) else found
    benchmark = getattr(cls, 'BENCHMARK', None)
    return (benchmark.norm or '') if benchmark else DEFAULT_NORM


def _known_norm(dataset: str) -> str:
    """By which papers measure a data set, '' if none is known."""
    benchmark = find_benchmark(dataset)
    if benchmark:
        return benchmark.norm or ''
    return 'keypoint_distance' if dataset in KEYPOINT_PAIRS else ''


def _disagreement(name: str, other: str, argument: str, *values) -> str:
    ours, theirs = map(repr, values)
    who = name if name == other else f'{name} and {other}'
    way_out = ('choose one with --norm' if argument == 'norm' else
               'give predictions.pkl of each, they are measured by the '
               'defaults')
    return (f'{who}: measured differently by test_evaluator, {argument} is '
            f'{ours} and {theirs}; {way_out}')


def complete_rules(agreed: Dict[str, Any], datasets: Collection[str]) -> Rules:
    """The rules of a run, from what is agreed and its data sets' names.

    Raises:
        ValueError: If nothing says which norm it is measured by.
    """
    norms = {_known_norm(dataset) for dataset in datasets}
    norm = agreed.get('norm') or (norms.pop() if len(norms) == 1 else '')
    if not norm:
        raise ValueError(
            'nothing says what errors are divided by in the data set '
            f'{" and ".join(map(repr, sorted(datasets)))}; choose with --norm '
            + ', '.join(NORMS))
    return Rules(**{**agreed, 'norm': norm})
