from numbers import Real
from typing import Optional, Sequence, Tuple, Union

import torch
import torch.nn as nn
from mmengine.logging import MessageHub
from mmpose.models.losses import KLDiscretLoss, RLELoss
from mmpose.registry import MODELS
from torch import Tensor

from ...functional import check_groups, position_constraint, soft_argmax
from ...groups import left_right_groups


@MODELS.register_module()
class PCLoss(nn.Module):
    r"""A stock loss plus the Position Constraint Loss.

    .. math:: L = L_{base} + \beta \cdot L_{PC}

    Takes the place of ``loss`` in the stock heads. Coordinates come from
    what the head passes on: heatmaps (B, K, H, W) and SimCC vectors (B, K, W)
    through the integral operation, the target through the same one, so that
    both terms share one minimum; coordinates (B, K, 2) as they are. They are
    compared in units of the input image's width and height, [0, 1], and in
    float32 whatever autocast says. Nothing remains in a checkpoint: its keys
    are those of the model with ``base`` alone. Source: "Position Constraint
    Loss for Fashion Landmark Estimation", 2020, see
    :func:`pcloss_mmpose.functional.position_constraint` for the formula.

    In training the two parts, which add up to the head's loss, are logged as
    ``loss_base`` and ``loss_pc``.

    Args:
        base (dict | nn.Module): The stock loss, or its config.
        beta (float): Weight of the constraint. Defaults to 0.001.
        alpha (float): Sharpness of the integral operation on heatmaps.
            Defaults to 25.
        topk (int, optional): The constraint is the mean of the k largest
            landmark terms of an image or group. All if ``None``.
        groups (str | list[list[int]]): ``'all'``, ``'left-right'`` (the
            left and right part of the object, from ``metainfo``), or lists
            of landmark indices. Defaults to ``'all'``.
        metainfo (str | dict, optional): Where ``'left-right'`` finds the
            landmarks' names and swap pairs: the name of a registered data
            set class, a metainfo file, or a metainfo dict.

    Raises:
        ValueError: For a setting that is not allowed, at construction; when
            predicted and target heatmaps differ in size, at the first step.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import PCLoss
        >>> loss = PCLoss(dict(type='KeypointMSELoss'), beta=0.001, topk=2,
        ...               groups=[[0, 2, 4, 6], [1, 3, 5, 7]])
        >>> heatmaps = torch.rand(4, 8, 64, 48)
        >>> float(loss(heatmaps, heatmaps, torch.ones(4, 8)))
        0.0
    """

    def __init__(self,
                 base: Union[dict, nn.Module],
                 beta: float = 0.001,
                 alpha: float = 25.,
                 topk: Optional[int] = None,
                 groups: Union[str, Sequence[Sequence[int]]] = 'all',
                 metainfo: Union[str, dict, None] = None) -> None:
        super().__init__()
        if not _is_number(beta) or beta < 0:
            raise ValueError('PCLoss: beta must be a number, not negative, '
                             f'found {beta!r}')
        if not _is_number(alpha) or alpha <= 0:
            raise ValueError('PCLoss: alpha must be a positive number, found '
                             f'{alpha!r}')
        if topk is not None and (type(topk) is not int or topk < 1):
            raise ValueError('PCLoss: topk must be a whole number from 1 or '
                             f'None, found {topk!r}')
        if not isinstance(base, (dict, nn.Module)):
            raise ValueError('PCLoss: base must be a loss or its config, '
                             f'found {base!r}')
        if isinstance(groups, str) and groups not in ('all', 'left-right'):
            raise ValueError("PCLoss: groups must be 'all', 'left-right' or "
                             f'lists of landmark indices, found {groups!r}')
        if (metainfo is not None) != (groups == 'left-right'):
            raise ValueError("PCLoss: groups='left-right' and metainfo go "
                             f'together, found groups={groups!r}, '
                             f'metainfo={metainfo!r}')
        if groups == 'left-right':
            groups = left_right_groups(metainfo)
        elif groups == 'all':
            groups = None
        else:
            check_groups(groups)
        self.base = MODELS.build(base) if isinstance(base, dict) else base
        self.beta = beta
        self.alpha = alpha
        self.topk = topk
        self.groups = groups
        # RLELoss has parameters: in the stock model they are the loss's own.
        self._register_state_dict_hook(_drop_base_from_keys)
        self._register_load_state_dict_pre_hook(_add_base_to_keys)

    def forward(self, *args, **kwargs) -> Tensor:
        """Loss of a batch, called by the head as ``base`` would be.

        Args:
            output: Heatmaps (B, K, H, W), coordinates (B, K, 2), or a pair
                of SimCC vectors (B, K, W) and (B, K, H). With ``RLELoss``
                as ``base``, sigma (B, K, 2) follows.
            target: The same for the targets.
            target_weight (Tensor, optional): (B, K), (B, K, 1) or (B, K, 2).
            **kwargs: Whatever else ``base`` takes.

        Returns:
            Tensor: Scalar.
        """
        output, target, *rest = args
        if isinstance(self.base, RLELoss):
            target, *rest = rest
        weight = rest[0] if rest else kwargs.get(
            'target_weight', kwargs.get('target_weights'))
        constraint = self.beta * self._constraint(output, target, weight)
        loss = self.base(*args, **kwargs)
        if self.training:
            hub = MessageHub.get_current_instance()
            hub.update_scalar('train/loss_base', loss.detach())
            hub.update_scalar('train/loss_pc', constraint.detach())
        return loss + constraint

    def _constraint(self, output, target, weight: Optional[Tensor]) -> Tensor:
        first = output[0] if isinstance(output, (tuple, list)) else output
        with torch.autocast(first.device.type, enabled=False):
            pred, true = self._coordinates(output, target)
            if weight is not None and weight.dim() == 3:
                weight = weight[..., 0]
            return position_constraint(pred, true, weight, self.groups,
                                       self.topk)

    def _coordinates(self, output, target) -> Tuple[Tensor, Tensor]:
        """Predicted and true (B, K, 2), (x, y) in [0, 1]."""
        if isinstance(output, (tuple, list)):
            # The distributions that the base loss compares.
            if not isinstance(self.base, KLDiscretLoss):
                raise TypeError('PCLoss on SimCC vectors needs KLDiscretLoss '
                                f'as base, found {type(self.base).__name__}')
            pred = [(x.float() * self.base.beta).softmax(-1) for x in output]
            true = [(x.float() * self.base.label_beta).softmax(-1) if self.base
                    .label_softmax else x.float() / x.float().sum(
                        -1, keepdim=True).clamp_min(1e-12) for x in target]
            return _expectation(pred), _expectation(true)
        if output.dim() == 3:
            return output, target
        if output.shape != target.shape:
            raise ValueError(
                'heatmaps differ: the model gives (B, K, H, W) = '
                f'{tuple(output.shape)}, the encoder {tuple(target.shape)}; '
                "K, the landmarks, and W x H, the encoder's heatmap_size in "
                'the pipeline, must be those of the head')
        size = output.new_tensor(
            [output.shape[-1], output.shape[-2]], dtype=torch.float32)
        return (soft_argmax(output, self.alpha) / size,
                soft_argmax(target, self.alpha) / size)


def _is_number(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _expectation(probabilities: Sequence[Tensor]) -> Tensor:
    """Mean positions (B, K, D) in [0, 1] of D marginals (B, K, bins)."""
    return torch.stack([
        p @ torch.arange(p.shape[-1], dtype=p.dtype, device=p.device) /
        p.shape[-1] for p in probabilities
    ], -1)


def _drop_base_from_keys(module, state_dict, prefix, local_metadata):
    for key in [k for k in state_dict if k.startswith(f'{prefix}base.')]:
        state_dict[prefix + key[len(f'{prefix}base.'):]] = state_dict.pop(key)


def _add_base_to_keys(state_dict, prefix, *args):
    for key in [k for k in state_dict if k.startswith(prefix)]:
        state_dict[f'{prefix}base.{key[len(prefix):]}'] = state_dict.pop(key)
