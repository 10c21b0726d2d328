_base_ = [
    './td-hm_res18_1xb32-18e_fld-96x64.py',
    '../../../_base_/grammar.py',
]

# FGN for a CPU: the small ResNet-18 at stride 8, from scratch.
codec = dict(heatmap_size=(8, 12))
model = dict(
    backbone=dict(strides=(1, 2, 1, 1)),
    head=dict(
        _delete_=True,
        type='FGNHead',
        in_channels=128,
        chains=[*_base_.kinematics, *_base_.symmetry],
        # the data set whose landmarks the chains name
        metainfo=_base_.train_dataset.type,
        loss=_base_.model.head.loss,
        decoder=dict(_base_.codec, **codec)))

train_pipeline = _base_.train_pipeline
train_pipeline[-2].encoder.update(codec)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
