_base_ = './td-hm_res50_8xb64-210e_fld-256x192.py'

# A small model that trains on a CPU in minutes, from scratch: half the input
# size, ResNet-18 at half the width.
codec = dict(input_size=(96, 128), heatmap_size=(24, 32), sigma=1.5)
model = dict(
    backbone=dict(
        depth=18, stem_channels=32, base_channels=32, init_cfg=None),
    head=dict(
        in_channels=256, deconv_out_channels=(64, 64, 64), decoder=codec))

train_pipeline = _base_.train_pipeline
train_pipeline[-3].input_size = codec['input_size']
train_pipeline[-2].encoder.update(codec)
val_pipeline = _base_.val_pipeline
val_pipeline[-2].input_size = codec['input_size']
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

train_cfg = dict(max_epochs=15, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=15, milestones=[10, 13])
]
auto_scale_lr = dict(base_batch_size=64)
