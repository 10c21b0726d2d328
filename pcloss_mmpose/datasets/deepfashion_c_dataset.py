from dataclasses import replace

from mmpose.registry import DATASETS

from .base_list_dataset import BaseListDataset
from .fld_dataset import FLD
from .tree_check import ListFormat

DEEPFASHION_C = replace(
    FLD,
    name='deepfashion_c',
    trees=dict(
        deepfashion_c=ListFormat(False, train=209222, val=40000, test=40000)),
    parts={},
    paper=(1, ))


@DATASETS.register_module()
class DeepFashionCDataset(BaseListDataset):
    """DeepFashion category and attribute benchmark, 289,222 images.

    "DeepFashion: Powering Robust Clothes Recognition and Retrieval with Rich
    Annotations", CVPR 2016. Reads the official files as downloaded. Landmarks
    and garment types are those of :class:`FLDDataset`.

    Args:
        **kwargs: Those of :class:`BaseListDataset`, ``split`` among them.
    """

    BENCHMARK = DEEPFASHION_C
    VARIATION_TYPE = False
