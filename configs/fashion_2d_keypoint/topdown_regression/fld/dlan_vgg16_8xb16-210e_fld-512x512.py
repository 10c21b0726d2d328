_base_ = [
    '../../../_base_/models/dlan_vgg16.py',
    '../../../_base_/datasets/fld.py',
]

model = dict(head=dict(num_joints=_base_.num_landmarks))
train_dataloader = dict(dataset=_base_.train_dataset)
val_dataloader = dict(dataset=_base_.val_dataset)
test_dataloader = dict(dataset=_base_.test_dataset)
val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator
