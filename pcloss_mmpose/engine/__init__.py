from .hooks import (CodecHook, DFAHook, EpochSeedHook, FiniteHook,
                    UnreadableImagesHook, WholeCheckpointHook)

__all__ = [
    'CodecHook', 'DFAHook', 'EpochSeedHook', 'FiniteHook',
    'UnreadableImagesHook', 'WholeCheckpointHook'
]
