_base_ = './rtmdet_tiny_8xb32-36e_fld.py'

# A small model that trains on a CPU in minutes, from scratch: two thirds of
# the width of RTMDet-tiny, on pictures of 96 pixels.
channels = [64, 128, 256]
model = dict(
    backbone=dict(widen_factor=0.25, init_cfg=None),
    neck=dict(in_channels=channels, out_channels=channels[0]),
    bbox_head=dict(in_channels=channels[0], feat_channels=channels[0]))

# RTMDet's pipeline of the last epochs from the start, since mosaic and mix-up
# take longer to learn from; milder scales than its 0.5 to 2
size = (96, 96)
train_pipeline = _base_.train_pipeline_stage2
train_pipeline[2].update(scale=size, ratio_range=(0.7, 1.4))
train_pipeline[3].crop_size = size
train_pipeline[6].size = size
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = size
test_pipeline[2].size = size
train_dataloader = dict(
    batch_size=16, num_workers=2, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=16, num_workers=2, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(
    batch_size=16, num_workers=2, dataset=dict(pipeline=test_pipeline))

max_epochs = 6
train_cfg = dict(
    max_epochs=max_epochs, val_interval=max_epochs, dynamic_intervals=None)
# RTMDet's warm-up of 1000 iterations would outlast the training
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=2e-3,
        pct_start=0.2,
        by_epoch=True,
        convert_to_iter_based=True)
]
custom_hooks = _base_.custom_hooks[:1]  # one pipeline, nothing to switch
default_hooks = dict(
    checkpoint=dict(interval=max_epochs), logger=dict(interval=10))
auto_scale_lr = dict(base_batch_size=16)
