"""What a folder is, and where what is missing in it seems to be."""
import os
import os.path as osp
from itertools import islice
from typing import Dict, List, Optional, Sequence, Tuple

from ..benchmark import Benchmark, registered_benchmarks
from ..readers import find_similar
from .tree import TreeFormat

_MAX_FOLDERS = 200
_ARCHIVES = ('.zip', '.tar', '.tgz', '.tar.gz', '.7z', '.rar')


def tree_formats() -> Dict[str, Tuple[Benchmark, TreeFormat]]:
    """The formats of all registered data sets, by their names."""
    return {
        name: (benchmark, tree)
        for benchmark in registered_benchmarks().values()
        for name, tree in benchmark.trees.items()
    }


def find_formats(root: str) -> List[str]:
    """Tell by its annotation files which formats a folder has.

    Returns:
        list[str]: Their names; two where json files lie beside lists.
    """
    return [
        name for name, (_, tree) in tree_formats().items() if tree.files(root)
    ]


def explain_missing_file(root: str, name: str, layout: str) -> Optional[str]:
    """Say where a file that should be ``root/name`` is, and what that means.
    """
    folders = _folders_around(root)
    there = [f for f in folders if osp.exists(osp.join(f, name))]
    if not there:
        return _explain_place(folders, root, name, [osp.basename(name)])
    formats = {folder: find_formats(folder) for folder in there}
    fitting = ([f for f in there if layout in formats[f]]
               or [f for f in there if not formats[f]])
    if fitting:
        return (f'{osp.join(fitting[0], name)} is there: check '
                f'{" or ".join(fitting)} instead')
    return (f'{osp.join(there[0], name)} is there, but {there[0]} looks '
            f'like {" and ".join(formats[there[0]])}')


def explain_missing_image(root: str, name: str) -> Optional[str]:
    """Say where an image that should be ``root/name`` is, if it is found."""
    similar = find_similar(osp.join(root, name))
    if similar:
        return f'{ascii(similar)} is there, which differs in case or accents'
    parts = name.split(osp.sep)
    tails = [osp.join(*parts[i:]) for i in range(len(parts))]
    if len(parts) > 2:
        tails.pop()  # as in DeepFashion-C, whose folders share file names
    return _explain_place(_folders_around(root), root, name, tails)


def _explain_place(folders: List[str], root: str, name: str,
                   tails: Sequence[str]) -> Optional[str]:
    wanted = osp.join(root, name)
    for found in (osp.join(f, tail) for tail in tails for f in folders):
        if osp.isfile(found):
            return f'{found} is there, it belongs to {wanted}'
    if osp.isdir(osp.dirname(wanted)):
        return None
    archives = (entry.path for folder in folders for entry in _entries(folder)
                if entry.name.endswith(_ARCHIVES))
    archive = next(archives, None)
    return archive and f'{archive} is not unpacked, is it?'


def _folders_around(root: str) -> List[str]:
    """``root``, the folders in it to a depth of three, and the one above."""
    folders = level = [root]
    for _ in range(3):
        below = (e for folder in level for e in _entries(folder)
                 if osp.isdir(e.path))  # is_dir raises for a link to itself
        level = [entry.path for entry in islice(below, _MAX_FOLDERS)]
        folders = folders + level
    return folders + [osp.normpath(osp.join(root, osp.pardir))]


def _entries(folder: str) -> List[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # not there, or not ours to read
        return []
