"""Draw what MMPose's inferencer has found."""
import numpy as np
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

from ..deploy import Garments, Landmarks, draw_garments


class GarmentVisualizer(PoseLocalVisualizer):
    """Landmarks with names and scores, in place of MMPose's bare dots.

    See :func:`~pcloss_mmpose.deploy.draw_garments`.
    """

    def add_datasample(self,
                       name: str,
                       image: np.ndarray,
                       data_sample: PoseDataSample,
                       kpt_thr: float = 0.3,
                       **kwargs) -> np.ndarray:
        """Draw the predictions of a picture.

        Args:
            name (str): Of a window; not used.
            image (np.ndarray): RGB, in shape (H, W, 3), uint8.
            data_sample (PoseDataSample): With ``pred_instances``.
            kpt_thr (float): Score below which a landmark is a ring.

        Returns:
            np.ndarray: The drawn picture, RGB.
        """
        found = data_sample.pred_instances
        types = found.get('garments') or [None] * len(found.bboxes)
        image = draw_garments(
            image, Garments(found.bboxes, found.bbox_scores, types),
            Landmarks(found.keypoints, found.keypoint_scores),
            list(self.dataset_meta['keypoint_id2name'].values()),
            self.dataset_meta.get('skeleton_links', ()), kpt_thr)
        self.set_image(image)
        return image
