"""MMPose's inferencer, for garments of known and unknown types."""
from typing import Any, List, Optional, Sequence, Tuple

import mmcv
import mmdet.registry
import mmpose.registry
import numpy as np
import torch
from mmdet.apis import DetInferencer
from mmengine.dataset import pseudo_collate
from mmengine.infer import BaseInferencer
from mmengine.structures import InstanceData
from mmpose.apis.inferencers import Pose2DInferencer
from mmpose.evaluation.functional import nms
from mmpose.structures import PoseDataSample, merge_data_samples
from torch import nn

from ..codecs.conventions import check_checkpoint_codec, check_codecs
from ..datasets.detections import whole_image
from ..deploy.garments import Garments, check_type, whole_picture
from .garment_types import landmarks_by_type, types_of_classes
from .loading import (Checkpoint, load_config, load_weights, naming,
                      read_checkpoint, read_dataset_meta, sees_whole_images)
from .visualizer import GarmentVisualizer

# Without the last letter in mmdet before 3.2.
_AS_SAMPLES = {
    name: True
    for name in DetInferencer.postprocess_kwargs
    if name.startswith('return_datasample')
}

_WHOLE = "the model sees whole images (crop='image' in its test data set)"


class _OwnWeights(BaseInferencer):
    """An inferencer that takes the weights of its own model only.

    They have been read before and are there as ``self.checkpoint``.
    """
    checkpoint: Checkpoint
    _datasets = mmpose.registry.DATASETS
    # Keys of a checkpoint's meta that tell what the model predicts.
    _meta_keys: Tuple[str, ...] = ('dataset_meta', )

    def _load_weights_to_model(self, model, checkpoint, cfg):
        path, _, meta = self.checkpoint
        load_weights(model, self.checkpoint)
        del self.checkpoint
        with naming(path):
            check_checkpoint_codec(cfg, dict(meta=meta))
            if not any(meta.get(key) for key in self._meta_keys):
                meta = dict(dataset_meta=read_dataset_meta(
                    cfg, self._datasets))  # yapf: disable
        number = _number_of_landmarks(model)
        named = len(meta.get('dataset_meta', {}).get('keypoint_id2name', ()))
        if number and named and number != named:
            raise ValueError(f'{path}: the model predicts {number} landmarks, '
                             f'and the data set has {named}')
        # The weights are in: the stock method adds what they mean.
        checkpoint = dict(state_dict=model.state_dict(), meta=meta)
        super()._load_weights_to_model(model, checkpoint, cfg)

    def _init_collate(self, cfg):
        # The stock ones look for it in a registry that mmpose and mmdet do
        # not have, which mmengine warns of.
        return pseudo_collate


def _number_of_landmarks(model: nn.Module) -> Optional[int]:
    """That a head predicts, None if it is not known."""
    head: Any = getattr(model, 'head', None)
    decoder = getattr(head, 'decoder', None)
    if getattr(decoder, 'heatmap_type', None) == 'combined':
        return head.out_channels // 3  # with two maps of offsets
    for name in ('num_joints', 'out_channels'):
        number = getattr(head, name, None)
        if isinstance(number, int):
            return number
    return None


class _Detector(_OwnWeights, DetInferencer):
    _datasets = mmdet.registry.DATASETS
    _meta_keys = ('dataset_meta', 'CLASSES')

    def __init__(self, cfg, checkpoint, device):
        self.checkpoint = checkpoint
        super().__init__(cfg, device=device, show_progress=False)


