"""Which landmarks are each other's mirror image."""
from typing import Dict, Iterable, List, Sequence, Set, Tuple

from ...groups import WORD
from .annotations import listed

_OTHER = {'left': 'right', 'right': 'left', 'l': 'r', 'r': 'l'}


def mirrored(name: str) -> str:
    """The name with the other side in it, or the name itself.

    Example:
        >>> from pcloss_mmpose.datasets.new_dataset.sides import mirrored
        >>> mirrored('left_cuff'), mirrored('R Hem'), mirrored('collar')
        ('right_cuff', 'L Hem', 'collar')
    """

    def turn(match) -> str:
        word = match.group()
        other = _OTHER.get(word.lower(), word)
        if word.isupper():
            return other.upper()
        return other.capitalize() if word[0].isupper() else other

    return WORD.sub(turn, name)


def find_partners(
    names: Sequence[str], pairs: Iterable[Tuple[str, str]] = ()
) -> Tuple[Dict[str, str], List[str]]:
    """Partners by names, or as they are given.

    Args:
        names (Sequence[str]): All landmarks.
        pairs (Iterable[Tuple[str, str]]): Given ones; the second is empty for
            a landmark that has none, whatever its name.

    Returns:
        tuple[dict[str, str], list[str]]: The partner of each landmark that
        has one, both ways, and a sentence for each thing that is wrong.

    Example:
        >>> from pcloss_mmpose.datasets.new_dataset.sides import find_partners
        >>> find_partners(['left_cuff', 'right_cuff', 'collar'])
        ({'left_cuff': 'right_cuff', 'right_cuff': 'left_cuff'}, [])
    """
    partners: Dict[str, str] = {}
    wrong: List[str] = []
    told: Set[str] = set()
    for pair in pairs:
        unknown = [name for name in pair if name and name not in names]
        if unknown:
            wrong.append(f'--pair {":".join(pair)}: there is no landmark '
                         f'{unknown[0]!r}, but {listed(names)}')
        elif pair[0] in told or pair[1] in told or pair[0] == pair[1]:
            wrong.append(f'--pair {":".join(pair)}: a landmark has one '
                         'partner, another than itself')
        else:
            told.update(filter(None, pair))
            if pair[1]:
                partners.update({pair[0]: pair[1], pair[1]: pair[0]})
    for name in names:
        other = mirrored(name)
        if name in told or other == name:
            continue
        if other in names and other not in told:
            partners[name] = other
        else:
            wrong.append(f'{name!r} has no partner {other!r}: rename one in '
                         f'the annotation tool, or give --pair "{name}:NAME", '
                         f'or --pair "{name}:" if it has none')
    if not partners and not wrong:
        wrong.append(
            f'no name tells a side: {listed(names)}. Pictures are mirrored '
            'in training, so left and right must be known: have "left" and '
            '"right" in the names, give --pair A:B for each pair, or '
            '--no-mirror if there are none')
    return partners, wrong
