"""Run a model that ``tools/export_onnx.py`` has written."""
import json
from typing import List, NamedTuple, Optional, Sequence

import numpy as np
import onnxruntime

from .crop import crop_of_box, cut_out, to_input, to_picture, whole

#: Where a file holds what is known of its model.
METADATA_KEY = 'pcloss_mmpose'


class Landmarks(NamedTuple):
    """The landmarks of the garments of a picture.

    Attributes:
        points (np.ndarray): (N, K, 2), (x, y) in pixels of the picture.
        scores (np.ndarray): (N, K).
    """
    points: np.ndarray
    scores: np.ndarray


class OnnxModel:
    """Landmarks of garments by onnxruntime alone.

    Args:
        path (str): A file of ``tools/export_onnx.py``.
        batch_size (int): Garments that run at a time. Defaults to 16.
        threads (int): Of onnxruntime; 0 takes all cores. Defaults to 0.

    Attributes:
        info (dict): What is known of the model: ``dataset``, ``landmarks``
            (names), ``types`` (garment type -> indices), ``skeleton``,
            ``input_size``, ``mean``, ``std``, ``rgb``, ``padding``, ``udp``,
            ``codec``, ``flip_test``.

    Raises:
        ValueError: If the file is no such model, or has no landmarks.
    """

    def __init__(self,
                 path: str,
                 batch_size: int = 16,
                 threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self.session = onnxruntime.InferenceSession(
                str(path), options, providers=['CPUExecutionProvider'])
        except Exception as error:  # a class of its own for each fault
            reason = ' '.join(str(error).split())
            raise ValueError(f'{path}: onnxruntime cannot read it: '
                             f'{reason}') from None
        meta = self.session.get_modelmeta().custom_metadata_map
        if METADATA_KEY not in meta:
            raise ValueError(f'{path}: holds no {METADATA_KEY!r} metadata: '
                             'write it with tools/export_onnx.py')
        self.info = json.loads(meta[METADATA_KEY])
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
        if boxes is None:
            boxes = [whole(image)]
        size, number = self.info['input_size'], len(self.info['landmarks'])
        crops = [crop_of_box(box, self.info['padding'], size) for box in boxes]
        points, scores = [np.zeros((0, number, 2))], [np.zeros((0, number))]
        for start in range(0, len(crops), self.batch_size):
            some = crops[start:start + self.batch_size]
            inputs = [
                to_input(
                    cut_out(image, crop, size, self.info['udp']),
                    self.info['mean'], self.info['std'], self.info['rgb'])
                for crop in some
            ]
            found, score = self.session.run(['keypoints', 'scores'],
                                            {'inputs': np.stack(inputs)})
            points.append(
                np.stack([
                    to_picture(p, crop, size)
                    for p, crop in zip(found.astype(np.float64), some)
                ]))
            scores.append(score)
        return Landmarks(np.concatenate(points), np.concatenate(scores))

    @property
    def names(self) -> List[str]:
        """Of the landmarks."""
        return self.info['landmarks']
