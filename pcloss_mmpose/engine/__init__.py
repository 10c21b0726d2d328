from .hooks import (CodecHook, EpochSeedHook, FiniteHook, UnreadableImagesHook,
                    WholeCheckpointHook)

__all__ = [
    'CodecHook', 'EpochSeedHook', 'FiniteHook', 'UnreadableImagesHook',
    'WholeCheckpointHook'
]
