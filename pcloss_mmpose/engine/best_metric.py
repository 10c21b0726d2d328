"""The metric by which a model is the best one."""
import re
from typing import Dict, List, Optional, Sequence

from .faults import Fault

_LESS = ('NE', 'NME', 'EPE', 'MPJPE', 'MRRPE', 'outlier_rate',
         'duplicate_rate')
_GREATER = ('PCK', 'PCKh', 'tPCK', 'AUC', 'AP', 'AR', 'mAP')
_RULES = {
    **dict.fromkeys(_LESS, 'less'),
    **dict.fromkeys(_GREATER, 'greater')
}

_PCK = dict(bbox='PCK', head='PCKh', torso='tPCK')
_COCO = ('AP', 'AR')
# By package and class, since a class of another one may report anything.
_REPORTS: Dict[str, Sequence[str]] = {
    'pcloss_mmpose.NormalizedError': ('NE', ),
    'pcloss_mmpose.LandmarkFailures': ('outlier_rate', 'duplicate_rate'),
    'pcloss_mmpose.DeepFashion2AP': ('AP', ),
    'mmpose.PCKAccuracy': tuple(_PCK.values()),
    'mmpose.MpiiPCKAccuracy': tuple(_PCK.values()),
    'mmpose.JhmdbPCKAccuracy': tuple(_PCK.values()),
    'mmpose.AUC': ('AUC', ),
    'mmpose.EPE': ('EPE', ),
    'mmpose.NME': ('NME', ),
    'mmpose.CocoMetric': _COCO,
    'mmpose.CocoWholeBodyMetric': _COCO,
    'mmpose.PoseTrack18Metric': _COCO,
}


def rule_of(key: str) -> Optional[str]:
    """Whether a metric is better when ``'less'`` or when ``'greater'``.

    None where that is not known. The key is as in the log, with or without a
    prefix or a landmark.

    Example:
        >>> from pcloss_mmpose.engine.best_metric import rule_of
        >>> rule_of('fld/NE'), rule_of('NE/left collar'), rule_of('coco/AP')
        ('less', 'less', 'greater')
        >>> rule_of('NEW') is None
        True
    """
    rules = {_RULES[word] for word in _words(key) & set(_RULES)}
    return rules.pop() if len(rules) == 1 else None


def checked_rule(key: str, rule: Optional[str]) -> Optional[str]:
    """The rule of a metric, if it is known, else the given one.

    Raises:
        Fault: If they contradict each other.
    """
    known = rule_of(key)
    if known and rule and rule != known:
        raise Fault(
            f'rule={rule!r} contradicts save_best={key!r}, which is better '
            f'when {known}: delete rule, also one of a base config '
            '(default_hooks.checkpoint.rule=None)')
    return known or rule


def check_reported(keys: Sequence[str], metrics: Sequence) -> None:
    """Refuse keys of ``save_best`` that the validation's metrics lack.

    Raises:
        Fault: Naming the key and the metric to add.
    """
    names = reported(metrics)
    for key in keys if names else ():
        metric = next((cls.split('.')[1] for cls, known in _REPORTS.items()
                       if _words(key) & set(known)), None)
        if metric and not any(_may_be(key, name) for name in names):
            raise Fault(
                f'save_best={key!r}: val_evaluator does not report it, but '
                f'{", ".join(names)}: add dict(type={metric!r}) to '
                'val_evaluator, or name one of these in '
                'default_hooks.checkpoint.save_best')


def reported(metrics: Sequence) -> List[str]:
    """The names that metrics report, without those of single landmarks.

    With their prefixes; none if there is a metric whose names are not known.
    """
    names = []
    for metric in metrics:
        package = type(metric).__module__.split('.')[0]
        known = _REPORTS.get(f'{package}.{type(metric).__name__}')
        if known is None:
            return []
        if type(metric).__name__ == 'PCKAccuracy':
            known = [_PCK[item] for item in metric.norm_item]
        start = f'{metric.prefix}/' if metric.prefix else ''
        names += [start + name for name in known]
    return names


def _may_be(key: str, name: str) -> bool:
    """A name, or that of a landmark, a threshold or a part beside it."""
    start, _, word = name.rpartition('/')
    if start and not key.startswith(f'{start}/'):
        return False
    return word in _words(key[len(name) - len(word):].split('/')[0])


def _words(key: str) -> set:
    """As ``outlier_rate`` is one, and ``MPJPE`` one of ``MPJPE_all``."""
    return {*re.findall(r'\w+', key), *re.findall(r'[^\W_]+', key)}
