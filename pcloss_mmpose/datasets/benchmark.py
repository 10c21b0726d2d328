"""What is known of a data set, in one record."""
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Dict, Mapping, Optional, Sequence, Tuple

from mmpose.registry import DATASETS

from ..evaluation.metrics.norms import NORMS
from .metainfo import landmark_metainfo

if TYPE_CHECKING:
    from .tree_check import TreeFormat


@dataclass(frozen=True)
class Benchmark:
    """What is known of a data set of garment landmarks.

    Its class, which is registered with MMPose, has it as ``BENCHMARK``. What
    needs to know something of the data set reads it there: the class itself,
    metrics, the check of a tree, comparison and prediction.

    Args:
        name (str): ``dataset_name`` of its metainfo.
        landmarks (Sequence[str]): Their names, in the order of a sample's.
        categories (Mapping[str, Sequence[int]]): The garment types, in the
            order of the category ids 1, 2, ..., and the landmarks that one
            can have.
        norm (str | None): What errors are divided by, a norm of
            ``NormalizedError``; None if no paper measures it so. Required.
        skeleton (Sequence[Tuple[str, str]]): Pairs of landmarks to link, and
            so are their mirror images.
        pairs (Sequence[Tuple[str, str]], optional): Landmarks that change
            places in a mirror. Defaults to None: as ``left`` and ``right`` in
            their names tell.
        trees (Mapping[str, TreeFormat]): The formats of its files, as
            ``tools/check_dataset.py`` calls them.
        parts (Mapping[str, str]): ``dataset_name`` of MMPose's data sets that
            are the garments of one category, and this category.
        paper (Sequence[int]): Its tables in the paper, the more precise one
            first.

    Raises:
        ValueError: If the norm is missing or unknown, or a category has
            landmarks that there are not.

    Example:
        >>> shoes = Benchmark('shoes', ['left toe', 'right toe', 'heel'],
        ...                   dict(boot=[0, 1, 2], sandal=[0, 1]), 'bbox')
        >>> shoes.metainfo['keypoint_info'][0]['swap']
        'right toe'
    """

    name: str
    landmarks: Sequence[str]
    categories: Mapping[str, Sequence[int]]
    norm: Optional[str] = ''
    skeleton: Sequence[Tuple[str, str]] = ()
    pairs: Optional[Sequence[Tuple[str, str]]] = None
    trees: Mapping[str, 'TreeFormat'] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    paper: Sequence[int] = ()

    def __post_init__(self) -> None:
        if self.norm is not None and self.norm not in NORMS:
            raise ValueError(
                f'benchmark {self.name!r}: norm must be one of '
                f'{", ".join(NORMS)}, or None if no paper divides errors by '
                f'anything, found {self.norm!r}')
        for category, slots in self.categories.items():
            if not set(slots) <= set(range(len(self.landmarks))):
                raise ValueError(
                    f'benchmark {self.name!r}: {category} must have landmarks '
                    f'from 0 to {len(self.landmarks) - 1}, found '
                    f'{min(slots)} to {max(slots)}')

    @property
    def metainfo(self) -> dict:
        """The ``METAINFO`` of its class."""
        return landmark_metainfo(self.name, self.landmarks, self.skeleton,
                                 self.pairs)


def registered_benchmarks() -> Dict[str, Benchmark]:
    """Those of all data sets registered with MMPose, by their names.

    Example:
        >>> import pcloss_mmpose
        >>> registered_benchmarks()['fashionai'].norm
        'fashionai'
    """
    found = (
        getattr(cls, 'BENCHMARK', None)
        for cls in DATASETS.module_dict.values())
    return {b.name: b for b in found if b is not None}


def find_benchmark(dataset: str) -> Optional[Benchmark]:
    """The benchmark that a ``dataset_name`` is, or is a part of."""
    return next((b for b in registered_benchmarks().values()
                 if dataset == b.name or dataset in b.parts), None)
