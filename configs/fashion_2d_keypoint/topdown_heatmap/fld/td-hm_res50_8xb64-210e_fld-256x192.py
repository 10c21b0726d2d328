_base_ = [
    'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
    'td-hm_res50_8xb64-210e_deepfashion_full-256x192.py',
    '../../../_base_/datasets/fld.py'
]

# read at sub-pixel precision; must be the head's and the pipeline's
codec = dict(
    type='SoftArgmaxHeatmap',
    input_size=(192, 256),
    heatmap_size=(48, 64),
    sigma=2)
model = dict(head=dict(decoder=codec))
_base_.train_pipeline[-2] = dict(type='GenerateTarget', encoder=codec)

train_dataloader = dict(
    dataset=dict(
        _delete_=True, pipeline=_base_.train_pipeline, **_base_.fld_train))
val_dataloader = dict(
    dataset=dict(
        _delete_=True, pipeline=_base_.val_pipeline, **_base_.fld_val))
test_dataloader = dict(
    dataset=dict(
        _delete_=True, pipeline=_base_.test_pipeline, **_base_.fld_test))

val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(save_best='NE', rule='less'))
