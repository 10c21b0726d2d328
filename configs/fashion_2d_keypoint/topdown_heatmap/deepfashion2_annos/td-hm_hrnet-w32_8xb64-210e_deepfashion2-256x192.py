_base_ = [
    '../../../_base_/models/td-hm_hrnet-w32.py',
    '../../../_base_/datasets/deepfashion2_annos.py',
]

# a garment has 8 to 39 of the landmarks: the others cost nothing
model = dict(
    head=dict(
        out_channels=_base_.num_landmarks,
        loss=dict(
            _delete_=True, type='LabelledLoss', base=_base_.model.head.loss)),
    train_cfg=dict(compute_acc=False))
train_dataloader = dict(dataset=_base_.train_dataset)
val_dataloader = dict(dataset=_base_.val_dataset)
test_dataloader = dict(dataset=_base_.test_dataset)
val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(save_best=_base_.save_best))
