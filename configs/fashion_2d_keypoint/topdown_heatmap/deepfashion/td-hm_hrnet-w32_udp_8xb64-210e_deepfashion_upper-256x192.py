_base_ = [
    'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
    'td-hm_hrnet-w32_udp_8xb64-210e_deepfashion_upper-256x192.py',
    '../../../_base_/evaluators/fashion.py',
]

# MMPose's config of this name defines UDP's codec and pipelines, but its head
# and its data loaders keep those without UDP.
model = dict(head=dict(decoder=_base_.codec))
test_pipeline = _base_.val_pipeline
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
