_base_ = [
    'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion2/'
    'td-hm_res50_4xb64-210e_deepfasion2-sling-dress-256x192.py',
    '../../../_base_/losses/pcloss.py',
    '../../../_base_/evaluators/fashion.py',
]

# The stock loss moves into `base`. The groups are those of all 294 landmarks;
# only the 19 of the category are labelled, and only labelled ones count.
model = dict(
    head=dict(
        loss=dict(
            _base_.pcloss_left_right,
            _delete_=True,
            base=_base_.model.head.loss,
            metainfo='DeepFashion2Dataset')))

val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
