"""From a photograph to landmarks. Not needed for training and testing."""
from .files import Outcome, predict
from .garments import (Garments, check_inside, given_garments,
                       landmarks_by_type, read_boxes)
from .inferencer import GarmentInferencer
from .inputs import Input, find_inputs
from .visualizer import GarmentVisualizer

__all__ = [
    'GarmentInferencer', 'GarmentVisualizer', 'Garments', 'Input', 'Outcome',
    'check_inside', 'find_inputs', 'given_garments', 'landmarks_by_type',
    'predict', 'read_boxes'
]
