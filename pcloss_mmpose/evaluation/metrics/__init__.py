from .landmark_failures import LandmarkFailures
from .normalized_error import NormalizedError

__all__ = ['LandmarkFailures', 'NormalizedError']
