"""From a box of a picture to a network's input, and back."""
from typing import NamedTuple, Sequence

import cv2
import numpy as np


class Crop(NamedTuple):
    """What of a picture a network sees: MMPose's centre and scale.

    Attributes:
        center (np.ndarray): (x, y) in pixels of the picture.
        scale (np.ndarray): Width and height there.
    """
    center: np.ndarray
    scale: np.ndarray


def crop_of_box(box: np.ndarray, padding: float,
                input_size: Sequence[int]) -> Crop:
    """The part of a picture around a box, of the input's aspect ratio.

    What MMPose's ``GetBBoxCenterScale`` and ``TopdownAffine`` do.

    Args:
        box (np.ndarray): (x1, y1, x2, y2).
        padding (float): Factor of the box's sides.
        input_size (Sequence[int]): Width and height of the input.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.deploy.crop import crop_of_box
        >>> crop_of_box(np.array([0., 0., 30., 20.]), 1.25, (192, 256))
        Crop(center=array([15., 10.]), scale=array([37.5, 50. ]))
    """
    box = np.asarray(box, dtype=np.float64)
    center = (box[:2] + box[2:]) / 2
    width, height = (box[2:] - box[:2]) * padding
    aspect = input_size[0] / input_size[1]
    scale = np.array([max(width, height * aspect),
                      max(height, width / aspect)])  # yapf: disable
    return Crop(center, scale)


def cut_out(image: np.ndarray, crop: Crop, input_size: Sequence[int],
            udp: bool) -> np.ndarray:
    """The crop as a picture of the input's size.

    Args:
        image (np.ndarray): (H, W, 3).
        crop (Crop): Of it.
        input_size (Sequence[int]): Width and height.
        udp (bool): Whether the centres of the outermost pixels correspond,
            else the corners do, as MMPose has them.

    Returns:
        np.ndarray: (height, width, 3).
    """
    size = np.asarray(input_size, dtype=np.float64)
    factor = (size - 1 if udp else size) / crop.scale
    middle = size / 2 - (.5 if udp else 0.)
    offset = middle - factor * crop.center
    matrix = np.array([[factor[0], 0., offset[0]], [0., factor[1], offset[1]]])
    return cv2.warpAffine(
        image, matrix, tuple(int(v) for v in input_size),
        flags=cv2.INTER_LINEAR)  # yapf: disable


def to_picture(points: np.ndarray, crop: Crop,
               input_size: Sequence[int]) -> np.ndarray:
    """Positions in the input (..., 2) as positions in the picture.

    As MMPose's top-down estimators have it, whatever the crop.
    """
    size = np.asarray(input_size, dtype=np.float64)
    return points / size * crop.scale + crop.center - crop.scale / 2


def to_input(image: np.ndarray, mean: Sequence[float], std: Sequence[float],
             rgb: bool) -> np.ndarray:
    """A BGR picture (H, W, 3) as the network's input (3, H, W), float32."""
    if rgb:
        image = image[..., ::-1]
    normal = (image.astype(np.float32) - np.float32(mean)) / np.float32(std)
    return np.ascontiguousarray(normal.transpose(2, 0, 1))
