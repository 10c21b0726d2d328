from typing import Dict, Optional, Sequence, Tuple

#: As MMPose colours the sides, and what is on none.
SIDE_COLORS = {'left': [0, 255, 0], 'right': [255, 128, 0], '': [51, 153, 255]}
_OTHER = dict(left='right', right='left')

# what hangs from the hips counts as lower body, for RandomHalfBody
_LOWER = ('hem', 'waistband', 'crotch', 'bottom')


def landmark_metainfo(dataset_name: str,
                      names: Sequence[str],
                      skeleton: Sequence[Tuple[str, str]],
                      pairs: Optional[Sequence[Tuple[str,
                                                     str]]] = None) -> dict:
    """Build the ``METAINFO`` of a data set of garment landmarks.

    Sides follow from ``left`` and ``right`` in the names.

    Args:
        dataset_name (str): The name that logs and metrics show.
        names (Sequence[str]): Landmark names, in the order of the data.
        skeleton (Sequence[Tuple[str, str]]): Pairs of names to link, and so
            are their mirror images.
        pairs (Sequence[Tuple[str, str]], optional): Names of swap partners.
            Defaults to None, those whose names differ in the side alone.

    Returns:
        dict: As ``mmpose.datasets.datasets.utils.parse_pose_metainfo``
        takes it.

    Example:
        >>> info = landmark_metainfo('toy', ['hem_left', 'hem_right'], [])
        >>> info['keypoint_info'][0]['swap']
        'hem_right'
    """
    if pairs is None:
        swaps = {
            name: name.replace(_side(name), _OTHER[_side(name)])
            for name in names if _side(name)
        }
    else:
        swaps = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    keypoint_info, skeleton_info = {}, {}
    for i, name in enumerate(names):
        keypoint_info[i] = dict(
            name=name,
            id=i,
            color=SIDE_COLORS[_side(name)],
            type='lower' if any(p in name for p in _LOWER) else 'upper',
            swap=swaps.get(name, ''))
    links: Dict[frozenset, Tuple[str, ...]] = {}
    for link in skeleton:
        mirrored = tuple(swaps.get(name) or name for name in link)
        for one in (link, mirrored):
            links.setdefault(frozenset(one), one)
    for i, ends in enumerate(links.values()):
        sides = {_side(name) for name in ends}
        color = SIDE_COLORS[sides.pop() if len(sides) == 1 else '']
        skeleton_info[i] = dict(link=ends, id=i, color=color)
    return dict(
        dataset_name=dataset_name,
        keypoint_info=keypoint_info,
        skeleton_info=skeleton_info,
        joint_weights=[1.] * len(names),
        # Nobody has published OKS constants for these landmarks. One value,
        # in the middle of COCO's 0.025 (nose) to 0.107 (hip), lets OKS run.
        sigmas=[0.05] * len(names))


def check_swaps(names: Sequence[str], partners: Sequence[int],
                owner: str) -> None:
    """Refuse swap partners that are not each other's.

    Args:
        names (Sequence[str]): Landmark names.
        partners (Sequence[int]): The swap partner of each landmark, itself
            for none, as ``flip_indices`` of MMPose's metainfo.
        owner (str): Whose landmarks they are, for the message.

    Raises:
        ValueError: With the names of the first two that differ.

    Example:
        >>> check_swaps(['left', 'right'], [1, 1], 'toy')
        Traceback (most recent call last):
        ...
        ValueError: toy: the swap of 'left' is 'right', but that of 'right' \
is '': each must name the other
    """
    for index, partner in enumerate(partners):
        back = partners[partner]
        if back != index:
            other = names[back] if back != partner else ''
            raise ValueError(
                f'{owner}: the swap of {names[index]!r} is '
                f'{names[partner]!r}, but that of {names[partner]!r} is '
                f'{other!r}: each must name the other')


def _side(name: str) -> str:
    return 'left' if 'left' in name else 'right' if 'right' in name else ''
