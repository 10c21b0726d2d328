"""Run a model that ``tools/export_onnx.py`` has written."""
import json
import os.path as osp
from typing import List, Optional, Sequence
from zipfile import is_zipfile

import numpy as np

from ..utils import usable_cores
from .crop import crop_of_box, cut_out, to_input, to_picture
from .garments import Landmarks, whole_picture

#: Where a file holds what is known of its model.
METADATA_KEY = 'pcloss_mmpose'

# What a file must say of its model.
_KEYS = {
    'dataset', 'landmarks', 'types', 'skeleton', 'input_size', 'mean', 'std',
    'rgb', 'padding', 'udp', 'codec', 'flip_test'
}


class OnnxModel:
    """Landmarks of garments by onnxruntime alone.

    Args:
        path (str): A file of ``tools/export_onnx.py``.
        batch_size (int): Garments that run at a time. Defaults to 16.
        threads (int): Of onnxruntime; 0 takes all cores that the process may
            use. Defaults to 0.

    Attributes:
        info (dict): What is known of the model: ``dataset``, ``landmarks``
            (names), ``types`` (garment type -> indices), ``skeleton``,
            ``input_size``, ``mean``, ``std``, ``rgb``, ``padding``, ``udp``,
            ``codec``, ``flip_test``.
        threads (int): Of onnxruntime.

    Raises:
        FileNotFoundError: If there is no such file.
        ModuleNotFoundError: If onnxruntime is absent.
        ValueError: If the file is no such model, or has no landmarks.
    """

    def __init__(self,
                 path: str,
                 batch_size: int = 16,
                 threads: int = 0) -> None:
        if not osp.isfile(path):
            raise FileNotFoundError(f'{path}: no such model')
        try:
            import onnxruntime
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                f'{path}: needs the package onnxruntime: '
                'pip install onnxruntime') from None
        self.threads = threads or usable_cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        try:
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=['CPUExecutionProvider'])
        except Exception as error:  # a class of its own for each fault
            reason = ' '.join(str(error).split())
            if type(error).__name__ == 'InvalidProtobuf':
                found = 'a checkpoint of PyTorch' if is_zipfile(
                    path) else 'no ONNX model'
                reason = (f'it is {found}, a file that tools/export_onnx.py '
                          'has written is needed')
            raise ValueError(f'{path}: onnxruntime cannot read it: '
                             f'{reason}') from None
        meta = self.session.get_modelmeta().custom_metadata_map
        self.info = _read_info(path, meta.get(METADATA_KEY))
        self.batch_size = batch_size
        outputs = [output.name for output in self.session.get_outputs()]
        if 'keypoints' not in outputs:
            raise ValueError(
                f'{path}: its outputs are {", ".join(outputs)}, without '
                f'keypoints: {self.info["codec"]["type"]} is not decoded in '
                'the file')

    def __call__(self,
                 image: np.ndarray,
                 boxes: Optional[Sequence] = None) -> Landmarks:
        """Predict the landmarks of a picture.

        Args:
            image (np.ndarray): BGR, in shape (H, W, 3), uint8.
            boxes (Sequence, optional): (x1, y1, x2, y2) of each garment, in
                pixels. Without, the picture is one.

        Returns:
            Landmarks: Of each box.

        Example:
            >>> import cv2
            >>> from pcloss_mmpose.deploy import OnnxModel
            >>> model = OnnxModel('model.onnx')  # doctest: +SKIP
            >>> points, scores = model(
            ...     cv2.imread('a.jpg'), [[20, 10, 200, 300]])
            ... # doctest: +SKIP
        """
        return self.predict([image], [boxes])[0]

    def predict(self, images: Sequence[np.ndarray],
                boxes: Sequence[Optional[Sequence]]) -> List[Landmarks]:
        """Predict several pictures, whose garments run together.

        Args:
            images (Sequence[np.ndarray]): As in a call.
            boxes (Sequence[Sequence | None]): As in a call, for each picture.

        Returns:
            list[Landmarks]: Of each picture.
        """
        size, number = self.info['input_size'], len(self.info['landmarks'])
        crops = [[
            crop_of_box(box, self.info['padding'], size)
            for box in (whole_picture(image).boxes if given is None else given)
        ] for image, given in zip(images, boxes)]
        pairs = [(i, crop) for i, some in enumerate(crops) for crop in some]
        points, scores = [np.zeros((0, number, 2))], [np.zeros((0, number))]
        for start in range(0, len(pairs), self.batch_size):
            some = pairs[start:start + self.batch_size]
            inputs = [
                to_input(
                    cut_out(images[i], crop, size, self.info['udp']),
                    self.info['mean'], self.info['std'], self.info['rgb'])
                for i, crop in some
            ]
            found, score = self.session.run(['keypoints', 'scores'],
                                            {'inputs': np.stack(inputs)})
            points += [
                to_picture(p, crop, size)[None]
                for p, (_, crop) in zip(found.astype(np.float64), some)
            ]
            scores.append(score)
        ends = np.cumsum([len(some) for some in crops])[:-1]
        return [
            Landmarks(*of_one) for of_one in zip(
                np.split(np.concatenate(points), ends),
                np.split(np.concatenate(scores), ends))
        ]

    @property
    def names(self) -> List[str]:
        """Of the landmarks."""
        return self.info['landmarks']


def _read_info(path: str, text: Optional[str]) -> dict:
    """The metadata of a file, which says how to run it."""
    try:
        info = json.loads(text or '')
    except ValueError:
        info = None
    if not isinstance(info, dict) or not _KEYS <= set(info):
        raise ValueError(f'{path}: does not say how to run it, in the '
                         f'metadata {METADATA_KEY!r}: write it with '
                         'tools/export_onnx.py')
    return info
