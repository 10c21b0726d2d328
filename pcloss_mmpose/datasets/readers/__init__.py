from .fashionai_csv import read_fashionai_csv, read_fashionai_ids
from .fld_json import read_fld_json
from .images import find_missing, find_similar, image_size, read_image
from .landmark_table import LandmarkTable
from .list_files import (read_bbox_list, read_landmark_list, read_lists,
                         read_partition_list)
from .list_rows import align_rows
from .ragged_landmarks import RaggedLandmarks

__all__ = [
    'LandmarkTable', 'RaggedLandmarks', 'align_rows', 'find_missing',
    'find_similar', 'image_size', 'read_bbox_list', 'read_fashionai_csv',
    'read_fashionai_ids', 'read_fld_json', 'read_image', 'read_landmark_list',
    'read_lists', 'read_partition_list'
]
