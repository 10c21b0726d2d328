from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from mmengine.model import BaseModule, ModuleList, Sequential
from mmengine.structures import InstanceData
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.models.heads.base_head import BaseHead
from mmpose.models.utils.tta import flip_coordinates
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor

from ...evaluation.functional import ABSENT, VISIBLE
from ..backbones.dfa_backbone import stage_of
from .pseudo_labels import cluster_layouts, layout_distances

#: As in the authors' code, offsets are in fifths of the crop.
FIFTHS = 5.
# Our choice, in units of the crop: how soft the labels of stage 1 are.
_TEMPERATURE = 0.05


def offset_target(before: Tensor, true: Tensor) -> Tensor:
    """What a stage has to say of the positions before it.

    Args:
        before (Tensor): (B, K, 2), in units of the crop.
        true (Tensor): The same of the ground truth.

    Returns:
        Tensor: (B, K, 2), in fifths of the crop.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models.heads.dfa_head import (
        ...     offset_target, take_offset)
        >>> before, true = torch.tensor([0.5, 0.5]), torch.tensor([0.3, 0.75])
        >>> offset_target(before, true)
        tensor([ 1.0000, -1.2500])
        >>> take_offset(before, offset_target(before, true))
        tensor([0.3000, 0.7500])
    """
    return FIFTHS * (before - true)


def take_offset(before: Tensor, offset: Tensor) -> Tensor:
    """Positions after a stage, the inverse of :func:`offset_target`."""
    return before - offset / FIFTHS


class Output(NamedTuple):
    """What a network says of B images.

    Attributes:
        positions (Tensor): (B, K, 2), (x, y) in units of the crop.
        visibility (Tensor): Logits (B, K, 3) of absent, occluded, visible.
        label (Tensor): Logits (B, C) of the pseudo-label.
    """
    positions: Tensor
    visibility: Tensor
    label: Tensor


class DFANetwork(BaseModule):
    """The fully connected layers of one network of DFA.

    Args:
        in_features (int): Numbers of the last map.
        fc_channels (int): Units of fc6 and fc7.
        position_channels (int): Units that see the positions before, 0 for a
            network of stage 1, which has none.
        num_joints (int): K.
        centres (tuple[int, int]): Number of pseudo-labels, and of the points
            in each of their centres.
        dropout (float): Behind fc6 and fc7.
        init_cfg (dict, optional): Of fc6 and fc7, ``classifier.0`` and
            ``classifier.3`` as in MMPose's VGG.
    """

    def __init__(self, in_features: int, fc_channels: int,
                 position_channels: int, num_joints: int,
                 centres: Tuple[int, int], dropout: float,
                 init_cfg: Optional[dict]) -> None:
        super().__init__()
        self.num_joints = num_joints
        self.classifier = Sequential(
            nn.Linear(in_features, fc_channels),
            nn.ReLU(True),
            nn.Dropout(dropout),
            nn.Linear(fc_channels + position_channels, fc_channels),
            nn.ReLU(True),
            nn.Dropout(dropout),
            init_cfg=init_cfg)
        if position_channels:
            self.positions_before = nn.Linear(2 * num_joints,
                                              position_channels)
        self.positions = nn.Linear(fc_channels, 2 * num_joints)
        self.visibility = nn.Linear(fc_channels, 3 * num_joints)
        self.label = nn.Linear(fc_channels, centres[0])
        # All zero until they are found, before the training.
        self.register_buffer('centres', torch.zeros(*centres, 2))

    def forward(self, x: Tensor, before: Optional[Tensor]) -> Output:
        """Read the last map.

        Args:
            x (Tensor): (B, C, h, w).
            before (Tensor, optional): Positions (B, K, 2) before this stage.

        Returns:
            Output: With the positions after this stage.
        """
        x = self.classifier[0](x.flatten(1))
        if before is not None:
            # as in the authors' code: beside fc6 before its ReLU
            known = self.positions_before((before - 0.5).flatten(1))
            x = torch.cat((x, known), 1)
        x = self.classifier[1:](x)
        positions = self.positions(x).view(-1, self.num_joints, 2)
        if before is None:  # as in the authors' code, from -0.5 to 0.5
            positions = positions + 0.5
        else:
            positions = take_offset(before, positions)
        return Output(positions,
                      self.visibility(x).view(-1, self.num_joints, 3),
                      self.label(x))


