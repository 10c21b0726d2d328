from typing import Dict

import numpy as np
from mmpose.registry import METRICS

from ..functional import landmark_means
from .landmark_metric import LandmarkMetric


@METRICS.register_module()
class NormalizedError(LandmarkMetric):
    """Normalized error (NE) of fashion landmarks, as the papers define it.

    Only visible landmarks count: those with COCO's code 2 in the annotation,
    ``raw_ann_info``. A landmark is found in it by its place, so that MMPose's
    ``KeypointConverter`` may change the order or take some of them. A
    labelled landmark that is not in it, such as the middle of two, counts as
    visible, and so do those with code 1 where no image has a 2; a warning
    says so once. The values are fractions, as of the stock metrics; papers
    print percent.

    ======================  ==============================================
    ``NE``                  the average
    ``NE/<landmark>``       the mean error of a landmark; a landmark that is
                            visible in no image is left out
    ``NE/num_images``       images with at least one visible landmark
    ``NE/num_landmarks``    visible landmarks in these images
    ``NE/num_skipped``      images without a size to divide by
    ======================  ==============================================

    With ``norm='bbox'`` (FLD, DeepFashion) x and y are divided by the width
    and the height of the ground-truth box, and the average is the plain mean
    of the errors per landmark ("DeepFashion", CVPR 2016; "Fashion Landmark
    Detection in the Wild", ECCV 2016).
    It stays the ground-truth box where the images are cropped to detected ones
    (``bbox_file`` of the plugin's data sets).

    With ``norm='fashionai'`` distances are divided by the distance between
    the armpits (blouse, outwear, dress) or between the ends of the waistband
    (skirt, trousers), and the average is taken over all visible landmarks of
    all images at once, as in the FashionAI challenge. The garment's category
    is ``category_id``, 1 to 5 in this order. An image where one of the two
    reference landmarks is not annotated is skipped and counted; an occluded
    reference landmark is annotated. The reference is that of the annotation,
    or, without one of 24 landmarks, told by the names.

    With ``norm='keypoint_distance'``, for the data sets for which MMPose's
    ``NME`` knows a pair of reference landmarks, distances are divided by that
    of the pair (faces: of the outer corners of the eyes), and the average is
    taken over all landmarks at once.

    Args:
        norm (str): ``'bbox'``, ``'fashionai'`` or ``'keypoint_distance'``.
            Defaults to '', that of the data set's benchmark; of a data set
            without one, ``'bbox'``.
        collect_device (str): Where results of several processes are
            collected, ``'cpu'`` or ``'gpu'``. Defaults to ``'cpu'``.
        prefix (str, optional): Put before the names of the results.

    Examples:
        >>> import numpy as np
        >>> metric = NormalizedError(norm='bbox', prefix='fld')
        >>> sample = dict(
        ...     pred_instances=dict(keypoints=np.array([[[13., 28.]]])),
        ...     gt_instances=dict(
        ...         keypoints=np.array([[[10., 20.]]]),
        ...         bboxes=np.array([[0., 0., 100., 200.]])),
        ...     raw_ann_info=dict(keypoints=[10., 20., 2.]))
        >>> metric.process(None, [sample])
        >>> metric.evaluate(size=1)['fld/NE']
        0.05
    """

    def summarize(self, table: np.ndarray) -> Dict[str, float]:
        distances = table['distances']
        means = landmark_means(distances)
        average = np.nanmean(distances if self.norm.pooled else means)
        return {
            'NE': float(average),
            **self.per_landmark('NE', means),
            **self.counts('NE', table)
        }
