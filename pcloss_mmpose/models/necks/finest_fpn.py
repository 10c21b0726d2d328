from typing import Sequence, Tuple

import torch.nn as nn
from mmpose.models.necks import FPN
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class FinestFPN(FPN):
    """The finest level of a feature pyramid.

    Stock heatmap heads read the last of the maps that they are given, which
    is the coarsest level of the stock ``FPN``. Here the top-down path passes
    through all levels, but only the finest one has an output convolution and
    is returned, so that every parameter is trained. Parameters are named as
    in ``FPN``. Source: "Feature Pyramid Networks for Object Detection", CVPR
    2017.

    Args:
        in_channels (Sequence[int]): Channels of the backbone's maps, from
            fine to coarse.
        out_channels (int): Channels of the pyramid.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import FinestFPN
        >>> neck = FinestFPN(in_channels=(2, 3), out_channels=5)
        >>> finest, = neck([torch.rand(1, 2, 64, 48),
        ...                 torch.rand(1, 3, 32, 24)])
        >>> finest.shape
        torch.Size([1, 5, 64, 48])
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int) -> None:
        super().__init__(
            list(in_channels), out_channels, num_outs=len(in_channels))
        for level in range(1, self.num_outs):
            self.fpn_convs[level] = nn.Identity()

    def forward(self, inputs: Sequence[Tensor]) -> Tuple[Tensor]:
        """Merge maps (B, C_i, H_i, W_i), from fine to coarse, into one."""
        return tuple(super().forward(inputs)[:1])
