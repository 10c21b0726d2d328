_base_ = './td-reg_res18_1xb32-18e_fld-96x64.py'

# A small DLAN that trains on a CPU, from scratch, on whole images.
codec = dict(input_size=(96, 96))
model = dict(
    backbone=dict(strides=(1, 2, 1, 1)),  # 12 x 12 cells, to look closer at
    neck=dict(
        _delete_=True,
        type='SelectiveDilation',
        in_channels=128,
        out_channels=64),
    head=dict(
        type='DLANHead',
        in_channels=64,
        crop_size=5,
        hidden_channels=128,
        decoder=codec))

train_pipeline = _base_.train_pipeline
train_pipeline[1].padding = 1.  # of the image, not of a box
train_pipeline[-3].input_size = codec['input_size']
train_pipeline[-2].encoder.update(codec)
val_pipeline = _base_.val_pipeline
val_pipeline[1].padding = 1.
val_pipeline[-2].input_size = codec['input_size']
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(crop='image', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(crop='image', pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(crop='image', pipeline=test_pipeline))
