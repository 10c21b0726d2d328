"""From a photograph to landmarks. Not needed for training and testing."""
from ..deploy import (Garments, Input, Outcome, check_inside, find_inputs,
                      given_garments, predict, read_boxes)
from .garment_types import landmarks_by_type
from .inferencer import GarmentInferencer
from .visualizer import GarmentVisualizer

__all__ = [
    'GarmentInferencer', 'GarmentVisualizer', 'Garments', 'Input', 'Outcome',
    'check_inside', 'find_inputs', 'given_garments', 'landmarks_by_type',
    'predict', 'read_boxes'
]
