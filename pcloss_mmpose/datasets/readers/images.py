import os
from typing import Dict, List, Sequence, Set, Tuple

import cv2
from PIL import Image, UnidentifiedImageError

_ORIENTATION = 0x0112


def find_missing(paths: Sequence[str]) -> List[int]:
    """Find the paths at which there is no file.

    Each folder is listed once, which for many images is far cheaper than to
    look for them one by one.

    Returns:
        list[int]: Indices of the missing ones.
    """
    listing: Dict[str, Set[str]] = {}
    missing = []
    for i, path in enumerate(paths):
        folder, name = os.path.split(path)
        if folder not in listing:
            listing[folder] = set(os.listdir(folder or '.')) \
                if os.path.isdir(folder or '.') else set()
        if name not in listing[folder]:
            missing.append(i)
    return missing


def image_size(path: str, decode: bool = False) -> Tuple[int, int]:
    """Read (width, height) from the header of an image file.

    It is the size of the image as OpenCV decodes it, with the rotation in
    its EXIF data applied.

    Args:
        path (str): The file.
        decode (bool): Whether to read and decode the whole file, so that a
            damaged one is found.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not an image.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            rotated = image.getexif().get(_ORIENTATION, 1) >= 5
            if decode:
                if image.format != 'JPEG' and not cv2.haveImageReader(path):
                    raise ValueError(f'OpenCV does not read {image.format}')
                image.draft('L', (1, 1))  # an eighth of the size is enough
                image.load()
    except FileNotFoundError:
        raise
    except UnidentifiedImageError:
        raise ValueError(f'{path}: not an image, or a broken one') from None
    except Exception as e:  # Pillow raises all sorts for broken files
        raise ValueError(f'{path}: a broken image: {e}') from None
    return (height, width) if rotated else (width, height)
