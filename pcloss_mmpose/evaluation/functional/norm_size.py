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


def fashionai_size(gt: np.ndarray, labelled: np.ndarray,
                   category: np.ndarray) -> np.ndarray:
    """Distance between the two reference landmarks of a garment's category.

    As the FashionAI challenge measures: of blouses, outwear and dresses that
    of the armpits, of skirts and trousers that of the waistband's ends.

    Args:
        gt (np.ndarray): True landmarks (N, 24, 2), (x, y) in pixels.
        labelled (np.ndarray): Booleans (N, 24), as of :func:`pair_size`.
        category (np.ndarray): Keys of ``FASHIONAI_REFERENCE``, (N,).

    Returns:
        np.ndarray: As of :func:`pair_size`.

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
            annotated, visible or occluded.
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