class GarmentInferencer(_OwnWeights, Pose2DInferencer):
    """Predict the landmarks of garments with a top-down model.

    Other than ``Pose2DInferencer`` it uses given boxes, keeps the garment
    type that the detector found, and gives the landmarks that this type does
    not have the score 0 at (0, 0). A picture in which the detector finds
    nothing has no instances. The config and the checkpoint must be files
    that fit together: nothing is looked up by name or downloaded.

    Call it with pictures (BGR arrays) and, if wanted, ``bboxes``: a
    :class:`Garments` for each. Without boxes and detector the garment is the
    whole picture. A model of whole images (``crop='image'`` in its config)
    takes neither, and sees the picture as in its training. It yields one dict
    a picture: ``predictions``, a list with the instances in MMPose's format
    and ``category`` where the type is known; with ``return_vis=True`` also
    ``visualization``, a list with the drawn picture (RGB).

    Args:
        config (str): A config of a top-down model.
        checkpoint (str): Its weights: a checkpoint, of MMPose 0.x too, or the
            bare weights. If they do not tell the data set, the config does.
        det_config (str, optional): A config of an mmdet detector whose
            classes are the garment types of the data set.
        det_checkpoint (str, optional): Its weights.
        garment (str, optional): The type of all garments whose type nothing
            else tells. Defaults to None: all landmarks are predicted.
        device (str, optional): Defaults to the accelerator, if there is one.

    Raises:
        FileNotFoundError: If a file is absent.
        ValueError: If a config or checkpoint cannot be used.
    """

    preprocess_kwargs = {'bbox_thr', 'nms_thr', 'bboxes'}
    forward_kwargs: set = set()
    postprocess_kwargs: set = set()
    #: Pictures to hand over at a time: MMPose's inferencer runs them singly.
    batch_size = 1

    def __init__(self,
                 config: str,
                 checkpoint: str,
                 det_config: Optional[str] = None,
                 det_checkpoint: Optional[str] = None,
                 garment: Optional[str] = None,
                 device: Optional[str] = None) -> None:
        cfg = load_config(config)
        if cfg.get('data_mode') != 'topdown':
            raise ValueError(f'{config}: a top-down model is needed, with '
                             "data_mode = 'topdown'")
        with naming(config):
            check_codecs(cfg)
        self.whole = sees_whole_images(cfg)
        if self.whole and det_config:
            raise ValueError(f'{config}: {_WHOLE}, leave out the detector '
                             f'{det_config}')
        self.checkpoint = read_checkpoint(checkpoint)
        self._det = det_config and (det_config, load_config(det_config),
                                    read_checkpoint(str(det_checkpoint)))
        self.garment = garment
        super().__init__(cfg, device=device)
        check_type(garment, list(self.landmarks))

    @property
    def landmarks(self) -> dict:
        """Indices of the landmarks of each garment type, or nothing."""
        return landmarks_by_type(self.model.dataset_meta['dataset_name'])

    def _init_visualizer(self, cfg) -> GarmentVisualizer:
        return GarmentVisualizer()

    def _init_collate(self, cfg):
        collate = super()._init_collate(cfg)
        return lambda packed: collate(packed) if packed else None

    def _init_detector(self, device=None, **kwargs) -> None:
        self.detector: Any = None
        if self._det:
            config, cfg, checkpoint = self._det
            self.detector = _Detector(cfg, checkpoint, device)
            with naming(config):
                self.det_types = types_of_classes(
                    self.detector.model.dataset_meta['classes'],
                    list(self.landmarks))

    def preprocess_single(self,
                          input: np.ndarray,
                          index: int,
                          bbox_thr: float = 0.3,
                          nms_thr: float = 0.3,
                          bboxes: Sequence = ()) -> List[dict]:
        """The pipeline's sample of each garment of a picture."""
        image = mmcv.imread(input)
        if self.whole and len(bboxes):
            raise ValueError(f'{_WHOLE}, leave out the boxes')
        if len(bboxes):
            garments = bboxes
        elif self.detector is not None:
            garments = self._detect(image, bbox_thr, nms_thr)
        else:
            garments = whole_picture(image)
            if self.whole:  # as in its training
                height, width = image.shape[:2]
                box = whole_image(width, height)
                garments = Garments(box, garments.scores, garments.types)
        packed = []
        for box, score, kind in zip(*garments):
            sample = dict(
                self.model.dataset_meta,
                img=image,
                img_path=f'{index}.jpg',
                bbox=box[None],
                bbox_score=np.array([score], dtype=np.float32))
            packed.append(self.pipeline(sample))
            packed[-1]['data_samples'].set_metainfo(
                dict(garment=kind or self.garment))
        return packed

    def _detect(self, image, bbox_thr, nms_thr) -> Garments:
        found = self.detector(image, **_AS_SAMPLES)['predictions']
        found = found[0].pred_instances.cpu().numpy()
        found = found[found.scores > bbox_thr]
        # one garment may be found as several types
        boxes = np.concatenate([found.bboxes, found.scores[:, None]], axis=1)
        kept = nms(boxes, nms_thr)
        return Garments(
            boxes[kept, :4].astype(np.float32), boxes[kept,
                                                      4].astype(np.float32),
            [self.det_types[label] for label in found.labels[kept]])

    @torch.no_grad()
    def forward(self, inputs: Optional[dict]) -> List[PoseDataSample]:
        """Predict the garments of one picture."""
        number = self.model.dataset_meta['num_keypoints']
        if inputs is None:
            empty = PoseDataSample(metainfo=dict(img_path=''))
            empty.pred_instances = InstanceData(
                keypoints=np.zeros((0, number, 2), dtype=np.float32),
                keypoint_scores=np.zeros((0, number), dtype=np.float32),
                bboxes=np.zeros((0, 4), dtype=np.float32),
                bbox_scores=np.zeros(0, dtype=np.float32),
                garments=[])
            return [empty]
        samples = self.model.test_step(inputs)
        for sample in samples:
            instances, kind = sample.pred_instances, sample.garment
            if kind is not None:
                absent = np.setdiff1d(np.arange(number), self.landmarks[kind])
                for key in ('keypoints', 'keypoint_scores',
                            'keypoints_visible'):
                    instances[key][:, absent] = 0
            instances.garments = [kind]
        return [merge_data_samples(samples)]

    def postprocess(self,
                    preds: List[PoseDataSample],
                    visualization: Optional[List[np.ndarray]],
                    return_datasamples: bool = False) -> dict:
        """Instances in MMPose's format, with the garment type."""
        results = super().postprocess(preds, visualization, None,
                                      return_datasamples)
        if not return_datasamples:
            for pred, instances in zip(preds, results['predictions']):
                for instance, kind in zip(instances,
                                          pred.pred_instances.garments):
                    if kind is not None:
                        instance['category'] = kind
        return results
