from typing import Dict, NamedTuple, Tuple

import torch
from mmengine.model import BaseModule, ModuleList
from mmpose.registry import MODELS
from torch import Tensor


class Stage(NamedTuple):
    """The networks of a DFA that is trained up to a stage.

    Attributes:
        frozen (int): Networks of earlier stages, one each.
        trained (int): Networks of the stage itself.
    """
    frozen: int
    trained: int


#: As in the authors' code: the last stage has an easy and a hard network.
STAGES: Dict[int, Stage] = {1: Stage(0, 1), 2: Stage(1, 1), 3: Stage(2, 2)}


def stage_of(number: int) -> Stage:
    """The networks up to a stage.

    Raises:
        ValueError: For a stage that DFA does not have.

    Example:
        >>> from pcloss_mmpose.models.backbones.dfa_backbone import stage_of
        >>> stage_of(3)
        Stage(frozen=2, trained=2)
    """
    if number not in STAGES:
        raise ValueError(f'DFA: stage must be 1, 2 or 3, found {number!r}')
    return STAGES[number]


@MODELS.register_module()
class DFABackbone(BaseModule):
    """The convolutional parts of DFA's networks, each on the same image.

    "Fashion Landmark Detection in the Wild", ECCV 2016. As in the authors'
    code, each stage sees the whole crop through a network of its own; what a
    stage knows of the one before goes in behind the convolutions
    (:class:`~pcloss_mmpose.models.heads.DFAHead`). Stage 1 and 2 have one
    network each, stage 3 has two. Those of earlier stages are frozen: in
    evaluation mode, without gradients.

    Args:
        network (dict): Config of a stock backbone, for all networks. As in
            the authors' code it is VGG-16.
        stage (int): The stage that is trained, 1 to 3.
        init_cfg (dict, optional): Of this module; the networks have theirs.

    Raises:
        ValueError: For another stage.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import DFABackbone
        >>> backbone = DFABackbone(dict(type='mmpose.VGG', depth=11), stage=3)
        >>> [tuple(x.shape) for x in backbone(torch.rand(1, 3, 64, 32))]
        [(1, 512, 2, 1), (1, 512, 2, 1), (1, 512, 2, 1), (1, 512, 2, 1)]
    """

    def __init__(self, network: dict, stage: int, init_cfg=None) -> None:
        super().__init__(init_cfg)
        self.frozen, trained = stage_of(stage)
        self.networks = ModuleList(
            MODELS.build(network) for _ in range(self.frozen + trained))
        self.networks[:self.frozen].requires_grad_(False)

    def train(self, mode: bool = True) -> 'DFABackbone':
        """Leave the frozen networks in evaluation mode."""
        super().train(mode)
        self.networks[:self.frozen].eval()
        return self

    def forward(self, x: Tensor) -> Tuple[Tensor, ...]:
        """See the image through each network.

        Args:
            x (Tensor): Images (B, 3, H, W).

        Returns:
            tuple[Tensor]: Of each network its last map (B, C, h, w).
        """
        with torch.no_grad():
            maps = [net(x)[-1] for net in self.networks[:self.frozen]]
        maps += [net(x)[-1] for net in self.networks[self.frozen:]]
        return tuple(maps)
