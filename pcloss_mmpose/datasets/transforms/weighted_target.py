from typing import Dict, Optional

import numpy as np
from mmpose.datasets.transforms import GenerateTarget
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class GenerateWeightedTarget(GenerateTarget):
    """``GenerateTarget`` for landmarks that count by a fraction.

    Stock codecs take ``keypoints_visible`` for a yes or no: below 0.5 they
    draw an empty target but keep the weight, which teaches background, and
    ``RegressionLabel`` makes every weight 0 or 1. Here the codec is told
    which landmarks are labelled (``keypoints_visible`` > 0), and the weights
    it returns are multiplied by ``keypoints_visible`` afterwards. With
    weights of 0 and 1 the result is that of ``GenerateTarget``.

    A drop-in: same arguments, same place in the pipeline.

    Required Keys:

        - keypoints
        - keypoints_visible: weights in [0, 1] in shape (N, K)
        - dataset_keypoint_weights

    Modified Keys:

        - keypoints_visible: 1 labelled, 0 not

    Added Keys:

        - what the codec returns
    """

    def transform(self, results: Dict) -> Optional[dict]:
        weights = results['keypoints_visible']
        labelled = (weights > 0).astype(weights.dtype)
        if weights.ndim == 3:
            # after KeypointConverter there is a second channel, which
            # GenerateTarget splits off
            labelled[..., 1] = weights[..., 1]
            weights = weights[..., 0]
        results['keypoints_visible'] = labelled

        results = super().transform(results)

        encoded = results.get('keypoint_weights')
        if isinstance(encoded, list):  # one item for each of several codecs
            results['keypoint_weights'] = [
                self._weigh(e, weights) for e in encoded
            ]
        elif encoded is not None:
            results['keypoint_weights'] = self._weigh(encoded, weights)
        return results

    @staticmethod
    def _weigh(encoded: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return (encoded * weights).astype(encoded.dtype)
