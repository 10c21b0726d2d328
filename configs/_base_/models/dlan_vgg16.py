# DLAN on VGG-16, and whole images: no box, neither in training nor in the
# test. Augmentation and schedule are those of the heatmap models.
_base_ = './td-reg_vgg16.py'

# as its authors: 512 pixels on the longer side, the rest is padding
codec = dict(input_size=(512, 512))
model = dict(
    # 32 x 32 cells, without the fully connected layers
    backbone=dict(num_classes=-1, with_last_pool=False),
    neck=dict(type='SelectiveDilation', in_channels=512, out_channels=256),
    head=dict(type='DLANHead', in_channels=256, decoder=codec))

train_pipeline = _base_.train_pipeline
train_pipeline[1].padding = 1.  # of the image, not of a box
train_pipeline[-3].input_size = codec['input_size']
train_pipeline[-2].encoder.update(codec)
val_pipeline = _base_.val_pipeline
val_pipeline[1].padding = 1.
val_pipeline[-2].input_size = codec['input_size']
test_pipeline = val_pipeline
# A quarter of the images of 224 x 224, each of five times the pixels.
train_dataloader = dict(
    batch_size=16, dataset=dict(crop='image', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(crop='image', pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(crop='image', pipeline=test_pipeline))
auto_scale_lr = dict(base_batch_size=128)
