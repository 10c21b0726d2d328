# HRNet-w32: MMPose's of FLD, read at sub-pixel precision.
_base_ = [
    'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
    'td-hm_hrnet-w32_8xb64-210e_deepfashion_full-256x192.py',
    '../hooks.py',
]

# must be the head's and the pipeline's
codec = dict(_base_.codec, type='SoftArgmaxHeatmap')
# its heatmaps are flipped to where they belong
model = dict(head=dict(decoder=codec), test_cfg=dict(shift_heatmap=False))
_base_.train_pipeline[-2].encoder = codec
_base_.train_pipeline[0].type = 'LoadGarmentImage'
_base_.val_pipeline[0].type = 'LoadGarmentImage'
_base_.test_pipeline[0].type = 'LoadGarmentImage'

# a config adds the data sets
train_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=_base_.train_pipeline))
val_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=_base_.val_pipeline))
test_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=_base_.test_pipeline))
# the best model is by its metric, not by the rule of MMPose's
default_hooks = dict(
    _base_.fault_hooks,
    checkpoint=dict(
        _base_.fault_hooks.checkpoint, save_best='NE', rule=None))
