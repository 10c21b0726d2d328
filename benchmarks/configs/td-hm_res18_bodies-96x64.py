_base_ = '../../configs/_base_/models/td-hm_res18.py'
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

# Photographs of people with 14 joints, in COCO's format: any data set of
# one's own is such a config.
model = dict(head=dict(out_channels=14))
dataset = dict(
    type='CocoDataset',
    data_root='data/bodies/',
    metainfo=dict(from_file='data/bodies/metainfo.py'),
    data_prefix=dict(img='img/'))
train_dataloader = dict(
    dataset=dict(ann_file='annotations/bodies_train.json', **dataset))
val_dataloader = dict(
    dataset=dict(
        ann_file='annotations/bodies_val.json', test_mode=True, **dataset))
test_dataloader = dict(
    dataset=dict(
        ann_file='annotations/bodies_test.json', test_mode=True, **dataset))
val_evaluator = [dict(type='NormalizedError'), *_base_.val_evaluator]
test_evaluator = val_evaluator
