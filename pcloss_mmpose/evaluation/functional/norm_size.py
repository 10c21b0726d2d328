"""What landmark distances are divided by: pure functions, (N, 2) pixels."""
import numpy as np

#: Category of FashionAI -> the pair of landmarks that sets the scale, as
#: indices into the 24 landmarks in the order of the official csv files.
#: Categories: 1 blouse, 2 outwear, 3 dress, 4 skirt, 5 trousers.
FASHIONAI_REFERENCE = {
    1: (5, 6),  # armpit_left, armpit_right
    2: (5, 6),
    3: (5, 6),
    4: (15, 16),  # waistband_left, waistband_right
    5: (15, 16),
}


def bbox_size(bboxes: np.ndarray) -> np.ndarray:
    """Width and height of boxes.

    Args:
        bboxes (np.ndarray): Boxes (N, 4), (x1, y1, x2, y2) in pixels.

    Returns:
        np.ndarray: (N, 2).

    Examples:
        >>> import numpy as np
        >>> bbox_size(np.array([[10, 20, 110, 220]]))
        array([[100, 200]])
    """
    return bboxes[:, 2:4] - bboxes[:, :2]


def fashionai_size(gt: np.ndarray, labelled: np.ndarray,
                   category: np.ndarray) -> np.ndarray:
    """Distance between the two reference landmarks of a garment's category.

    The FashionAI challenge measures blouses, outwear and dresses in units of
    the distance between the armpits, skirts and trousers in units of the
    distance between the ends of the waistband. An occluded landmark has an
    annotated position and serves as well as a visible one.

    Args:
        gt (np.ndarray): True landmarks (N, 24, 2), (x, y) in pixels.
        labelled (np.ndarray): Booleans (N, 24), true where the landmark is
            annotated, visible or occluded.
        category (np.ndarray): Keys of ``FASHIONAI_REFERENCE``, (N,).

    Returns:
        np.ndarray: The distance, once for x and once for y (N, 2); NaN for an
        image that lacks one of the two landmarks.

    Raises:
        KeyError: A category that is not a key of ``FASHIONAI_REFERENCE``.

    Examples:
        >>> import numpy as np
        >>> gt = np.zeros((1, 24, 2))
        >>> gt[0, 6] = 30., 40.
        >>> labelled = np.ones((1, 24), dtype=bool)
        >>> fashionai_size(gt, labelled, np.array([3]))
        array([[50., 50.]])
    """
    pair = np.array([FASHIONAI_REFERENCE[int(c)] for c in category])
    return pair_size(gt, labelled, pair.reshape(-1, 2))


def pair_size(gt: np.ndarray, labelled: np.ndarray,
              pair: np.ndarray) -> np.ndarray:
    """Distance between two landmarks of each image.

    Args:
        gt (np.ndarray): True landmarks (N, K, 2), (x, y) in pixels.
        labelled (np.ndarray): Booleans (N, K), true where the landmark is
            annotated.
        pair (np.ndarray): Indices of the two landmarks (N, 2).

    Returns:
        np.ndarray: The distance, once for x and once for y (N, 2); NaN for an
        image that lacks one of the two landmarks.

    Examples:
        >>> import numpy as np
        >>> gt = np.array([[[0., 0.], [30., 40.]]])
        >>> pair_size(gt, np.array([[True, True]]), np.array([[0, 1]]))
        array([[50., 50.]])
    """
    ends = np.take_along_axis(gt, pair[..., None], axis=1)
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=-1)
    annotated = np.take_along_axis(labelled, pair, axis=1).all(axis=1)
    length = np.where(annotated, length, np.nan)
    return np.stack([length, length], axis=1)
