_base_ = ('../../topdown_heatmap/fld/'
          'td-hm_res18_1xb32-18e_fld-96x64.py')

# The small model with coordinates in place of heatmaps. It starts from the
# heatmap model, `load_from`: from nothing it learns little in this time.
_base_.codec = dict(type='RegressionLabel', input_size=(64, 96))
model = dict(
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        _delete_=True,
        type='RegressionHead',
        in_channels=128,
        num_joints=_base_.num_landmarks,
        loss=dict(type='MSELoss', use_target_weight=True),
        decoder=_base_.codec),
    test_cfg=dict(_delete_=True, flip_test=True, shift_coords=True))

train_pipeline = _base_.train_pipeline
train_pipeline[-2].encoder = _base_.codec
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[0].eta_max = 2e-3
