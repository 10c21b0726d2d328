_base_ = [
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/'
    'td-hm_hrnet-w32_udp-8xb64-210e_coco-256x192.py',
    '../../../_base_/losses/pcloss.py'
]
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

# the stock loss moves into `base`; which landmarks are on which side is in
# COCO's metainfo
model = dict(
    head=dict(
        loss=dict(
            _delete_=True,
            base=_base_.model.head.loss,
            metainfo='CocoDataset',
            **_base_.pcloss_left_right)))

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
