from typing import Sequence, Tuple

from .readers.fashionai_csv import LANDMARKS as FASHIONAI_LANDMARKS

FLD_LANDMARKS = ('left collar', 'right collar', 'left sleeve', 'right sleeve',
                 'left waistline', 'right waistline', 'left hem', 'right hem')

# side: the other side, and the colour that MMPose gives this one
_SIDES = {
    'left': ('right', [0, 255, 0]),
    'right': ('left', [255, 128, 0]),
    '': ('', [51, 153, 255]),
}

# what hangs from the hips counts as lower body, for RandomHalfBody
_LOWER = ('hem', 'waistband', 'crotch', 'bottom')


def landmark_metainfo(dataset_name: str, names: Sequence[str],
                      skeleton: Sequence[Tuple[str, str]]) -> dict:
    """Build the ``METAINFO`` of a data set of garment landmarks.

    Sides and swap partners follow from ``left`` and ``right`` in the names.

    Args:
        dataset_name (str): The name that logs and metrics show.
        names (Sequence[str]): Landmark names, in the order of the data.
        skeleton (Sequence[Tuple[str, str]]): Pairs of names to link.

    Returns:
        dict: As ``mmpose.datasets.datasets.utils.parse_pose_metainfo``
        takes it.

    Example:
        >>> info = landmark_metainfo('toy', ['hem_left', 'hem_right'], [])
        >>> info['keypoint_info'][0]['swap']
        'hem_right'
    """

    keypoint_info, skeleton_info = {}, {}
    for i, name in enumerate(names):
        side = _side(name)
        opposite, color = _SIDES[side]
        keypoint_info[i] = dict(
            name=name,
            id=i,
            color=color,
            type='lower' if any(p in name for p in _LOWER) else 'upper',
            swap=name.replace(side, opposite) if side else '')
    for i, link in enumerate(skeleton):
        sides = {_side(name) for name in link}
        _, color = _SIDES[sides.pop() if len(sides) == 1 else '']
        skeleton_info[i] = dict(link=link, id=i, color=color)
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


FLD_SKELETON = (
    ('left collar', 'right collar'),
    ('left collar', 'left sleeve'),
    ('right collar', 'right sleeve'),
    ('left collar', 'left waistline'),
    ('right collar', 'right waistline'),
    ('left waistline', 'right waistline'),
    ('left waistline', 'left hem'),
    ('right waistline', 'right hem'),
    ('left hem', 'right hem'),
)

FASHIONAI_SKELETON = (
    ('neckline_left', 'center_front'),
    ('neckline_right', 'center_front'),
    ('neckline_left', 'shoulder_left'),
    ('neckline_right', 'shoulder_right'),
    ('shoulder_left', 'armpit_left'),
    ('shoulder_right', 'armpit_right'),
    ('shoulder_left', 'cuff_left_out'),
    ('shoulder_right', 'cuff_right_out'),
    ('armpit_left', 'cuff_left_in'),
    ('armpit_right', 'cuff_right_in'),
    ('cuff_left_in', 'cuff_left_out'),
    ('cuff_right_in', 'cuff_right_out'),
    ('armpit_left', 'waistline_left'),
    ('armpit_right', 'waistline_right'),
    ('waistline_left', 'waistline_right'),
    ('armpit_left', 'top_hem_left'),
    ('armpit_right', 'top_hem_right'),
    ('top_hem_left', 'top_hem_right'),
    ('waistline_left', 'hemline_left'),
    ('waistline_right', 'hemline_right'),
    ('waistband_left', 'waistband_right'),
    ('waistband_left', 'hemline_left'),
    ('waistband_right', 'hemline_right'),
    ('hemline_left', 'hemline_right'),
    ('waistband_left', 'bottom_left_out'),
    ('waistband_right', 'bottom_right_out'),
    ('crotch', 'bottom_left_in'),
    ('crotch', 'bottom_right_in'),
    ('bottom_left_in', 'bottom_left_out'),
    ('bottom_right_in', 'bottom_right_out'),
)

FLD = landmark_metainfo('fld', FLD_LANDMARKS, FLD_SKELETON)
DEEPFASHION_C = landmark_metainfo('deepfashion_c', FLD_LANDMARKS, FLD_SKELETON)
FASHIONAI = landmark_metainfo('fashionai', FASHIONAI_LANDMARKS,
                              FASHIONAI_SKELETON)