@MODELS.register_module()
class DFAHead(BaseHead):
    """Deep Fashion Alignment: a cascade of three regressions.

    Source: "Fashion Landmark Detection in the Wild", ECCV 2016. Each stage is
    a network of its own on the whole crop (:class:`~pcloss_mmpose.models.
    backbones.DFABackbone`). Stage 1 regresses the coordinates, stages 2 and 3
    offsets o from them, p <- p - o / 5. Trained stage by stage; earlier
    stages are frozen, dropout included. Beside the positions, each network
    classifies each landmark's visibility and a pseudo-label of the image,
    which do not feed the positions.

    As in the authors' code: fc6 and fc7 of 4096 with dropout; coordinates
    that the layers see as -0.5 to 0.5 of the crop; the positions
    before, (B, 2K), through a layer of 512 beside fc6 before its ReLU; three
    classes of visibility; 20 pseudo-labels; the positions of the last
    stage's two networks averaged, their visibilities summed. Recalled of the
    paper: pseudo-labels are clusters of layouts (stage 1, soft), of offsets
    (stage 2) and of both (stage 3). Our choice: how soft the labels are;
    that the last stage's easy network learns from the images of which stage
    2 makes an error up to the median, and the hard one from the others;
    visibility, a mean over the landmarks, and pseudo-label have the weight 1
    that is known of visibility. A landmark that the crop has cut off teaches
    no visibility.

    ``loss`` sees the positions after the stage (B, K, 2), in units of the
    crop's width and height, as that of ``RegressionHead`` does. The authors'
    loss, of offsets, is 25 times one of positions: give it as
    ``loss_weight``. Centres of pseudo-labels, and the median, are found
    before the training by ``DFAHook``, and kept in the checkpoint.

    Args:
        in_channels (int): Channels of the backbone's maps.
        num_joints (int): K.
        stage (int): The stage that is trained, 1 to 3.
        loss (dict): Config of the loss of the positions.
        decoder (dict): Config of a ``RegressionLabel``, which tells the
            input size.
        stride (int): Of the backbone. With the input size it tells how many
            numbers fc6 takes. Defaults to VGG's 32.
        fc_channels (int): Units of fc6 and fc7. Defaults to 4096.
        position_channels (int): Units for the positions before. Defaults to
            512.
        num_clusters (int): Pseudo-labels. Defaults to 20.
        dropout (float): Behind fc6 and fc7. Defaults to 0.5; 0 for small
            models from nothing, which learn little with it.
        fc_init_cfg (dict, optional): Initialisation of fc6 and fc7, as
            ``dict(type='Pretrained', checkpoint=..., prefix='classifier.')``
            of MMPose's VGG; fc7 of stages 2 and 3 has more inputs than there,
            and starts from nothing.
        init_cfg (dict, optional): Of all other layers. Normal, 0.01, as in
            ``RegressionHead``, if ``None``.

    Raises:
        ValueError: For another stage, or an input that is smaller than the
            stride; at the first images, for maps of another size than
            ``decoder`` tells.

    Example:
        >>> import torch
        >>> from pcloss_mmpose.models import DFAHead
        >>> head = DFAHead(
        ...     in_channels=4, num_joints=8, stage=3, fc_channels=16,
        ...     loss=dict(type='mmpose.MSELoss', use_target_weight=True),
        ...     decoder=dict(type='mmpose.RegressionLabel',
        ...                  input_size=(64, 96)))
        >>> maps = [torch.rand(2, 4, 3, 2) for _ in range(4)]
        >>> head(maps).shape
        torch.Size([2, 8, 2])
    """

    def __init__(self,
                 in_channels: int,
                 num_joints: int,
                 stage: int,
                 loss: dict,
                 decoder: dict,
                 stride: int = 32,
                 fc_channels: int = 4096,
                 position_channels: int = 512,
                 num_clusters: int = 20,
                 dropout: float = 0.5,
                 fc_init_cfg: Optional[dict] = None,
                 init_cfg: Union[dict, List[dict], None] = None) -> None:
        super().__init__(
            init_cfg or dict(type='Normal', layer='Linear', std=0.01, bias=0))
        self.frozen, trained = stage_of(stage)
        self.stage = stage
        self.num_joints = num_joints
        self.num_clusters = num_clusters
        self.loss_module = MODELS.build(loss)
        self.decoder = KEYPOINT_CODECS.build(decoder)
        width, height = self.decoder.input_size
        if min(width, height) < stride:
            raise ValueError(f'DFAHead: decoder.input_size {width} x {height} '
                             f'leaves no cell at stride {stride}')
        self.map_size = (height // stride, width // stride)
        self.networks = ModuleList()
        for number in range(self.frozen + trained):
            of_stage = min(number + 1, 3)
            self.networks.append(
                DFANetwork(in_channels * self.map_size[0] * self.map_size[1],
                           fc_channels,
                           position_channels if of_stage > 1 else 0,
                           num_joints, (num_clusters, num_joints *
                                        (2 if of_stage == 3 else 1)),
                           dropout, fc_init_cfg))
        self.networks[:self.frozen].requires_grad_(False)
        if trained > 1:
            # Error of stage 2 above which an image is hard.
            self.register_buffer('hard_from', torch.zeros(()))

    def train(self, mode: bool = True) -> 'DFAHead':
        """Leave the frozen networks in evaluation mode."""
        super().train(mode)
        self.networks[:self.frozen].eval()
        return self

    def run(self,
            feats: Sequence[Tensor]) -> Tuple[Optional[Tensor], List[Output]]:
        """Run the cascade.

        Args:
            feats (Sequence[Tensor]): Of each network a map (B, C, h, w).

        Returns:
            tuple: Positions (B, K, 2) before the last stage, None of stage 1,
            and what each network of the last stage says.
        """
        if tuple(feats[0].shape[2:]) != self.map_size:
            raise ValueError(
                'DFAHead: the maps are {} x {}, but decoder.input_size and '
                'stride tell {} x {}: the fully connected layers fix the '
                'input, which TopdownAffine must give'.format(
                    *feats[0].shape[:1:-1], *self.map_size[::-1]))
        before = None
        with torch.no_grad():
            for network, x in zip(self.networks[:self.frozen], feats):
                before = network(x, before).positions
        return before, [
            network(x, before) for network, x in zip(
                self.networks[self.frozen:], feats[self.frozen:])
        ]

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Positions after the last stage.

        Args:
            feats (Sequence[Tensor]): Of each network a map (B, C, h, w).

        Returns:
            Tensor: (B, K, 2), (x, y) in units of the crop.
        """
        return self._read(feats)[0]

    def _read(self, feats: Sequence[Tensor]) -> Tuple[Tensor, Tensor]:
        """Positions, and probabilities of visibility (B, K, 3)."""
        _, outputs = self.run(feats)
        positions = [output.positions for output in outputs]
        # Half of the sum, which leaves the likeliest class the same.
        visibility = [output.visibility.softmax(-1) for output in outputs]
        return (sum(positions) / len(positions),
                sum(visibility) / len(visibility))

    def predict(self,
                feats,
                batch_data_samples: list,
                test_cfg: dict = {}) -> List[InstanceData]:
        """Predict landmarks.

        Args:
            feats: Maps of each network; of a flip test a list of two such.
            batch_data_samples (list[PoseDataSample]): The batch.
            test_cfg (dict): ``flip_test`` and ``shift_coords`` as of
                ``RegressionHead``.

        Returns:
            list[InstanceData]: With ``keypoints`` (1, K, 2) in input pixels,
            ``keypoint_scores`` (1, K), and ``keypoints_visible`` (1, K), the
            probability that the garment has the landmark.
        """
        if test_cfg.get('flip_test', False):
            meta = batch_data_samples[0].metainfo
            swap = meta['flip_indices']
            (positions, visibility), flipped = map(self._read, feats)
            positions = (positions + flip_coordinates(
                flipped[0], swap, test_cfg.get('shift_coords', True),
                meta['input_size'])) / 2
            visibility = (visibility + flipped[1][:, swap]) / 2
        else:
            positions, visibility = self._read(feats)
        predictions = self.decode(positions[:, None])
        there = to_numpy(1 - visibility[..., ABSENT])
        for prediction, probability in zip(predictions, there):
            prediction.keypoints_visible = probability[None]
        return predictions

    def loss(self,
             feats: Sequence[Tensor],
             batch_data_samples: list,
             train_cfg: dict = {}) -> dict:
        """Loss of the stage that is trained.

        Args:
            feats (Sequence[Tensor]): Of each network a map (B, C, h, w).
            batch_data_samples (list[PoseDataSample]): The batch.
            train_cfg (dict): Not used.

        Returns:
            dict: ``loss_kpt``, ``loss_visibility``, ``loss_label``, and
            ``acc_pose`` as of ``RegressionHead``.
        """
        true, weights = read_labels(batch_data_samples)
        before, outputs = self.run(feats)
        output = outputs[0]
        if len(outputs) == 2:
            hard = self._errors(before, true, weights) > self.hard_from
            output = Output(*(torch.where(
                hard.view(-1, *[1] * (easy.dim() - 1)), other, easy)
                              for easy, other in zip(*outputs)))
        _, accuracy, _ = keypoint_pck_accuracy(
            pred=to_numpy(output.positions),
            gt=to_numpy(true),
            mask=to_numpy(weights) > 0,
            thr=0.05,
            norm_factor=np.ones((len(true), 2), dtype=np.float32))
        return dict(
            loss_kpt=self.loss_module(output.positions, true, weights[...,
                                                                      None]),
            loss_visibility=visibility_loss(output.visibility,
                                            batch_data_samples, weights),
            loss_label=self._label_loss(output.label, before, true, weights),
            acc_pose=true.new_tensor(accuracy))

    def _label_loss(self, logits: Tensor, before: Optional[Tensor],
                    true: Tensor, weights: Tensor) -> Tensor:
        centres = self.networks[-1].centres
        distances = layout_distances(*self._layout(before, true, weights),
                                     centres)
        if self.stage > 1:
            return F.cross_entropy(logits, distances.argmin(-1))
        labels = (-distances / _TEMPERATURE).softmax(-1)
        return -(labels * logits.log_softmax(-1)).sum(-1).mean()

    def _layout(self, before: Optional[Tensor], true: Tensor,
                weights: Tensor) -> Tuple[Tensor, Tensor]:
        """The points that the stage's pseudo-labels are clusters of."""
        if before is None:
            return true, weights
        offsets = offset_target(before, true)
        if self.stage == 2:
            return offsets, weights
        return torch.cat((true, offsets), 1), torch.cat((weights, weights), 1)

    @staticmethod
    def _errors(before: Tensor, true: Tensor, weights: Tensor) -> Tensor:
        """Mean error (B) of the positions before, in units of the crop."""
        there = (weights > 0).to(before)
        distance = (before - true).norm(dim=-1)
        return (distance * there).sum(-1) / there.sum(-1).clamp_min(1)

    def observe(self, feats: Sequence[Tensor],
                batch_data_samples: list) -> tuple:
        """What :meth:`find` needs of a batch: its first three arguments."""
        before, _ = self.run(feats)
        return (before, *read_labels(batch_data_samples))

    def found(self) -> List[Tensor]:
        """The buffers that :meth:`find` fills."""
        found = [network.centres for network in self.networks[self.frozen:]]
        return found + ([self.hard_from] if len(found) > 1 else [])

    def find(self, before: Optional[Tensor], true: Tensor, weights: Tensor,
             seed: int) -> None:
        """Find the pseudo-labels of the stage, and which images are hard.

        Args:
            before (Tensor, optional): (N, K, 2) of images of the training set.
            true (Tensor): (N, K, 2).
            weights (Tensor): (N, K).
            seed (int): Of k-means.

        Raises:
            ValueError: If there are fewer images than clusters.
        """
        centres = cluster_layouts(*self._layout(before, true, weights),
                                  self.num_clusters, seed)
        for network in self.networks[self.frozen:]:
            network.centres.copy_(centres)
        if self.stage == 3:
            self.hard_from.copy_(self._errors(before, true, weights).median())


def read_labels(samples: list) -> Tuple[Tensor, Tensor]:
    """Coordinates (B, K, 2) and weights (B, K) of data samples."""
    labels = [sample.gt_instance_labels for sample in samples]
    return (torch.cat([label.keypoint_labels for label in labels]),
            torch.cat([label.keypoint_weights for label in labels]))


def visibility_codes(samples: list, weights: Tensor) -> Tensor:
    """Whether landmarks are absent, occluded or visible, as annotated.

    By the annotation in COCO's layout that data samples carry, swapped where
    the image was flipped. Without one, or where it is of other landmarks,
    what has a weight counts as visible.

    Args:
        samples (list[PoseDataSample]): The batch.
        weights (Tensor): (B, K).

    Returns:
        Tensor: (B, K), integers from 0 to 2, as in COCO.
    """
    codes = torch.where(weights > 0, VISIBLE, ABSENT)
    for row, sample in zip(codes, samples):
        annotation = sample.metainfo.get('raw_ann_info')
        if not isinstance(annotation, dict):
            continue
        given = np.asarray(annotation.get('keypoints', ())).reshape(-1, 3)
        if len(given) != len(row):
            continue
        given = given[:, 2].clip(ABSENT, VISIBLE)
        if sample.metainfo.get('flip'):
            given = given[list(sample.metainfo['flip_indices'])]
        row.copy_(torch.from_numpy(given))
    return codes


def visibility_loss(logits: Tensor, samples: list, weights: Tensor) -> Tensor:
    """Mean cross entropy over the landmarks that the crop has not cut off.

    Args:
        logits (Tensor): (B, K, 3).
        samples (list[PoseDataSample]): The batch.
        weights (Tensor): (B, K).

    Returns:
        Tensor: Scalar.
    """
    codes = visibility_codes(samples, weights)
    counts = (codes == ABSENT) | (weights > 0)
    losses = F.cross_entropy(
        logits.flatten(0, 1), codes.flatten(), reduction='none')
    return (losses * counts.flatten()).sum() / counts.sum().clamp_min(1)
