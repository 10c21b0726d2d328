"""A trained model without torch and MMPose: onnxruntime, numpy, OpenCV.

Importing this needs none of the stack, so that it runs where nothing but
these three is installed.
"""
from .onnx_model import METADATA_KEY, OnnxModel

__all__ = ['METADATA_KEY', 'OnnxModel']
