from typing import List, Optional

import numpy as np
from mmpose.datasets.transforms import LoadImage
from mmpose.registry import TRANSFORMS

from ...engine.faults import Fault
from ...engine.notes import add_notes
from ..readers import read_image


@TRANSFORMS.register_module()
class LoadGarmentImage(LoadImage):
    """``LoadImage`` that names what cannot be read, or skips it.

    A drop-in: same arguments, keys and pixels (see
    :func:`~pcloss_mmpose.datasets.readers.read_image`).

    Args:
        unreadable (str): ``'stop'``, or ``'skip'``: in training another
            sample is taken in its place, named and counted by
            ``UnreadableImagesHook``. Testing stops in either case: figures of
            fewer images would not be comparable. Data sets of garments look
            at images before, and skip what this does; so in a
            ``CombinedDataset``, it belongs into the pipelines of its parts.
            Defaults to ``'stop'``.
        **kwargs: Arguments of ``LoadImage``.

    Raises:
        Fault: Naming the file and the reason.
        ValueError: For another value of ``unreadable``.
    """

    def __init__(self, unreadable: str = 'stop', **kwargs) -> None:
        if unreadable not in ('stop', 'skip'):
            raise ValueError("LoadGarmentImage: unreadable must be 'stop' or "
                             f"'skip', found {unreadable!r}")
        super().__init__(**kwargs)
        self.unreadable = unreadable
        self._skipped: List[str] = []

    def transform(self, results: dict) -> Optional[dict]:
        """Load an image, if ``results`` has none yet."""
        if 'img' in results:
            return super().transform(results)
        path = results['img_path']
        try:
            img = read_image(path, self.color_type, self.imdecode_backend,
                             self.backend_args)
        except ValueError as error:
            if self.unreadable == 'stop':
                raise Fault(str(error)) from None
            self._skipped.append(str(error))
            return None
        if self.to_float32:
            img = img.astype(np.float32)
        results['img'] = img
        results['img_shape'] = results['ori_shape'] = img.shape[:2]
        if self._skipped and add_notes(
                results.get('raw_ann_info'), self._skipped):
            self._skipped = []
        return results
