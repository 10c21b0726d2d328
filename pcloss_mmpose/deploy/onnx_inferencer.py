"""What GarmentInferencer does, with an exported model."""
from time import perf_counter
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np

from .drawing import draw_garments
from .garments import Garments, Landmarks, check_type, whole_picture
from .onnx_model import OnnxModel


class OnnxInferencer:
    """Predict the landmarks of garments with an exported model.

    Called as :class:`~pcloss_mmpose.inference.GarmentInferencer` is, it gives
    the same, but for a detector: call it with pictures (BGR arrays) and, if
    wanted, ``bboxes``: a :class:`Garments` for each. Without boxes the
    garment is the whole picture. It yields one dict a picture:
    ``predictions``, a list with the instances in MMPose's format and
    ``category`` where the type is known; with ``return_vis=True`` also
    ``visualization``, a list with the drawn picture (RGB).

    Args:
        path (str): A file of ``tools/export_onnx.py``.
        garment (str, optional): The type of all garments whose type nothing
            else tells. Defaults to None: all landmarks are predicted.
        batch_size (int): Pictures to hand over, and garments that run, at a
            time. Defaults to 8.

    Attributes:
        model (OnnxModel): The file.
        seconds (float): That the model took so far, from pictures and boxes
            to landmarks.

    Raises:
        ValueError: If the file cannot be used, or the model does not know
            the type.
    """

    def __init__(self,
                 path: str,
                 garment: Optional[str] = None,
                 batch_size: int = 8) -> None:
        self.model = OnnxModel(path, batch_size)
        check_type(garment, list(self.landmarks))
        self.garment = garment
        self.batch_size = batch_size
        self.seconds = 0.

    @property
    def landmarks(self) -> Dict[str, List[int]]:
        """Indices of the landmarks of each garment type, or nothing."""
        return self.model.info['types']

    def __call__(self,
                 inputs: Sequence[np.ndarray],
                 bboxes: Sequence = (),
                 return_vis: bool = False) -> Iterator[dict]:
        """Predict pictures."""
        given: List[Garments] = []
        for image, garments in zip(inputs, bboxes or [()] * len(inputs)):
            garments = garments if len(garments) else whole_picture(image)
            given.append(
                Garments(garments.boxes, garments.scores,
                         [kind or self.garment for kind in garments.types]))
        start = perf_counter()
        found = self.model.predict(inputs, [g.boxes for g in given])
        self.seconds += perf_counter() - start
        for image, garments, landmarks in zip(inputs, given, found):
            for kind, points, scores in zip(garments.types, *landmarks):
                if kind is not None:
                    absent = np.setdiff1d(
                        np.arange(len(scores)), self.landmarks[kind])
                    points[absent] = scores[absent] = 0
            result = dict(predictions=[_instances(garments, landmarks)])
            if return_vis:
                result['visualization'] = [
                    draw_garments(image[..., ::-1], garments, landmarks,
                                  self.model.names,
                                  self.model.info['skeleton'])
                ]
            yield result


def _instances(garments: Garments, landmarks: Landmarks) -> List[dict]:
    """In MMPose's format: a box is in a tuple."""
    instances = []
    for box, score, kind, points, scores in zip(*garments, *landmarks):
        instances.append(
            dict(
                keypoints=points.tolist(),
                keypoint_scores=scores.tolist(),
                bbox=(box.tolist(), ),
                bbox_score=score))
        if kind is not None:
            instances[-1]['category'] = kind
    return instances
