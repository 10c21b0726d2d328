from .metrics import LandmarkFailures, NormalizedError

__all__ = ['LandmarkFailures', 'NormalizedError']
