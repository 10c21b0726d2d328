from .hooks import (EpochSeedHook, FiniteHook, UnreadableImagesHook,
                    WholeCheckpointHook)

__all__ = [
    'EpochSeedHook', 'FiniteHook', 'UnreadableImagesHook',
    'WholeCheckpointHook'
]
