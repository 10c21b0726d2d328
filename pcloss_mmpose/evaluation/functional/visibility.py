"""Which landmarks are visible, occluded or absent, by the annotation."""
from typing import Tuple

import numpy as np

#: COCO's visibility codes, and one for a landmark that is labelled, but whose
#: annotation does not tell whether it is visible.
ABSENT, OCCLUDED, VISIBLE, LABELLED = 0, 1, 2, 3


def annotated_visibility(gt: np.ndarray, labelled: np.ndarray,
                         annotation: np.ndarray
                         ) -> Tuple[np.ndarray, np.ndarray]:
    """Find the landmarks in the annotation that they were made of.

    A transform such as MMPose's ``KeypointConverter`` changes the order and
    the number of the landmarks and leaves the annotation as it was. So a
    landmark is told by its place: the code is that of the annotated landmark
    of the same number if both lie there, else of any labelled one that does.

    Args:
        gt (np.ndarray): True landmarks (N, K, 2), (x, y) in pixels.
        labelled (np.ndarray): Booleans (N, K), true where the landmark takes
            part in training and testing. An occluded one may not.
        annotation (np.ndarray): Landmarks as annotated (N, R, 3), x, y and
            COCO's code; NaN where an image has fewer than R.

    Returns:
        tuple: The codes (N, K), NaN for a labelled landmark at no annotated
        place; and booleans (N, K), true where the annotated landmark of the
        same number is at the place.

    Examples:
        >>> import numpy as np
        >>> codes, same = annotated_visibility(
        ...     gt=np.array([[[5., 6.], [1., 2.], [3., 4.]]]),
        ...     labelled=np.array([[True, True, True]]),
        ...     annotation=np.array([[[1., 2., 2.], [5., 6., 1.]]]))
        >>> codes
        array([[ 1.,  2., nan]])
    """
    number = gt.shape[1]
    lacking = max(0, number - annotation.shape[1])
    if lacking:
        annotation = np.pad(
            annotation, ((0, 0), (0, lacking), (0, 0)), constant_values=np.nan)
    # MMPose keeps 32 bits of an annotated position.
    gt, places = gt.astype(np.float32), annotation[..., :2].astype(np.float32)
    given = annotation[..., 2]
    same = (places[:, :number] == gt).all(-1)
    codes = np.where(same, given[:, :number], np.nan)

    sought = np.isnan(codes) | (labelled & (codes == ABSENT))
    for n in np.flatnonzero(sought.any(1)):
        there = (gt[n][:, None] == places[n]).all(-1) & (given[n] != ABSENT)
        found = sought[n] & there.any(1)
        codes[n, found] = given[n][there.argmax(1)][found]
    # What is not labelled is absent, unless occluded landmarks are left out
    # on purpose. The origin is where a converter puts what it has not got.
    left_out = (codes == OCCLUDED) & (same | gt.any(-1))
    others = np.where(left_out, OCCLUDED, ABSENT)
    return np.where(labelled, codes, others), same


def tells_occlusion(codes: np.ndarray) -> bool:
    """Whether the annotations of a test set say which landmarks are visible.

    Some data sets call every labelled landmark 1, which is COCO's code for
    occluded, and some have no codes. ``codes`` are those of all images.
    """
    return bool((codes == VISIBLE).any())


def settled_visibility(codes: np.ndarray) -> np.ndarray:
    """Codes by which to measure: ``LABELLED`` counts as visible.

    So does ``OCCLUDED`` where the annotations do not tell which landmarks
    are visible. ``codes`` are those of all images.

    Examples:
        >>> import numpy as np
        >>> settled_visibility(np.array([0, 1, 2, 3]))
        array([0, 1, 2, 2])
        >>> settled_visibility(np.array([0, 1, 1]))
        array([0, 2, 2])
    """
    least = LABELLED if tells_occlusion(codes) else OCCLUDED
    return np.where(codes >= least, VISIBLE, codes)
