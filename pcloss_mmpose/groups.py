"""Groups of landmarks from a data set's metainfo."""
import re
from typing import List, Union

from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS


def left_right_groups(metainfo: Union[str, dict]) -> List[List[int]]:
    """Left and right part of an object, from its landmarks' names.

    A landmark with a swap partner belongs to the side that its name tells
    ("left", "right", "l" or "r" as a word of it), one without a partner, as
    the middle of a neckline, to both.

    Args:
        metainfo (str | dict): The name of a registered data set class, a
            metainfo file, or a metainfo dict.

    Returns:
        list[list[int]]: Landmark indices of the left and of the right part.

    Raises:
        ValueError: If a data set is unknown, or a name tells no side while
            its landmark has a swap partner.

    Example:
        >>> from pcloss_mmpose.groups import left_right_groups
        >>> left_right_groups('configs/_base_/datasets/deepfashion_full.py')
        [[0, 2, 4, 6], [1, 3, 5, 7]]
    """
    source = metainfo
    if isinstance(metainfo, str):
        if metainfo.endswith('.py'):
            metainfo = dict(from_file=metainfo)
        else:
            metainfo = getattr(DATASETS.get(metainfo), 'METAINFO', None)
    if not isinstance(metainfo, dict) or not (
            'from_file' in metainfo or 'keypoint_info' in metainfo):
        raise ValueError('metainfo must be a registered data set class, a .py '
                         'file or a dict with keypoint_info, found '
                         f'{source!r}')
    info = parse_pose_metainfo(metainfo)
    groups = dict(left=[], right=[])
    for index, name in info['keypoint_id2name'].items():
        if info['flip_indices'][index] == index:
            for group in groups.values():
                group.append(index)
            continue
        words = set(re.split(r'[^a-z]+', name.lower()))
        sides = [side for side in groups if words & {side, side[0]}]
        if len(sides) != 1:
            raise ValueError(
                f"landmark {name!r} of {source!r} has a swap partner, but its "
                "name tells no side: it must hold 'left' or 'right', or give "
                'groups as lists of indices')
        groups[sides[0]].append(index)
    return [groups['left'], groups['right']]
