_base_ = [
    'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
    'td-hm_res50_8xb64-210e_deepfashion_upper-256x192.py',
    '../../../_base_/losses/pcloss.py',
    '../../../_base_/evaluators/fashion.py',
]

# the stock loss moves into `base`; which landmarks are on which side is in
# MMPose's own metainfo
model = dict(
    head=dict(
        loss=dict(
            _delete_=True,
            base=_base_.model.head.loss,
            metainfo='configs/_base_/datasets/deepfashion_upper.py',
            **_base_.pcloss_left_right)))

val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
