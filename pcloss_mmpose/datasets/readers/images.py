import os
import os.path as osp
from typing import Dict, List, Optional, Sequence, Set, Tuple
from unicodedata import normalize

import cv2
import numpy as np
from PIL import Image

_ORIENTATION = 0x0112


def find_missing(paths: Sequence[str]) -> List[int]:
    """Find the paths at which there is no file.

    Each folder is listed once, which for many images is far cheaper than to
    look for them one by one. Links are followed.

    Returns:
        list[int]: Indices of the missing ones.
    """
    listing: Dict[str, Set[str]] = {}
    missing = []
    for i, path in enumerate(paths):
        folder, name = osp.split(path)
        if folder not in listing:
            listing[folder] = _files(folder or '.')
        # A folder that can't be listed may have it, and a file system that
        # ignores case or the form of accents.
        if name not in listing[folder] and not osp.isfile(path):
            missing.append(i)
    return missing


def find_similar(path: str) -> Optional[str]:
    """Find the file whose name differs in case or in the form of accents.

    An accented letter is one character or two, which look the same: archives
    that were packed on a Mac have two.

    Returns:
        str | None: The path of such a file in the same folder, if any.
    """
    folder, name = osp.split(path)
    for other in sorted(_files(folder or '.')):
        if other != name and _folded(other) == _folded(name):
            return osp.join(folder, other)
    return None


def _files(folder: str) -> Set[str]:
    try:
        with os.scandir(folder) as entries:
            return {
                entry.name
                for entry in entries if entry.is_file(follow_symlinks=False)
                or entry.is_symlink() and osp.isfile(entry.path)
            }
    except (OSError, ValueError):  # not there, or not ours to read
        return set()


def _folded(name: str) -> str:
    return normalize('NFC', name).casefold()


def image_size(path: str, decode: bool = False, **options) -> Tuple[int, int]:
    """Tell (width, height) of the pixels that :func:`read_image` reads.

    The header tells it, unless it says that the picture is turned, or cannot
    be read by Pillow. Then the picture is decoded: whether it is turned
    depends on the options, its format and the version of OpenCV.

    Args:
        path (str): The file.
        decode (bool): Whether to read and decode the whole file, so that a
            damaged one is found.
        **options: Arguments of :func:`read_image`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not an image.
    """
    size = _header_size(path, decode)
    if size is None:
        height, width = read_image(path, **options).shape[:2]
        size = width, height
    return size


def _header_size(path: str, decode: bool) -> Optional[Tuple[int, int]]:
    """(width, height) where Pillow knows what OpenCV makes of a file."""
    try:
        with Image.open(path) as image:
            size, kind = image.size, image.format
            turned = image.getexif().get(_ORIENTATION, 1) >= 5
            if decode and kind == 'JPEG':
                image.draft('L', (1, 1))  # an eighth of the size is enough
                image.load()
    except FileNotFoundError:
        raise
    except Exception:  # Pillow raises all sorts for broken files
        return None
    if decode and kind != 'JPEG':
        if not cv2.haveImageReader(path):
            raise ValueError(f'{path}: OpenCV does not read {kind}')
        return None
    return None if turned else size


def read_image(path: str,
               color_type: str = 'color',
               imdecode_backend: str = 'cv2',
               backend_args: Optional[dict] = None) -> np.ndarray:
    """Read a picture as ``LoadImage`` does, or say why not.

    By default it is BGR with 8 bits, turned as its EXIF data says; of 16 bits
    the upper 8 remain, of transparency nothing, grey becomes three equal
    channels. A truncated picture is refused: from memory, as here, OpenCV
    does so, from a file it would return the upper part. Bytes that changed
    within a JPEG are not noticed.

    Args:
        path (str): The file.
        color_type (str): See ``mmcv.imfrombytes``.
        imdecode_backend (str): See ``mmcv.imfrombytes``.
        backend_args (dict, optional): See ``mmengine.fileio.get``.

    Returns:
        np.ndarray: In shape (H, W, 3), uint8.

    Raises:
        ValueError: Naming the file and the reason.
    """
    try:
        content = _read(path, backend_args)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ValueError(f'{path}: {reason}') from None
    if not content:
        raise ValueError(f'{path}: an empty file')
    try:
        image = _decode(content, color_type, imdecode_backend)
    except Exception as error:  # each backend has errors of its own
        reason = ' '.join(str(error).split())
        raise ValueError(f'{path}: cannot be decoded: {reason}') from None
    if image is None:
        raise ValueError(f'{path}: not an image that OpenCV reads, or a '
                         'broken one')
    return image


# What mmengine and mmcv do by default is done without them, where they are
# not installed.
def _read(path: str, backend_args: Optional[dict]) -> bytes:
    if backend_args is None and '://' not in str(path):
        with open(path, 'rb') as file:
            return file.read()
    from mmengine import fileio
    return fileio.get(path, backend_args=backend_args)


def _decode(content: bytes, color_type: str, backend: str) -> np.ndarray:
    if (color_type, backend) == ('color', 'cv2'):
        return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    import mmcv
    return mmcv.imfrombytes(content, flag=color_type, backend=backend)
