"""Which layouts a folder seems to have, whatever was asked for."""
import os.path as osp
from glob import escape, glob
from itertools import islice
from typing import List

from ..readers.list_files import LANDMARK_FILE


def find_layouts(root: str) -> List[str]:
    """Tell the layouts of a folder by its annotation files.

    Lists are FLD's if their header has ``variation_type``, as in
    :func:`~pcloss_mmpose.datasets.readers.read_landmark_list`.

    Returns:
        list[str]: Names of layouts; two where json files lie beside lists.
    """
    found = []
    landmarks = osp.join(root, LANDMARK_FILE)
    if osp.isfile(landmarks):
        try:
            with open(landmarks, encoding='utf-8', errors='replace') as f:
                header = ' '.join(islice(f, 1, 2)).split()
        except OSError:  # the reader says what is wrong with it
            header = []
        found.append('fld' if 'variation_type' in header else 'deepfashion_c')
    for layout, files in (('fashionai', 'Annotations/*.csv'),
                          ('fld_json', 'annotations/fld_*_*.json')):
        if glob(osp.join(escape(root), files)):
            found.append(layout)
    return found
