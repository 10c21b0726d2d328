"""Groups of landmarks from a data set's metainfo."""
import re
from typing import List, Optional, Sequence, Tuple, Union

from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from .datasets.metainfo import check_swaps

#: A word of a name: camelCase, snake_case, with blanks or hyphens.
WORD = re.compile('[A-Z]+(?![a-z])|[A-Z]?[a-z]+')

# Data sets of MMPose whose landmarks are numbered along outlines. The lower
# number of a swap pair is on the image's left of an upright object, save for
# the pairs whose lower number is given here: the way back along the lower
# lips, the front edges of outwear. Checked on annotations and, DeepFashion2,
# on MMPose's skeleton.
NUMBERED = {
    '300vw': (55, 56, 65),
    '300w': (55, 56, 65),
    'aflw': (),
    'coco_wholebody_face': (55, 56, 65),
    'cofw': (),
    'deepfashion2': (84, 85, 123, 124),
    'lapa': (91, 92, 101),
    'wflw': (83, 84, 93),
}

# Swap partners that MMPose's own file names on one side only.
_FORGOTTEN = {'deepfashion2': {'vest_kpt13': 'vest_kpt9'}}


def left_right_groups(metainfo: Union[str, dict]) -> List[List[int]]:
    """Left and right part of an object, from its landmarks' names.

    A landmark with a swap partner belongs to the side that its name tells
    ("left", "right", "l" or "r" as a word of it, as in "left_eye" and
    "eyeL"), one without a partner, as the middle of a neckline, to both.

    Numbers tell no side, as outlines run to and fro. In those of MMPose's
    data sets whose landmarks are all numbered (300W, 300VW, AFLW, COFW, LaPa,
    WFLW, the faces of COCO-WholeBody, DeepFashion2) the image's left and
    right are known, whatever the data set calls them.

    Args:
        metainfo (str | dict): The name of a registered data set class, a
            metainfo file, or a metainfo dict.

    Returns:
        list[list[int]]: Landmark indices of the left and of the right part.

    Raises:
        ValueError: If a data set is unknown or has no swap pairs, two swap
            partners do not name each other, or their names do not tell one
            side each.

    Example:
        >>> from pcloss_mmpose.groups import left_right_groups
        >>> left_right_groups('configs/_base_/datasets/deepfashion_full.py')
        [[0, 2, 4, 6], [1, 3, 5, 7]]
    """
    info, source = _parse(metainfo)
    names, ids = info['keypoint_id2name'], info['keypoint_name2id']
    flipped = list(info['flip_indices'])
    for one, other in _FORGOTTEN.get(info['dataset_name'], {}).items():
        if one in ids and other in ids:
            flipped[ids[one]] = ids[other]
    check_swaps(names, flipped, repr(source))
    partners = {
        index: partner
        for index, partner in enumerate(flipped) if index != partner
    }
    if not partners:
        raise ValueError(f'{source!r} has no swap pairs, so no left and right '
                         'part: give groups as lists of indices')
    sides = {index: side_of(names[index]) for index in partners}
    if not any(sides.values()) and info['dataset_name'] in NUMBERED:
        reverse = NUMBERED[info['dataset_name']]
        for index, partner in partners.items():
            is_left = (index < partner) != (min(index, partner) in reverse)
            sides[index] = 'left' if is_left else 'right'
    for index, side in sides.items():
        if side is None:
            raise ValueError(
                f'landmark {names[index]!r} of {source!r} has a swap partner, '
                "but its name tells no side: it must hold 'left' or 'right', "
                'or give groups as lists of indices')
        if side == sides.get(partners[index]):
            raise ValueError(
                f'landmarks {names[index]!r} and {names[partners[index]]!r} '
                f'of {source!r} are swap partners, but the names of both tell '
                f'the {side} side')
    return [[index for index in names if sides.get(index, side) == side]
            for side in ('left', 'right')]


def chain_indices(chains: Sequence[Sequence[str]],
                  metainfo: Union[str, dict]) -> Tuple[List[List[int]], int]:
    """Chains of landmarks, from their names.

    Args:
        chains (Sequence[Sequence[str]]): Landmark names.
        metainfo (str | dict): As of :func:`left_right_groups`.

    Returns:
        tuple: Landmark indices along each chain, and how many landmarks the
        data set has.

    Raises:
        ValueError: If a data set is unknown, or a chain has a name that it
            does not have, one twice, or fewer than two.

    Example:
        >>> from pcloss_mmpose.groups import chain_indices
        >>> chain_indices([['left collar', 'left hem']], 'FLDDataset')
        ([[0, 6]], 8)
    """
    info, source = _parse(metainfo)
    ids = info['keypoint_name2id']
    for number, chain in enumerate(chains):
        if not isinstance(chain, (list, tuple)):
            raise ValueError(f'chains[{number}] must be a list of landmark '
                             f'names, found {chain!r}')
        for name in chain:
            if name not in ids:
                raise ValueError(f'chains name {name!r}, the landmarks of '
                                 f'{source!r} are {", ".join(ids)}')
            if list(chain).count(name) > 1:
                raise ValueError(f'chains have {name!r} twice in '
                                 f'{list(chain)!r}')
        if len(chain) < 2:
            raise ValueError('chains must have two landmarks or more each, '
                             f'found {list(chain)!r}')
    return [[ids[name] for name in chain] for chain in chains], len(ids)


def side_of(name: str) -> Optional[str]:
    """'left' or 'right' if one of the two is a word of a landmark's name.

    Example:
        >>> from pcloss_mmpose.groups import side_of
        >>> side_of('eyeL'), side_of('right_eye'), side_of('upright')
        ('left', 'right', None)
    """
    words = {word.lower() for word in WORD.findall(name)}
    sides = [side for side in ('left', 'right') if words & {side, side[0]}]
    return sides[0] if len(sides) == 1 else None


def _parse(metainfo: Union[str, dict]) -> Tuple[dict, Union[str, dict]]:
    """MMPose's parsed metainfo, and how messages call it."""
    source = metainfo
    if isinstance(metainfo, dict) and 'dataset_name' in metainfo:
        source = metainfo['dataset_name']
    if isinstance(metainfo, str):
        if metainfo.endswith('.py'):
            metainfo = dict(from_file=metainfo)
        else:
            metainfo = getattr(DATASETS.get(metainfo), 'METAINFO', {})
    if not isinstance(metainfo, dict) or not (
            'from_file' in metainfo or 'keypoint_info' in metainfo):
        raise ValueError('metainfo must be a registered data set class, a .py '
                         'file or a dict with keypoint_info, found '
                         f'{source!r}')
    try:
        info = parse_pose_metainfo(metainfo)
    except KeyError as error:
        raise ValueError(f'the metainfo of {source!r} names {error}, which it '
                         'does not have') from None
    return info, source
