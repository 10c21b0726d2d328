from typing import List, NamedTuple, Optional, Sequence, Tuple

import torch
import torch.nn as nn
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.models.heads import RegressionHead
from mmpose.registry import MODELS
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor

from .frames import bounded_frames, compose, cut_out, extent, map_back


class Step(NamedTuple):
    """Where the frames are after a step of the recurrence.

    Attributes:
        coords (Tensor): (B, K, 2), (x, y) of the landmarks in units of the
            input's width and height, from 0 to 1.
        whole (Tensor): (B, 3), the frame of the garment in the input.
        parts (Tensor): (B, K, 3), that of each landmark in the former.
    """
    coords: Tensor
    whole: Tensor
    parts: Tensor


@MODELS.register_module()
class DLANHead(RegressionHead):
    """Hierarchical recurrent spatial transformers that find the landmarks.

    One transformer frames the garment in the whole image, one more for each
    landmark frames its surroundings in there (see :mod:`.frames`). Each looks
    at what is in its frame and moves the frame, again and again, all at the
    same time; a landmark is in the middle of its frame. Source:
    "Unconstrained Fashion Landmark Detection via Hierarchical Recurrent
    Transformer Networks" (DLAN), ACM MM 2017.

    As in the paper: no box, neither in training nor in a test; a hierarchy of
    spatial transformers that focus on parts of the garment, recurrently, and
    are trained end to end. As in the code of others: three steps, and a loss
    on the scales. Our choice, as no more is known:

    - One transformer for the garment, and in its frame one for each landmark.
    - A frame has a scale and a shift; without rotation, and the scale is
      bounded. Before the first step each is the whole map.
    - What is seen, ``crop_size`` cells wide, and the state of the step before
      pass through one layer that all transformers share; then each has one of
      its own. It moves the frame in the unit of the frame itself: this is
      where coordinates are regressed, and they are mapped back through the
      frame of the landmark and that of the garment.
    - Each step is trained, by the mean of their losses.
    - ``loss_scale`` pulls the frame of the garment to the extent of its
      labelled landmarks, with a margin of a quarter, and that of a landmark
      to half of it. Without it, all scales of a toy model soon were at their
      bound, and its errors twice as large.

    The loss, decoder and flip test are those of the stock head. In its
    ``loss``, ``PCLoss`` joins in each step. Coordinates are those of the
    stock labels, whose zero is the middle of the first pixel; here it is the
    image's edge, half a pixel off, which the biases learn.

    Args:
        in_channels (int): Channels of the last map of the neck.
        num_joints (int): Number of landmarks, K.
        steps (int): How often the frames are moved. With 1, they are looked
            into once, before any transformation: a plain regression. Defaults
            to 3.
        crop_size (int): Cells of what is seen, in width and height. Defaults
            to 7.
        hidden_channels (int): Width of the shared layer. Defaults to 512.
        scale_weight (float): Of ``loss_scale``. Defaults to 0.01.
        **kwargs: ``loss``, ``decoder`` and ``init_cfg`` of
            ``RegressionHead``.

    Raises:
        ValueError: For a setting that is not allowed.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import DLANHead
        >>> head = DLANHead(in_channels=5, num_joints=8)
        >>> head([torch.rand(2, 5, 32, 32)]).shape
        torch.Size([2, 8, 2])
    """

    #: Scales are from 1 / MAX_ZOOM to MAX_ZOOM.
    MAX_ZOOM = 4.
    #: Of the frame of the garment, to the extent of its landmarks.
    MARGIN = 1.25
    #: Of the frame of a landmark, to that of the garment.
    PART = .5

    def __init__(self,
                 in_channels: int,
                 num_joints: int,
                 steps: int = 3,
                 crop_size: int = 7,
                 hidden_channels: int = 512,
                 scale_weight: float = .01,
                 **kwargs) -> None:
        for name, value in (('steps', steps), ('crop_size', crop_size),
                            ('hidden_channels', hidden_channels)):
            if type(value) is not int or value < 1:
                raise ValueError(f'DLANHead: {name} must be a whole number '
                                 f'from 1, found {value!r}')
        super().__init__(in_channels, num_joints, **kwargs)
        self.steps = steps
        self.crop_size = crop_size
        self.scale_weight = scale_weight
        units = num_joints + 1  # the garment first
        self.look = nn.Linear(in_channels * crop_size**2, hidden_channels)
        self.recall = nn.Linear(hidden_channels, hidden_channels, bias=False)
        # in the place of the stock layer: one for each transformer, which at
        # the start moves nothing
        self.fc = nn.Conv1d(
            units * hidden_channels, units * 3, kernel_size=1, groups=units)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def transform(self, feats: Sequence[Tensor]) -> List[Step]:
        """Move the frames, step by step.

        Args:
            feats (Sequence[Tensor]): The last one is (B, in_channels, H, W).

        Returns:
            list[Step]: ``steps`` of them.
        """
        features = feats[-1]
        batch, units = features.shape[0], self.num_joints + 1
        raw = features.new_zeros(batch, units, 3)
        state = features.new_zeros(batch, units, self.recall.in_features)
        own = bounded_frames(raw, self.MAX_ZOOM)
        found = []
        for _ in range(self.steps):
            # in the input: the garment's own, the landmarks' in the garment's
            placed = torch.cat([own[:, :1],
                                compose(own[:, :1], own[:, 1:])], 1)
            seen = cut_out(features, placed, self.crop_size).flatten(2)
            state = (self.look(seen) + self.recall(state)).relu()
            move = self.fc(state.flatten(1)[..., None]).view(batch, units, 3)
            raw = torch.cat([
                raw[..., :1] + move[..., :1],
                map_back(own, move[..., 1:]),
            ], -1)
            own = bounded_frames(raw, self.MAX_ZOOM)
            coords = map_back(own[:, :1], own[:, 1:, 1:]) / 2 + .5
            found.append(Step(coords, own[:, 0], own[:, 1:]))
        return found

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Coordinates after the last step.

        Args:
            feats (Sequence[Tensor]): The last one is (B, in_channels, H, W).

        Returns:
            Tensor: (B, K, 2), (x, y) in units of the input's width and
            height, from 0 to 1.
        """
        return self.transform(feats)[-1].coords

    def loss(self,
             inputs: Tuple[Tensor],
             batch_data_samples: Sequence,
             train_cfg: Optional[dict] = None) -> dict:
        """Losses of a batch.

        Returns:
            dict: ``loss_kpt``, the mean over the steps of the stock loss,
            ``loss_scale``, and ``acc_pose`` of the last step.
        """
        labels, weights = (
            torch.cat([s.gt_instance_labels[key] for s in batch_data_samples])
            for key in ('keypoint_labels', 'keypoint_weights'))
        steps = self.transform(inputs)
        kpt, scale = zip(*[(self.loss_module(step.coords, labels,
                                             weights.unsqueeze(-1)),
                            self._scale_loss(step, labels, weights))
                           for step in steps])
        accuracy = keypoint_pck_accuracy(
            pred=to_numpy(steps[-1].coords),
            gt=to_numpy(labels),
            mask=to_numpy(weights) > 0,
            thr=.05,
            norm_factor=to_numpy(labels.new_ones(len(labels), 2)))[1]
        return dict(
            loss_kpt=torch.stack(kpt).mean(),
            loss_scale=self.scale_weight * torch.stack(scale).mean(),
            acc_pose=torch.tensor(accuracy, device=labels.device))

    def _scale_loss(self, step: Step, labels: Tensor,
                    weights: Tensor) -> Tensor:
        """Mean square of the scales' logarithms, off what they should be."""
        size = extent(labels * 2 - 1, weights)
        whole = (self.MARGIN * size).clamp(1 / self.MAX_ZOOM, 1)
        off = (step.whole[:, 0] / whole).log().square() * (size > 0)
        parts = (step.parts[..., 0] / self.PART).log().square() * (weights > 0)
        return (off + parts.mean(1)).mean()
