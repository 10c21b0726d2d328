from .deepfashion2_ap import DeepFashion2AP
from .landmark_failures import LandmarkFailures
from .normalized_error import NormalizedError

__all__ = ['DeepFashion2AP', 'LandmarkFailures', 'NormalizedError']
