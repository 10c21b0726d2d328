from .weighted_target import GenerateWeightedTarget

__all__ = ['GenerateWeightedTarget']
