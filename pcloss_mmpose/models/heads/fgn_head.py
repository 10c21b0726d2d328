from typing import List, Optional, Sequence, Union

import torch
import torch.nn as nn
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor

from ...groups import chain_indices

# Our choice: heatmaps are nearly empty, so they start so.
_START = -3.


def recur(inputs: Sequence[Tensor],
          message: Optional[nn.Module]) -> List[Tensor]:
    """States of a recurrent unit along a chain.

    .. math:: h_t = \\tanh(x_t + W * h_{t-1})

    Args:
        inputs (Sequence[Tensor]): x_t, each (B, H, h, w).
        message (nn.Module, optional): W, which is not asked for the first.

    Returns:
        list[Tensor]: h_t, each of the same shape.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.fgn_head import recur
        >>> first, last = recur(torch.tensor([1., 0.]), torch.nn.Identity())
        >>> bool(last == first.tanh() == torch.tensor(1.).tanh().tanh())
        True
    """
    states: List[Tensor] = []
    for x in inputs:
        if states and message is not None:
            x = x + message(states[-1])
        states.append(torch.tanh(x))
    return states


class ChainRNN(nn.Module):
    """Bidirectional convolutional recurrent unit along a chain of landmarks.

    Args:
        length (int): Landmarks in the chain. One gets no messages.
        channels (int): Of each landmark's map.
        hidden_channels (int): Of the states in either direction.
        kernel_size (int): Of all convolutions, an odd number.
    """

    def __init__(self, length: int, channels: int, hidden_channels: int,
                 kernel_size: int) -> None:
        super().__init__()

        def conv(inputs, outputs, bias=True):
            return nn.Conv2d(
                inputs,
                outputs,
                kernel_size,
                padding=kernel_size // 2,
                bias=bias)

        self.inputs = conv(channels, 2 * hidden_channels)
        self.forth = self.back = None
        if length > 1:
            self.forth = conv(hidden_channels, hidden_channels, bias=False)
            self.back = conv(hidden_channels, hidden_channels, bias=False)
        self.outputs = conv(2 * hidden_channels, 1)

    def forward(self, maps: Sequence[Tensor]) -> List[Tensor]:
        """Pass messages to and fro.

        Args:
            maps (Sequence[Tensor]): Of each landmark (B, C, h, w).

        Returns:
            list[Tensor]: Of each landmark logits (B, 1, h, w).
        """
        forth, back = zip(*(self.inputs(x).chunk(2, 1) for x in maps))
        states = zip(
            recur(forth, self.forth),
            recur(back[::-1], self.back)[::-1])
        return [self.outputs(torch.cat(pair, 1)) for pair in states]


@MODELS.register_module()
class FGNHead(HeatmapHead):
    r"""Fashion Grammar Network: landmarks tell each other where they are.

    Source: "Attentive Fashion Grammar Network for Fashion Landmark Detection
    and Clothing Category Classification", CVPR 2018. Along chains of
    landmarks, those of the kinematics and symmetry grammar of garments,
    bidirectional convolutional recurrent units pass messages:

    .. math::
        \overrightarrow{h}_t &= \tanh(W_x * x_t + W_h *
                                \overrightarrow{h}_{t-1} + b) \\
        y_t &= \sigma(W_f * \overrightarrow{h}_t + W_b * \overleftarrow{h}_t +
               c)

    with one unit for each chain. As in the paper: the two grammars and the
    units. Recalled of it: the formulas, and which chains there are. Our
    choice: that x_t is a map of some channels for each landmark, one
    convolution behind the backbone's; their number; the size of the
    convolutions; that heatmaps start nearly empty. As in a related
    reimplementation, a landmark of several chains is the mean of its outputs.
    The paper's attention and its classification of the garment are no part
    of a landmark model, and left out. A landmark of no chain is predicted
    without messages.

    The heatmaps (B, K, h, w) are probabilities, of the backbone's resolution;
    ``loss``, prediction and flip test are those of ``HeatmapHead``. What is
    unlabelled has weight 0 there. Its output takes part in the messages: no
    label does, so that one that lacks makes none of the others worse.

    Args:
        in_channels (int): Channels of the backbone's map.
        chains (Sequence[Sequence[str]]): Landmark names, along each chain.
        metainfo (str | dict): Where the names are from: the name of a
            registered data set class, a metainfo file, or a metainfo dict.
        channels (int): Of each landmark's map. Defaults to 16.
        hidden_channels (int): Of the units' states. Defaults to 16.
        kernel_size (int): Of the units' convolutions. Defaults to 7, so that
            a message reaches across a garment.
        loss (dict): Config of the loss of heatmaps.
        decoder (dict, optional): Config of the codec.
        init_cfg (dict | list[dict], optional): Xavier's if ``None``.

    Raises:
        ValueError: If a chain has a landmark that the data set does not have,
            one twice, or fewer than two; if ``kernel_size`` is even.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import FGNHead
        >>> head = FGNHead(
        ...     in_channels=4, metainfo='FLDDataset',
        ...     chains=[['left collar', 'left hem'],
        ...             ['left hem', 'right hem']])
        >>> head([torch.rand(2, 4, 28, 28)]).shape
        torch.Size([2, 8, 28, 28])
    """

    def __init__(self,
                 in_channels: int,
                 chains: Sequence[Sequence[str]],
                 metainfo: Union[str, dict],
                 channels: int = 16,
                 hidden_channels: int = 16,
                 kernel_size: int = 7,
                 loss: dict = dict(
                     type='KeypointMSELoss', use_target_weight=True),
                 decoder: Optional[dict] = None,
                 init_cfg: Union[dict, List[dict], None] = None) -> None:
        if kernel_size % 2 == 0:
            raise ValueError('FGNHead: kernel_size must be odd, found '
                             f'{kernel_size}')
        indices, number = chain_indices(chains, metainfo)
        super().__init__(
            in_channels,
            number,
            deconv_out_channels=None,
            final_layer=None,
            loss=loss,
            decoder=decoder,
            init_cfg=init_cfg)
        alone = set(range(number)).difference(*indices)
        self.chains = [*indices, *([k] for k in sorted(alone))]
        self.maps = nn.Conv2d(in_channels, number * channels, 1)
        self.units = nn.ModuleList(
            ChainRNN(len(chain), channels, hidden_channels, kernel_size)
            for chain in self.chains)

    @property
    def default_init_cfg(self) -> List[dict]:
        """Xavier's: the stock head's 0.001 would silence the units."""
        return [dict(type='Xavier', layer='Conv2d', distribution='uniform')]

    def init_weights(self) -> None:
        """Begin with heatmaps that are nearly empty."""
        super().init_weights()
        for unit in self.units:
            nn.init.constant_(unit.outputs.bias, _START)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Heatmaps of the last map.

        Args:
            feats (Sequence[Tensor]): Maps, the last one (B, C, h, w).

        Returns:
            Tensor: (B, K, h, w), from 0 to 1.
        """
        maps = self.maps(feats[-1]).relu().chunk(self.out_channels, 1)
        found: List[List[Tensor]] = [[] for _ in maps]
        for chain, unit in zip(self.chains, self.units):
            logits = unit([maps[k] for k in chain])
            for k, heatmap in zip(chain, logits):
                found[k].append(heatmap.sigmoid())
        return torch.cat([sum(each) / len(each) for each in found], 1)
