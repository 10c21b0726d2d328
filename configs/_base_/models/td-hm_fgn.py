# FGN, "Attentive Fashion Grammar Network", CVPR 2018, without its
# classification (docs/reference/peers.md). Augmentation is that of the other
# models.
_base_ = ['./td-hm_res50.py', '../grammar.py']

# as in the paper: heatmaps of VGG-16's conv4_3, at stride 8
codec = dict(input_size=(224, 224), heatmap_size=(28, 28), sigma=1.)
model = dict(
    backbone=dict(
        _delete_=True,
        type='VGG',
        depth=16,
        num_stages=4,
        out_indices=(3, ),
        dilations=(1, 1, 1, 1),
        with_last_pool=False,
        init_cfg=dict(type='Pretrained', checkpoint='mmcls://vgg16')),
    head=dict(
        _delete_=True,
        type='FGNHead',
        in_channels=512,
        chains=[*_base_.kinematics, *_base_.symmetry],
        loss=_base_.model.head.loss,
        decoder=dict(_base_.codec, **codec)))

# a tenth of the stock rate, as FashionNet's: there is no batch norm
optim_wrapper = dict(optimizer=dict(lr=5e-5))

train_pipeline = _base_.train_pipeline
train_pipeline[-3].input_size = codec['input_size']
train_pipeline[-2].encoder.update(codec)
val_pipeline = _base_.val_pipeline
val_pipeline[-2].input_size = codec['input_size']
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
