_base_ = 'mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py'

# what registers GarmentDetDataset; mmdet knows no data set of garments
custom_imports = dict(
    imports=['pcloss_mmpose.detection'], allow_failed_imports=False)

# upper-body, lower-body and full-body clothes in place of COCO's 80 classes;
# an image shows one garment, 300 boxes would only swell the files
model = dict(bbox_head=dict(num_classes=3), test_cfg=dict(max_per_img=10))

train_dataset = dict(
    _delete_=True,  # CocoDataset's options
    type='GarmentDetDataset',
    data_root='data/FLD/',  # the official tree, as downloaded
    split='train',
    pipeline=_base_.train_pipeline)
val_dataset = dict(
    train_dataset, split='val', pipeline=_base_.test_pipeline, test_mode=True)
test_dataset = dict(val_dataset, split='test')
train_dataloader = dict(dataset=train_dataset)
val_dataloader = dict(dataset=val_dataset)
test_dataloader = dict(dataset=test_dataset)

# the truth comes from the data set
val_evaluator = dict(ann_file=None)
test_evaluator = val_evaluator

# an eighth of COCO's epochs, for one object an image; as there, a constant
# learning rate in the first half, and no mosaic in the last epochs
max_epochs = 36
stage2_num_epochs = 4
interval = 4
train_cfg = dict(
    max_epochs=max_epochs,
    val_interval=interval,
    dynamic_intervals=[(max_epochs - stage2_num_epochs, 1)])
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(
    begin=max_epochs // 2, end=max_epochs, T_max=max_epochs // 2)
custom_hooks = _base_.custom_hooks
custom_hooks[1].switch_epoch = max_epochs - stage2_num_epochs
default_hooks = dict(
    checkpoint=dict(
        type='mmpose.WholeCheckpointHook',
        interval=interval,
        save_best='coco/bbox_mAP'))
