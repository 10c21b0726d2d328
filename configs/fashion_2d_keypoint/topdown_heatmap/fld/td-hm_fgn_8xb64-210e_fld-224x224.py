_base_ = [
    '../../../_base_/models/td-hm_fgn.py',
    '../../../_base_/datasets/fld.py',
]

# the data set whose landmarks the chains name
model = dict(head=dict(metainfo=_base_.train_dataset.type))
train_dataloader = dict(dataset=_base_.train_dataset)
val_dataloader = dict(dataset=_base_.val_dataset)
test_dataloader = dict(dataset=_base_.test_dataset)
val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator
