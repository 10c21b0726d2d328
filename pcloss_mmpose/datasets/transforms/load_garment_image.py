from typing import Optional

import cv2
import mmcv
import numpy as np
from mmengine import fileio
from mmpose.datasets.transforms import LoadImage
from mmpose.registry import TRANSFORMS

from ...engine.faults import Fault


@TRANSFORMS.register_module()
class LoadGarmentImage(LoadImage):
    """``LoadImage`` that names what cannot be read, or skips it.

    A drop-in: same arguments, keys and pixels. The image is BGR, uint8, with
    the rotation in its EXIF data applied, as the sizes that the data sets
    read are. Of 16 bits the upper 8 remain, of transparency nothing.

    A truncated image is one that cannot be read: from memory, as here, OpenCV
    refuses it. Bytes that changed within a JPEG are not noticed.

    Args:
        unreadable (str): ``'stop'``, or ``'skip'``: in training another
            sample is taken in its place, named and counted by
            ``UnreadableImagesHook``. Testing stops in either case: figures of
            fewer images would not be comparable. Defaults to ``'stop'``.
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
        self._skipped = []

    def transform(self, results: dict) -> Optional[dict]:
        """Load an image, if ``results`` has none yet."""
        if 'img' in results:
            return super().transform(results)
        path = results['img_path']
        try:
            img = self._read(path)
        except Fault as fault:
            if self.unreadable == 'stop':
                raise
            self._skipped.append(str(fault))
            return None
        if self.to_float32:
            img = img.astype(np.float32)
        results['img'] = img
        results['img_shape'] = results['ori_shape'] = img.shape[:2]
        if self._skipped and isinstance(results.get('raw_ann_info'), dict):
            results['raw_ann_info']['unreadable'] = self._skipped
            self._skipped = []
        return results

    def _read(self, path: str) -> np.ndarray:
        try:
            content = fileio.get(path, backend_args=self.backend_args)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Fault(f'{path}: {reason}') from None
        if not content:
            raise Fault(f'{path}: an empty file')
        try:
            img = mmcv.imfrombytes(
                content, flag=self.color_type, backend=self.imdecode_backend)
        except (cv2.error, OSError, ValueError, MemoryError) as error:
            reason = ' '.join(str(error).split())
            raise Fault(f'{path}: cannot be decoded: {reason}') from None
        if img is None:
            raise Fault(f'{path}: not an image that OpenCV reads, or a broken '
                        'one')
        return img
