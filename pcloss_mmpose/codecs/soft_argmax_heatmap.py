import math
from typing import Optional, Tuple

import numpy as np
import torch
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from ..functional import fit_peak

CONVENTIONS = ('half_pixel', 'msra')


@KEYPOINT_CODECS.register_module()
class SoftArgmaxHeatmap(BaseKeypointCodec):
    """Gaussian heatmaps at continuous positions, read to sub-pixels.

    Takes the place of :class:`mmpose.codecs.MSRAHeatmap`, with the same
    target weights. The Gaussian is not rounded to a pixel, and its position
    is read back by a soft-argmax and a fit,
    :func:`~pcloss_mmpose.functional.fit_peak`, for a whole batch at once and
    on the heatmaps' own device.

    With s = input size / heatmap size, the heatmap's pixel i is the input's
    pixel (i + 0.5) * s - 0.5: both cover the same area. So a flipped heatmap
    is the heatmap of the flipped input, to the last digit, and a flip test
    must not shift it: ``test_cfg=dict(shift_heatmap=False)``. In MSRA's
    convention it is i * s; a flipped heatmap then lies (s - 1) / s pixels
    off, and the whole pixel by which MMPose's flip test shifts it puts the
    average of both heatmaps half an input pixel off in x. The models of the
    two conventions differ: one reads the other's heatmaps (s - 1) / 2 input
    pixels off.

    Args:
        input_size (tuple): Image size in [w, h].
        heatmap_size (tuple): Heatmap size in [W, H].
        sigma (float): The Gaussian's sigma in heatmap pixels.
        convention (str): ``'half_pixel'``, or ``'msra'`` for models that
            were trained with ``MSRAHeatmap``, with
            ``test_cfg=dict(shift_heatmap=True)``. Defaults to
            ``'half_pixel'``.

    Raises:
        ValueError: If a size or sigma is not positive, or for an unknown
            convention.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.codecs import SoftArgmaxHeatmap
        >>> codec = SoftArgmaxHeatmap((192, 256), (48, 64), sigma=2.)
        >>> encoded = codec.encode(np.array([[[101.3, 57.8]]]))
        >>> encoded['heatmaps'].shape
        (1, 64, 48)
        >>> keypoints, scores = codec.decode(encoded['heatmaps'])
        >>> keypoints[0].astype(float).round(2).tolist()
        [[101.3, 57.8]]
    """

    label_mapping_table = dict(keypoint_weights='keypoint_weights')
    field_mapping_table = dict(heatmaps='heatmaps')

    def __init__(self,
                 input_size: Tuple[int, int],
                 heatmap_size: Tuple[int, int],
                 sigma: float,
                 convention: str = 'half_pixel') -> None:
        super().__init__()
        for name, size in (('input_size', input_size), ('heatmap_size',
                                                        heatmap_size)):
            if len(size) != 2 or min(size) < 1:
                raise ValueError(f'{name} must be a positive width and '
                                 f'height, found {size}')
        if not sigma > 0:
            raise ValueError(f'sigma must be positive, found {sigma}')
        if convention not in CONVENTIONS:
            raise ValueError("convention must be 'half_pixel' or 'msra', "
                             f'found {convention!r}')
        self.input_size = tuple(input_size)
        self.heatmap_size = tuple(heatmap_size)
        self.sigma = sigma
        self.convention = convention
        self.scale_factor = (np.array(input_size) /
                             heatmap_size).astype(np.float32)
        # The heatmap's pixel 0 in pixels of the input.
        self._origin = np.zeros(2, np.float32)
        if convention == 'half_pixel':
            self._origin = (self.scale_factor - 1) / 2
        # Where a Gaussian is drawn: the border of MSRAHeatmap(unbiased=True).
        self._lowest = np.float32(-3 * sigma - 1)
        self._beyond = np.array(heatmap_size, np.float32) + 3 * sigma
        # exp(-t^2) in units of t
        self._to_exponent = np.float32(1 / (math.sqrt(2) * sigma))
        self._grid = np.arange(
            max(heatmap_size), dtype=np.float32) * self._to_exponent

    def encode(self,
               keypoints: np.ndarray,
               keypoints_visible: Optional[np.ndarray] = None) -> dict:
        """Draw one Gaussian for each keypoint.

        Args:
            keypoints (np.ndarray): (1, K, 2), (x, y) in pixels of the input.
            keypoints_visible (np.ndarray, optional): (1, K). A keypoint is
                drawn when it is above zero, so that it can be a weight.

        Returns:
            dict: ``heatmaps`` (K, H, W), float32, and ``keypoint_weights``
            (1, K): ``keypoints_visible``, and zero where the heatmap lies
            more than 3 sigma away.

        Raises:
            ValueError: If there is not exactly one instance.
        """
        if keypoints.shape[0] != 1:
            raise ValueError(f'{type(self).__name__} encodes one instance, '
                             f'found {keypoints.shape[0]}')
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        center = np.subtract(
            keypoints[0, :, :2], self._origin, dtype=np.float32)
        center /= self.scale_factor
        inside = (center >= self._lowest) & (center < self._beyond)
        drawn = inside[:, 0] & inside[:, 1] & (keypoints_visible[0] > 0)
        # Of a data set whose objects have but some landmarks, the others'
        # heatmaps are empty, and never touched.
        few = 2 * np.count_nonzero(drawn) < len(drawn)
        if few:
            center = center[drawn]
        # A Gaussian is the outer product of one in x and one in y: (2, K, L)
        # holds both, L the longer side.
        center *= self._to_exponent
        gaussian = self._grid - center.T[:, :, None]
        gaussian *= gaussian
        np.exp(np.negative(gaussian, out=gaussian), out=gaussian)
        width, height = self.heatmap_size
        x, y = gaussian[0, :, None, :width], gaussian[1, :, :height, None]
        if not few:
            y[~drawn] = 0
        # Of many short rows, torch makes the product several times faster.
        heatmaps = torch.mul(torch.from_numpy(y), torch.from_numpy(x)).numpy()
        if few:
            peaks = heatmaps
            heatmaps = np.zeros((len(drawn), height, width), np.float32)
            heatmaps[drawn] = peaks
        return dict(
            heatmaps=heatmaps, keypoint_weights=keypoints_visible * drawn)

    def decode(self, encoded: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Read the positions (1, K, 2) from heatmaps (K, H, W).

        As :meth:`batch_decode`, of one sample.
        """
        keypoints, scores = self.batch_decode(torch.from_numpy(encoded)[None])
        return keypoints[0], scores[0]

    def batch_decode(self,
                     batch_encoded: Tensor) -> Tuple[np.ndarray, np.ndarray]:
        """Read the positions from the heatmaps of a batch.

        Args:
            batch_encoded (Tensor): Heatmaps (B, K, H, W).

        Returns:
            tuple: Positions (B, 1, K, 2), (x, y) in input pixels, and scores
            (B, 1, K), the heatmaps' maxima.
        """
        position, score = fit_peak(batch_encoded.detach(), self.sigma)
        keypoints = position.cpu().numpy() * self.scale_factor + self._origin
        return keypoints[:, None], score.cpu().numpy()[:, None]
