from .metrics import DeepFashion2AP, LandmarkFailures, NormalizedError

__all__ = ['DeepFashion2AP', 'LandmarkFailures', 'NormalizedError']
