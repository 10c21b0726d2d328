from .landmark_eval import (count_duplicates, landmark_means,
                            normalized_distance)
from .norm_size import FASHIONAI_REFERENCE, fashionai_size, pair_size
from .visibility import (ABSENT, LABELLED, OCCLUDED, VISIBLE,
                         annotated_visibility, settled_visibility,
                         tells_occlusion)

__all__ = [
    'ABSENT', 'FASHIONAI_REFERENCE', 'LABELLED', 'OCCLUDED', 'VISIBLE',
    'annotated_visibility', 'count_duplicates', 'fashionai_size',
    'landmark_means', 'normalized_distance', 'pair_size', 'settled_visibility',
    'tells_occlusion'
]
