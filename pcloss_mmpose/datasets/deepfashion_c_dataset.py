from mmpose.registry import DATASETS

from . import metainfo
from .base_list_dataset import BaseListDataset


@DATASETS.register_module()
class DeepFashionCDataset(BaseListDataset):
    """DeepFashion category and attribute benchmark, 289,222 images.

    "DeepFashion: Powering Robust Clothes Recognition and Retrieval with Rich
    Annotations", CVPR 2016. Reads the official files as downloaded. Landmarks
    and garment types are those of :class:`FLDDataset`.

    Args:
        ann_file (str): ``list_landmarks.txt``. Relative paths are relative to
            ``data_root``. Defaults to the official place.
        bbox_list (str): Defaults to the official place.
        partition_file (str): Defaults to the official place.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        occluded_weight (float): Weight of occluded landmarks in training,
            from 0 (left out) to 1 (as visible ones). A fraction needs
            ``GenerateWeightedTarget`` in place of ``GenerateTarget`` in the
            pipeline. Defaults to 1.
        crop (str): ``'bbox'``, or ``'image'`` to hand out whole images, in
            training and test; errors are still divided by the true box.
            Defaults to ``'bbox'``.
        bbox_file (str, optional): json of detected boxes to crop the images
            to, in test mode; errors are still divided by the true box.
        **kwargs: Arguments of ``BaseCocoStyleDataset``: ``data_root``,
            ``data_prefix``, ``pipeline``, ``test_mode``, ...

    Raises:
        FileNotFoundError: If a file or images are absent.
        ValueError: If an argument or an annotation is wrong. The message
            names the file and line.
    """

    METAINFO = metainfo.DEEPFASHION_C
    VARIATION_TYPE = False
