from .codec_hook import CodecHook
from .dfa_hook import DFAHook
from .epoch_seed_hook import EpochSeedHook
from .finite_hook import FiniteHook
from .unreadable_images_hook import UnreadableImagesHook
from .whole_checkpoint_hook import WholeCheckpointHook

__all__ = [
    'CodecHook', 'DFAHook', 'EpochSeedHook', 'FiniteHook',
    'UnreadableImagesHook', 'WholeCheckpointHook'
]
