_base_ = ('mmpose::face_2d_keypoint/topdown_heatmap/300w/'
          'td-hm_hrnetv2-w18_8xb64-60e_300w-256x256.py')
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

# A small model that trains on a CPU in minutes, from scratch: ResNet-18 at a
# quarter of the width, on a quarter of the input size, read at sub-pixel
# precision.
codec = dict(
    type='SoftArgmaxHeatmap',
    input_size=(64, 64),
    heatmap_size=(16, 16),
    sigma=1.)
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=18,
        stem_channels=16,
        base_channels=16,
        strides=(1, 2, 2, 1)),  # a stride of 32 would leave 2 x 2 cells
    neck=None,
    head=dict(
        _delete_=True,
        type='HeatmapHead',
        in_channels=128,
        out_channels=68,
        deconv_out_channels=(32, 32),
        deconv_kernel_sizes=(4, 4),
        loss=_base_.model.head.loss,
        decoder=codec),
    # its heatmaps are flipped to where they belong
    test_cfg=dict(shift_heatmap=False))

train_pipeline = _base_.train_pipeline
# milder than MMPose's +-60 degrees, for the short schedule
train_pipeline[3].rotate_factor = 30.
train_pipeline[-3].input_size = codec['input_size']
train_pipeline[-2].encoder = codec
val_pipeline = _base_.val_pipeline
val_pipeline[-2].input_size = codec['input_size']
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=val_pipeline))

train_cfg = dict(max_epochs=16, val_interval=4)
optim_wrapper = dict(optimizer=dict(lr=4e-3))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=4e-3,
        pct_start=0.2,
        by_epoch=True,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=32)
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
