_base_ = './td-hm_res50.py'

# A small model that trains on a CPU in minutes, from scratch: ResNet-18 at a
# quarter of the width, on a third of the input size.
codec = dict(input_size=(64, 96), heatmap_size=(16, 24), sigma=1.)
model = dict(
    backbone=dict(
        depth=18,
        stem_channels=16,
        base_channels=16,
        strides=(1, 2, 2, 1),  # a stride of 32 would leave 2 x 3 cells
        init_cfg=None),
    head=dict(
        in_channels=128,
        deconv_out_channels=(32, 32),
        deconv_kernel_sizes=(4, 4),
        decoder=codec))

train_pipeline = _base_.train_pipeline
# milder than MMPose's +-80 degrees and +-50 %, for the short schedule
train_pipeline[3].update(rotate_factor=30., scale_factor=(0.75, 1.25))
train_pipeline[-3].input_size = codec['input_size']
train_pipeline[-2].encoder.update(codec)
val_pipeline = _base_.val_pipeline
val_pipeline[-2].input_size = codec['input_size']
test_pipeline = val_pipeline
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

train_cfg = dict(max_epochs=18, val_interval=6)
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
