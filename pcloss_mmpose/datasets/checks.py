from typing import Optional, Sequence

import numpy as np

from ..utils import counted
from .loading import Loading
from .readers import LandmarkTable, RaggedLandmarks, find_missing, find_similar
from .readers.landmark_table import take

# Reading the size of every image would take minutes on a cold disk. Images
# that do not belong to their annotations (resized, wrong folder) show in any
# sample; a single stray landmark gets no weight from the codec anyway.
_IMAGES_MEASURED = 256


def check_images_exist(table: LandmarkTable, paths: Sequence[str],
                       loading: Loading) -> None:
    """Raise FileNotFoundError if images are absent, or all that are skipped.

    The message names the annotation of the first one.
    """
    missing = find_missing(paths)
    if missing and not (loading.skips and len(missing) < len(paths)):
        first = ', '.join(paths[i] for i in missing[:3])
        some = counted(
            len(paths), 'image is not there, such as',
            'images are not there, such as')
        similar = find_similar(paths[missing[0]])
        raise FileNotFoundError(
            f'{table.sources[missing[0]]}: {len(missing)} of {some} '
            f'{first}' + (f'; there is {ascii(similar)}' if similar else ''))


def find_outside(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Find points more than a pixel outside their image.

    The centre of the last pixel is at width - 1, so that a coordinate may
    equal the width.

    Args:
        points (np.ndarray): (x, y) in pixels, in shape (N, K, 2).
        sizes (np.ndarray): (width, height) of the images in shape (N, 2), inf
            or NaN where it is not known.

    Returns:
        np.ndarray: Booleans in shape (N, K).

    Example:
        >>> points = np.array([[[60., -1.], [61., 5.]]])
        >>> find_outside(points, np.array([[60., 80.]]))
        array([[False,  True]])
    """
    return ((points < -1) | (points > sizes[:, None])).any(axis=2)


def describe_outside(table: LandmarkTable, paths: Sequence[str],
                     loading: Loading) -> Optional[str]:
    """Look for landmarks more than a pixel outside their image.

    Where the annotations do not tell the image sizes, those of a sample of
    the images, evenly spread, are read.

    Returns:
        str | None: What was found, or None.

    Raises:
        ValueError: If an image can't be read, and is not skipped.
    """
    number = len(paths)
    if isinstance(table.keypoints, RaggedLandmarks):  # far fewer numbers
        rows = _spread(number)
        table, paths = table.take(rows), take(paths, rows)
        dense = [table.keypoints[i] for i in range(len(rows))]
        table = table._replace(keypoints=np.stack(dense))
    if table.sizes is not None:
        sizes, measured = table.sizes, len(paths)
    else:
        sizes = np.full((len(paths), 2), np.inf, dtype=np.float32)
        rows = _spread(len(paths))
        for i in rows:
            sizes[i] = loading.size(paths[i])
        measured = len(rows) - np.isnan(sizes[:, 0]).sum()
    xy = table.keypoints[..., :2]
    outside = find_outside(xy, sizes)
    if not outside.any():
        return None
    row, landmark = np.argwhere(outside)[0]
    x, y = xy[row, landmark]
    width, height = sizes[row]
    size = f' of {width:.0f} x {height:.0f}' if np.isfinite(width) else ''
    garments = counted(outside.any(axis=1).sum(), 'garment')
    some = counted(outside.sum(), f'landmark of {garments} is',
                   f'landmarks of {garments} are')
    return (f'{some} more than a pixel outside their image (the size of '
            f'{measured} of {counted(number, "image")} was looked at), such '
            'as '
            f'landmark {landmark + 1} at ({x:g}, {y:g}) in an image{size}: '
            f'{table.sources[row]}')


def _spread(number: int) -> np.ndarray:
    """Indices of some of N images, evenly spread."""
    some = min(number, _IMAGES_MEASURED)
    return np.linspace(0, number - 1, some).astype(np.int64)
