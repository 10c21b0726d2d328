# RTMPose-m: MMPose's of COCO.
_base_ = [
    'mmpose::body_2d_keypoint/rtmpose/coco/'
    'rtmpose-m_8xb256-420e_coco-256x192.py',
    '../hooks.py',
]

for pipeline in (_base_.train_pipeline, _base_.train_pipeline_stage2,
                 _base_.val_pipeline):
    pipeline[0].type = 'LoadGarmentImage'
del pipeline

# a config adds the data sets and the metrics
train_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=_base_.train_pipeline))
val_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=_base_.val_pipeline))
test_dataloader = dict(
    dataset=dict(_delete_=True, pipeline=_base_.val_pipeline))
val_evaluator = []
default_hooks = dict(
    _base_.fault_hooks,
    checkpoint=dict(_base_.fault_hooks.checkpoint, rule=None))
custom_hooks = _base_.custom_hooks
custom_hooks[1].switch_pipeline = _base_.train_pipeline_stage2
