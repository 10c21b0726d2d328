_base_ = [
    'mmpose::face_2d_keypoint/topdown_heatmap/wflw/'
    'td-hm_hrnetv2-w18_8xb64-60e_wflw-256x256.py',
    '../../../_base_/losses/pcloss.py',
]
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

# the stock loss moves into `base`; the landmarks' numbers
# tell the side of the face
model = dict(
    head=dict(
        loss=dict(
            _delete_=True,
            base=_base_.model.head.loss,
            metainfo='WFLWDataset',
            **_base_.pcloss_left_right)))

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
