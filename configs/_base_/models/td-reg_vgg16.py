# FashionNet, as VGG-16 with its fully connected layers, which regress the
# coordinates. Augmentation and schedule are those of the heatmap models.
_base_ = './td-hm_res50.py'

# The fully connected layers fix the input: 7x7 cells at stride 32.
_base_.codec = dict(type='RegressionLabel', input_size=(224, 224))
model = dict(
    backbone=dict(
        _delete_=True,
        type='VGG',
        depth=16,
        num_classes=1000,  # as trained on ImageNet: all weights load
        init_cfg=dict(type='Pretrained', checkpoint='mmcls://vgg16')),
    head=dict(
        _delete_=True,
        type='RegressionHead',
        in_channels=1000,
        loss=dict(type='MSELoss', use_target_weight=True),
        decoder=_base_.codec),
    test_cfg=dict(_delete_=True, flip_test=True, shift_coords=True))

# A tenth of the stock rate, which is for models with batch norm: without it,
# most units of the fully connected layers die at that rate.
optim_wrapper = dict(optimizer=dict(lr=5e-5))

train_pipeline = _base_.train_pipeline
train_pipeline[-3].input_size = _base_.codec.input_size
train_pipeline[-2].encoder = _base_.codec
val_pipeline = _base_.val_pipeline
val_pipeline[-2].input_size = _base_.codec.input_size
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
