from typing import Optional, Sequence, Tuple

import torch
import torch.nn as nn
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor


def selective_dilation(features: Tensor,
                       weight: Tensor,
                       bias: Optional[Tensor] = None,
                       dilations: Sequence[int] = (1, 2, 4)) -> Tensor:
    """One convolution at several dilations, of which the strongest counts.

    Args:
        features (Tensor): (B, C, H, W).
        weight (Tensor): (D, C, k, k) with an odd k, shared by all dilations.
        bias (Tensor, optional): (D, ).
        dilations (sequence of int): Steps between the weights, in cells.

    Returns:
        Tensor: (B, D, H, W), of each channel and cell the largest response.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.necks.selective_dilation import (
        ...     selective_dilation)
        >>> row = torch.tensor([[[[0., 5., 0., 0., 1., 0., 0., 5., 0.]]]])
        >>> sides = torch.zeros(1, 1, 3, 3)
        >>> sides[0, 0, 1, ::2] = 1.
        >>> [float(selective_dilation(row, sides, None, d)[0, 0, 0, 4])
        ...  for d in ((1, ), (3, ), (1, 3))]
        [0.0, 10.0, 10.0]
    """
    reach = int(weight.shape[-1]) // 2  # a number, also in an export
    return torch.stack([
        nn.functional.conv2d(
            features, weight, bias, padding=reach * d, dilation=d)
        for d in dilations
    ]).amax(0)


@MODELS.register_module()
class SelectiveDilation(BaseModule):
    """Selective dilated convolution of DLAN, against differences in scale.

    As in the paper: the branches see at several dilations, and a selection
    among them adapts to the scale. Our choice: that the branches share their
    weights, so that they differ by scale alone, that the selection is the
    largest response, the dilations, and one such layer, after the backbone.
    Source: "Unconstrained Fashion Landmark Detection via Hierarchical
    Recurrent Transformer Networks", ACM MM 2017.

    Args:
        in_channels (int): Channels of the backbone's last map.
        out_channels (int): Channels of the output.
        dilations (Sequence[int]): Of the branches. Defaults to (1, 2, 4).

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import SelectiveDilation
        >>> neck = SelectiveDilation(in_channels=3, out_channels=5)
        >>> map, = neck([torch.rand(1, 3, 32, 24)])
        >>> map.shape
        torch.Size([1, 5, 32, 24])
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 dilations: Sequence[int] = (1, 2, 4)) -> None:
        super().__init__(dict(type='Kaiming', layer='Conv2d'))
        self.dilations = tuple(dilations)
        self.conv = nn.Conv2d(in_channels, out_channels, 3)

    def forward(self, inputs: Sequence[Tensor]) -> Tuple[Tensor]:
        """Convolve the last map.

        Args:
            inputs (Sequence[Tensor]): The last one is (B, in_channels, H, W).

        Returns:
            tuple[Tensor]: One map (B, out_channels, H, W), not negative.
        """
        strongest = selective_dilation(inputs[-1], self.conv.weight,
                                       self.conv.bias, self.dilations)
        return strongest.relu(),
