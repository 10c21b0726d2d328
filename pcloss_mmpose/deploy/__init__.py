"""From a photograph to landmarks where MMPose is not installed.

Importing this needs numpy, OpenCV and Pillow, and running a model also
onnxruntime. What predictions with and without MMPose share is here: files,
boxes, drawing.
"""
from .drawing import draw_garments
from .files import Outcome, predict
from .garments import (Garments, Landmarks, check_inside, given_garments,
                       read_boxes)
from .inputs import Input, find_inputs
from .onnx_inferencer import OnnxInferencer
from .onnx_model import METADATA_KEY, OnnxModel

__all__ = [
    'Garments', 'Input', 'Landmarks', 'METADATA_KEY', 'OnnxInferencer',
    'OnnxModel', 'Outcome', 'check_inside', 'draw_garments', 'find_inputs',
    'given_garments', 'predict', 'read_boxes'
]
