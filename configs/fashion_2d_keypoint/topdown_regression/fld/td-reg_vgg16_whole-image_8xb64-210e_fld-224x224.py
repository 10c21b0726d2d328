_base_ = './td-reg_vgg16_8xb64-210e_fld-224x224.py'

# "Unconstrained": no box, neither in training nor in the test.
train_pipeline = _base_.train_pipeline
train_pipeline[1].padding = 1.  # of the image, not of a box
val_pipeline = _base_.val_pipeline
val_pipeline[1].padding = 1.
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(crop='image', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(crop='image', pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(crop='image', pipeline=test_pipeline))
