"""How the pipeline of a data set reads the images."""
from typing import Any, NamedTuple, Tuple

import numpy as np
from mmcv.transforms import LoadImageFromFile

from .readers import image_size


class Loading(NamedTuple):
    """What a data set has to know of the step that reads its images.

    Attributes:
        options (dict): The arguments with which ``read_image`` reads them as
            that step does.
        skips (bool): Whether another sample takes the place of an image that
            cannot be read.
    """
    options: dict
    skips: bool

    def size(self, path: str) -> Tuple[float, float]:
        """(width, height) of the pixels, NaN if they will be skipped.

        Raises:
            FileNotFoundError: If there is no such file, and none is skipped.
            ValueError: If it cannot be read, and none is skipped.
        """
        try:
            return image_size(path, **self.options)
        except (OSError, ValueError):
            if not self.skips:
                raise
            return np.nan, np.nan


def find_loading(pipeline: Any, test_mode: bool) -> Loading:
    """Look for the step of a pipeline that reads the image.

    Args:
        pipeline (Compose): Of a data set. Without such a step, images are
            read as by ``LoadImage()``.
        test_mode (bool): Whether samples are tested, so that none is skipped.

    Example:
        >>> from mmengine.dataset import Compose
        >>> from pcloss_mmpose.datasets import LoadGarmentImage
        >>> step = LoadGarmentImage('skip', color_type='grayscale')
        >>> loading = find_loading(Compose([step]), test_mode=False)
        >>> loading.skips, loading.options['color_type']
        (True, 'grayscale')
    """
    for step in getattr(pipeline, 'transforms', ()):
        if isinstance(step, LoadImageFromFile):
            stock = 'skip' if step.ignore_empty else 'stop'
            skips = getattr(step, 'unreadable', stock) == 'skip'
            options = dict(
                color_type=step.color_type,
                imdecode_backend=step.imdecode_backend,
                backend_args=step.backend_args)
            return Loading(options, skips and not test_mode)
    return Loading({}, False)
