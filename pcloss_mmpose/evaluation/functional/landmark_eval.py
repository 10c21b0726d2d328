from typing import Tuple

import numpy as np

# Pairs compared at a time: bounds the memory whatever N and K are, and keeps
# the working set in the cache.
_PAIRS_PER_CHUNK = 2**18


def normalized_distance(pred: np.ndarray, gt: np.ndarray,
                        size: np.ndarray) -> np.ndarray:
    """Distance between prediction and ground truth, in units of ``size``.

    x and y are divided by their own size before the Euclidean norm is taken.

    Args:
        pred (np.ndarray): Predicted landmarks (N, K, 2), (x, y) in pixels of
            the image.
        gt (np.ndarray): True landmarks (N, K, 2) in the same coordinates.
        size (np.ndarray): What x and y are divided by, (N, 2) in pixels.

    Returns:
        np.ndarray: Distances (N, K) as fractions of ``size``.

    Examples:
        >>> import numpy as np
        >>> normalized_distance(
        ...     pred=np.array([[[13., 28.]]]),
        ...     gt=np.array([[[10., 20.]]]),
        ...     size=np.array([[100., 200.]]))
        array([[0.05]])
    """
    return np.sqrt((((pred - gt) / size[:, None])**2).sum(axis=-1))


def landmark_means(distances: np.ndarray) -> np.ndarray:
    """Mean distance of each landmark over the images where it counts.

    Args:
        distances (np.ndarray): (N, K), NaN where a landmark does not count.

    Returns:
        np.ndarray: The means (K,), NaN for a landmark that never counts.

    Examples:
        >>> import numpy as np
        >>> landmark_means(np.array([[.1, np.nan], [.3, np.nan]]))
        array([0.2, nan])
    """
    counted = ~np.isnan(distances)
    number = counted.sum(axis=0)
    total = np.where(counted, distances, 0.).sum(axis=0)
    means = np.full(total.shape, np.nan)
    return np.divide(total, number, out=means, where=number > 0)


def count_duplicates(pred: np.ndarray, gt: np.ndarray, labelled: np.ndarray,
                     size: np.ndarray,
                     threshold: float) -> Tuple[np.ndarray, np.ndarray]:
    """Count the pairs of landmarks that are predicted at the same place.

    A pair is a duplicate when its two predictions are closer than
    ``threshold`` while its two true positions are not. Only pairs of labelled
    landmarks of one image are looked at.

    Args:
        pred (np.ndarray): Predicted landmarks (N, K, 2), (x, y) in pixels of
            the image.
        gt (np.ndarray): True landmarks (N, K, 2) in the same coordinates.
        labelled (np.ndarray): Booleans (N, K), true where the true position
            is known.
        size (np.ndarray): What x and y are divided by, (N, 2) in pixels.
        threshold (float): As a fraction of ``size``.

    Returns:
        tuple: The duplicates (N,) and the pairs looked at (N,).

    Examples:
        >>> import numpy as np
        >>> count_duplicates(
        ...     pred=np.array([[[10., 10.], [11., 10.], [90., 90.]]]),
        ...     gt=np.array([[[10., 10.], [50., 10.], [90., 90.]]]),
        ...     labelled=np.array([[True, True, True]]),
        ...     size=np.array([[100., 100.]]),
        ...     threshold=0.02)
        (array([1]), array([3]))
    """
    number = labelled.sum(axis=1)
    pairs = number * (number - 1) // 2
    # The labelled landmarks are moved to the front, so that the work grows
    # with the pairs that are labelled in an image and not with K * K.
    width = int(number.max(initial=0))
    front = np.argsort(~labelled, axis=1, kind='stable')[:, :width]
    pred, gt = (
        np.take_along_axis(xy / size[:, None], front[..., None], axis=1)
        for xy in (pred, gt))
    first, second = np.triu_indices(width, k=1)

    duplicates = np.zeros(len(pairs), dtype=pairs.dtype)
    step = max(1, _PAIRS_PER_CHUNK // max(1, len(first)))
    for start in range(0, len(pairs), step):
        rows = slice(start, start + step)
        # ``second`` is the larger index: the pair is labelled if it is.
        found = second < number[rows, None]
        found &= _distances(pred[rows], first, second) < threshold
        found &= _distances(gt[rows], first, second) >= threshold
        duplicates[rows] = found.sum(axis=1)
    return duplicates, pairs


def _distances(xy: np.ndarray, first: np.ndarray,
               second: np.ndarray) -> np.ndarray:
    """Distances (N, P) between the landmarks of P pairs."""
    x, y = xy[..., 0], xy[..., 1]
    return np.sqrt((x[:, first] - x[:, second])**2 +
                   (y[:, first] - y[:, second])**2)
