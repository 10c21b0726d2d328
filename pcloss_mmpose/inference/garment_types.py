"""Garment types, as data sets and detectors name them."""
from typing import Dict, List, Sequence

from ..datasets.benchmark import registered_benchmarks


def landmarks_by_type(dataset_name: str) -> Dict[str, List[int]]:
    """Indices of the landmarks of each garment type.

    Args:
        dataset_name (str): As in the data set's metainfo.

    Returns:
        dict[str, list[int]]: In the order of the category ids 1, 2, ...;
        empty for a data set without garment types.

    Example:
        >>> from pcloss_mmpose.inference import landmarks_by_type
        >>> landmarks_by_type('fld')['lower']
        [4, 5, 6, 7]
    """
    benchmark = registered_benchmarks().get(dataset_name)
    types = benchmark.categories if benchmark else {}
    return {name: list(landmarks) for name, landmarks in types.items()}


def types_of_classes(classes: Sequence[str],
                     types: Sequence[str]) -> List[str]:
    """Garment types of a detector's classes.

    Args:
        classes (Sequence[str]): Names of the detector's labels 0, 1, ...
        types (Sequence[str]): Names of the garment types.

    Returns:
        list[str]: For each label, the type that its name begins with, the
        longest one: a sling dress is no sling.

    Raises:
        ValueError: If a class is none of the types.

    Example:
        >>> from pcloss_mmpose.inference.garment_types import types_of_classes
        >>> types_of_classes(['lower-body', 'Upper'], ['upper', 'lower'])
        ['lower', 'upper']
    """
    found = []
    for name in classes:
        of_name = [t for t in types if str(name).lower().startswith(t)]
        if not of_name:
            shown = ', '.join(map(str, classes[:3]))
            more = ', ...' if len(classes) > 3 else ''
            raise ValueError(
                f'the detector finds {shown}{more}, not the garment types '
                f'that the landmark model knows: {", ".join(types) or "none"}')
        found.append(max(of_name, key=len))
    return found
