_base_ = [
    '../fld/rtmdet_tiny_1xb16-96-6e_fld.py',
    '../../_base_/datasets/deepfashion2_det.py',
]

# 13 categories; an image shows some garments
model = dict(bbox_head=dict(num_classes=13), test_cfg=dict(max_per_img=20))

train_dataset = dict(
    _base_.det_train_dataset, _delete_=True, pipeline=_base_.train_pipeline)
val_dataset = dict(
    _base_.det_val_dataset, _delete_=True, pipeline=_base_.test_pipeline)
test_dataset = val_dataset
train_dataloader = dict(dataset=train_dataset)
val_dataloader = dict(dataset=val_dataset)
test_dataloader = dict(dataset=test_dataset)

# its file of detections has the categories' ids, from 1
val_evaluator = dict(type='GarmentCocoMetric')
test_evaluator = val_evaluator
