"""Pictures and videos to predict."""
import mimetypes
import os
import os.path as osp
from typing import List, NamedTuple


class Input(NamedTuple):
    """A file to predict.

    Attributes:
        path (str): Where it is.
        name (str): Its path below the folder that was given, with ``/``.
        is_video (bool): Told by the name's ending.
    """
    path: str
    name: str
    is_video: bool


def find_inputs(path: str, out: str) -> List[Input]:
    """List a file, or the files below a folder, in the order of their names.

    Hidden files and folders are left out, and so is the folder of results.

    Args:
        path (str): A picture, a video or a folder.
        out (str): The folder of results.

    Returns:
        list[Input]: At least one.

    Raises:
        FileNotFoundError: If there is nothing at the path.
        ValueError: If a folder holds no files.
    """
    if not osp.exists(path):
        raise FileNotFoundError(f'{path}: no such picture, video or folder')
    if not osp.isdir(path):
        return [_input(path, osp.basename(path))]
    names = []
    for folder, subfolders, files in os.walk(path):
        subfolders[:] = [
            s for s in subfolders if not s.startswith('.')
            and osp.realpath(osp.join(folder, s)) != osp.realpath(out)
        ]
        names += [
            osp.relpath(osp.join(folder, name), path) for name in files
            if not name.startswith('.')
        ]
    if not names:
        raise ValueError(f'{path}: the folder holds no files')
    return [
        _input(osp.join(path, name), name.replace(os.sep, '/'))
        for name in sorted(names)
    ]


def _input(path: str, name: str) -> Input:
    kind = mimetypes.guess_type(name)[0] or ''
    return Input(path, name, kind.startswith('video/'))
