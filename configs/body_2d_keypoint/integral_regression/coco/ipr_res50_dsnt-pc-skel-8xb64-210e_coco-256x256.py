_base_ = [
    'mmpose::body_2d_keypoint/integral_regression/coco/'
    'ipr_res50_dsnt-8xb64-210e_coco-256x256.py',
    '../../../_base_/losses/pcloss.py'
]
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

# The stock head sums two losses: the constraint joins the first, that of the
# coordinates; the second compares heatmaps. The stock weights of the second
# give NaN gradients where a landmark is not labelled; without them such a
# landmark, whose target heatmap is empty, adds a constant.
model = dict(
    head=dict(
        loss=dict(losses=[
            dict(
                base=_base_.model.head.loss.losses[0],
                metainfo='CocoDataset',
                **_base_.pcloss_left_right),
            dict(type='JSDiscretLoss', use_target_weight=False),
        ])))

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
