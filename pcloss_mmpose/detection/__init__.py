"""Garment detectors of mmdet, trained from the files of the landmarks.

``custom_imports = dict(imports=['pcloss_mmpose.detection'])`` in a config of
mmdet registers the data set there.
"""
from .garment_det_dataset import GarmentDetDataset

__all__ = ['GarmentDetDataset']
