import math
from numbers import Real
from typing import Any, Optional, Union

import torch
import torch.nn as nn
from mmengine.logging import MessageHub
from mmpose.models.losses import RLELoss
from mmpose.registry import MODELS
from torch import Tensor

from ...functional import check_groups, group_members, position_constraint
from ...functional.constraint import Groups
from ...functional.heatmaps import at_least_float32
from ...groups import left_right_groups
from .forms import FORMS
from .gradient_share import with_gradient_share
from .head_outputs import read_coordinates
from .labelled_loss import Labelled, LabelledLoss
from .supported import check_base

_SEVERAL = ('PCLoss: a mask, or weights of single pixels, belong to the maps '
            'of a whole image with several objects; PCLoss needs the '
            'landmarks of one object per sample')

SHARE = 1.


@MODELS.register_module()
class PCLoss(nn.Module):
    r"""A stock loss plus the Position Constraint Loss.

    .. math:: L = L_{base} + \lambda \cdot L_{PC}

    Takes the place of ``loss`` in the stock heads of one object per sample.
    Heatmaps and SimCC vectors become mean positions, those of the target in
    the same way, so that both terms share one minimum; coordinates are taken
    as they are, all three in units of the input image's width and height,
    [0, 1]. Poses (B, K, 3) and sequences of them (B, T, K, 3) are compared
    frame by frame in the unit of their labels. All of it in float32 whatever
    autocast says. Nothing remains in a checkpoint: its keys are those of the
    model with ``base`` alone. Source: "Position Constraint Loss for Fashion
    Landmark Estimation", 2020, see
    :func:`pcloss_mmpose.functional.position_constraint`, and
    :mod:`pcloss_mmpose.models.losses.forms` for its forms.

    In training the two parts, which add up to the loss, are logged as
    ``loss_base`` and ``loss_pc``: of a head with several stages, each with a
    loss, their mean over the stages. Any other attribute is that of ``base``.

    Args:
        base (dict | nn.Module): The stock loss, or its config. Of a
            ``MultipleLossWrapper``, the loss of the coordinates in it. A
            ``LabelledLoss`` around it is for data sets of many landmarks of
            which an object has few.
        share (float, optional): The weight of the constraint, in units of the
            base loss: how large its gradient in the head's output is against
            that of ``base``, over the batch, at most: of heatmaps whose peaks
            are still low, which say little of positions, it is less
            (:func:`~.gradient_share.with_gradient_share`). Defaults to 1 where
            there is no ``beta``.
        beta (float, optional): The weight as a plain number, in place of
            ``share``. What suits depends on the base loss, the number of
            landmarks and the head.
        form (str): ``'robust'``: errors count by their logarithm, and
            heatmaps are read without their background; or ``'paper'``: sums
            of squares, and a softmax over heatmaps. Defaults to ``'robust'``.
        tau (float, optional): Relative error from which on the robust form
            grows more slowly, in the unit of the coordinates. Defaults to
            0.03, which is for the input's width and height; poses in other
            units need their own.
        start (float): Share of the training after which the constraint sets
            in, from 0: before that, heatmaps have no peaks to compare.
            Without a runner it is on. Defaults to 0.15.
        topk (int, optional): The constraint is the mean of the k largest
            landmark terms of an image or group. All if ``None``.
        groups (str | list[list[int]]): ``'all'``, ``'left-right'`` (the
            left and right part of the object, from ``metainfo``), or lists
            of landmark indices. Defaults to ``'all'``.
        metainfo (str | dict, optional): Where ``'left-right'`` finds the
            landmarks' names and swap pairs: the name of a registered data
            set class, a metainfo file, or a metainfo dict.

    Raises:
        TypeError: For keys of another loss.
        ValueError: For a setting or a base that is not allowed, at
            construction; when the head passes on something else than the
            landmarks of one object, or those of another metainfo, or
            predicted and target heatmaps differ in size, at the first step.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import PCLoss
        >>> loss = PCLoss(dict(type='KeypointMSELoss'), topk=2,
        ...               groups=[[0, 2, 4, 6], [1, 3, 5, 7]])
        >>> heatmaps = torch.rand(4, 8, 64, 48)
        >>> float(loss(heatmaps, heatmaps, torch.ones(4, 8)))
        0.0
    """

    def __init__(self,
                 base: Union[dict, nn.Module],
                 share: Optional[float] = None,
                 beta: Optional[float] = None,
                 form: str = 'robust',
                 tau: Optional[float] = None,
                 start: float = 0.15,
                 topk: Optional[int] = None,
                 groups: Union[str, Groups] = 'all',
                 metainfo: Union[str, dict, None] = None,
                 **others) -> None:
        super().__init__()
        if others:
            raise TypeError(
                f'PCLoss has no {", ".join(others)}: the stock loss and its '
                'keys belong in base; with _delete_=True beside type, a '
                'config does not inherit them')
        for name, value, good, allowed in (
            ('share', share, _is_weight(share),
             'a finite number, not negative'),
            ('beta', beta, _is_weight(beta), 'a finite number, not negative'),
            ('form', form, isinstance(form, str) and form in FORMS,
             ' or '.join(map(repr, FORMS))),
            ('start', start, _is_finite(start) and 0 <= start < 1,
             'a share of the training, from 0 and below 1'),
            ('topk', topk, topk is None or type(topk) is int and topk > 0,
             'a whole number from 1 or None'),
            ('base', base, isinstance(base, (dict, nn.Module)),
             'a loss or its config'),
            ('groups', groups, not isinstance(groups, str)
             or groups in ('all', 'left-right'),
             "'all', 'left-right' or lists of landmark indices")):
            if not good:
                raise ValueError(f'PCLoss: {name} must be {allowed}, found '
                                 f'{value!r}')
        if share is not None and beta is not None:
            raise ValueError('PCLoss: share and beta are two ways to give the '
                             f'weight, found share={share!r}, beta={beta!r}')
        if tau is not None and (FORMS[form].tau is None or not _is_finite(tau)
                                or not 1e-6 <= tau <= 1e6):
            owners = ' or '.join(k for k, v in FORMS.items() if v.tau)
            raise ValueError(f'PCLoss: tau is of the {owners} form, a number '
                             f'from 1e-6 to 1e6, found {tau!r} with '
                             f'form={form!r}')
        by_sides = isinstance(groups, str) and groups == 'left-right'
        if (metainfo is not None) != by_sides:
            raise ValueError("PCLoss: groups='left-right' and metainfo go "
                             f'together, found groups={groups!r}, '
                             f'metainfo={metainfo!r}')
        # Of the metainfo: each of its landmarks is in a group.
        self.num_landmarks: Optional[int] = None
        self.groups: Optional[Groups] = None
        if metainfo is not None:
            self.groups = left_right_groups(metainfo)
            self.num_landmarks = 1 + max(map(max, self.groups))
        elif not isinstance(groups, str):  # 'all'
            check_groups(groups)
            if max(map(len, groups)) < 2:
                raise ValueError('PCLoss: a group must have two landmarks or '
                                 f'more, found groups={groups!r}')
            self.groups = groups
        self.base = MODELS.build(base) if isinstance(base, dict) else base
        check_base(self.base)
        # Not `beta`: who reads that of a SimCC head's loss, as DWPose's
        # distiller does, wants the temperature of `base`.
        self.pc_weight = beta
        self.share = SHARE if share is None and beta is None else share
        self.form = FORMS[form]
        if tau is not None:
            self.form = self.form._replace(tau=tau)
        self.start = start
        self.topk = topk
        # RLELoss has parameters: in the stock model they are the loss's own.
        self._register_state_dict_hook(_drop_base_from_keys)
        self._register_load_state_dict_pre_hook(_add_base_to_keys)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__('base'), name)

    def forward(self, *args, **kwargs) -> Tensor:
        """Loss of a batch, called by the head as ``base`` would be.

        Args:
            output: As of :func:`~.head_outputs.read_coordinates`. With
                ``RLELoss`` as ``base``, sigma (B, K, 2) follows.
            target: The same for the targets.
            target_weight (Tensor, optional): (B, K), (B, K, 1) or (B, K, D);
                with T after B for sequences.
            **kwargs: Whatever else ``base`` takes.

        Returns:
            Tensor: Scalar, or of the shape that ``base`` gives.
        """
        output, target, *rest = args
        if isinstance(self.base, RLELoss):
            if len(args) < 3 or output.shape != args[2].shape:
                raise ValueError('PCLoss: base RLELoss needs an RLEHead, '
                                 'which passes on coordinates and their sigma')
            target, *rest = rest
        if len(rest) > 1 or kwargs.get('mask') is not None:
            raise ValueError(_SEVERAL)
        weight = rest[0] if rest else kwargs.get('target_weight',
                                                 kwargs.get('target_weights'))
        picked = None
        if isinstance(self.base, LabelledLoss):
            picked = self.base.pick(output, target, weight)
            output, target, weight = picked[:3]
        outputs = output if isinstance(output, (tuple, list)) else [output]
        if self.share is not None:
            # In half precision, a mean over many pixels has no gradient.
            outputs = [at_least_float32(x) for x in outputs]
            output = outputs[0] if len(outputs) == 1 else tuple(outputs)
        # Also before the start, so that wrong settings show at once.
        constraint, certainty, labelled = self._constraint(
            output, target, weight, picked)
        if picked:
            loss = self.base.of(picked._replace(output=output))
        else:
            loss = self.base(output, *args[1:], **kwargs)
        if not self._has_started() or self.share == 0:
            constraint = torch.zeros_like(constraint)
        elif self.share is None:
            constraint = self.pc_weight * constraint
        else:
            constraint = with_gradient_share(self.share, loss, constraint,
                                             outputs, certainty, labelled)
        if self.training:
            hub = MessageHub.get_current_instance()
            parts = torch.stack((loss.mean(), constraint)).detach()
            # Once, not twice, does this wait for a GPU.
            for name, value in zip(('base', 'pc'), parts.tolist()):
                hub.update_scalar(f'train/loss_{name}', value)
        return loss + constraint

    def _has_started(self) -> bool:
        hub = MessageHub.get_current_instance()
        length = hub.get_info('max_iters')
        if length is None:
            return True  # no training: the head's loss is called by hand
        return hub.get_info('iter') >= self.start * length

    def _constraint(self,
                    output,
                    target,
                    weight: Optional[Tensor],
                    picked: Optional[Labelled] = None):
        """The constraint, certainties, and the weights of landmarks."""
        first = output[0] if isinstance(output, (tuple, list)) else output
        base, groups = self.base, self.groups
        if picked:
            base = base.base
        with torch.autocast(first.device.type, enabled=False):
            pred, true, certainty = read_coordinates(output, target, base,
                                                     self.form.read)
            number = picked.total if picked else pred.shape[-2]
            if self.num_landmarks not in (None, number):
                raise ValueError('PCLoss: the metainfo has '
                                 f'{self.num_landmarks} landmarks, the head '
                                 f'gives {number}')
            if number < 2:
                raise ValueError('PCLoss: one landmark has no position '
                                 'relative to others, found an output of '
                                 f'{tuple(first.shape)}')
            if weight is not None:
                if weight.dim() > pred.dim():
                    raise ValueError(_SEVERAL)
                if weight.dim() == pred.dim():
                    weight = weight[..., 0]
                weight = weight.reshape(-1, weight.shape[-1])
            if picked and groups:
                members = group_members(
                    tuple(map(tuple, groups)), number, first.device)
                groups = members[:, picked.index].transpose(0, 1)
            # The frames of a sequence are poses of their own.
            constraint = position_constraint(
                pred.flatten(0, -3), true.flatten(0, -3), weight, groups,
                self.topk, self.form.penalty)
            return constraint, certainty, weight


def _is_finite(value) -> bool:
    return (isinstance(value, Real) and not isinstance(value, bool)
            and math.isfinite(value))


def _is_weight(value) -> bool:
    return value is None or _is_finite(value) and value >= 0


def _drop_base_from_keys(module, state_dict, prefix, local_metadata):
    for key in [k for k in state_dict if k.startswith(f'{prefix}base.')]:
        state_dict[prefix + key[len(f'{prefix}base.'):]] = state_dict.pop(key)


def _add_base_to_keys(state_dict, prefix, *args):
    for key in [k for k in state_dict if k.startswith(prefix)]:
        state_dict[f'{prefix}base.{key[len(prefix):]}'] = state_dict.pop(key)
