"""Garment detectors of mmdet, trained from the files of the landmarks.

``custom_imports = dict(imports=['pcloss_mmpose.detection'])`` in a config of
mmdet registers the data sets and the metric there.
"""
from .deepfashion2_det_dataset import DeepFashion2DetDataset
from .garment_coco_metric import GarmentCocoMetric
from .garment_det_dataset import GarmentDetDataset

__all__ = ['DeepFashion2DetDataset', 'GarmentCocoMetric', 'GarmentDetDataset']
