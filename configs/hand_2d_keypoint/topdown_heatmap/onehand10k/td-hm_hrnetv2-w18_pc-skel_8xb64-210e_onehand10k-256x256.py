_base_ = [
    'mmpose::hand_2d_keypoint/topdown_heatmap/onehand10k/'
    'td-hm_hrnetv2-w18_8xb64-210e_onehand10k-256x256.py',
    '../../../_base_/losses/pcloss.py',
]
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

# The stock loss moves into `base`. A hand has no left and right part but five
# fingers; the wrist, landmark 0, belongs to each of them.
model = dict(
    head=dict(
        loss=dict(
            _base_.pcloss,
            _delete_=True,
            base=_base_.model.head.loss,
            groups=[
                [0, 1, 2, 3, 4],  # thumb
                [0, 5, 6, 7, 8],  # forefinger
                [0, 9, 10, 11, 12],  # middle finger
                [0, 13, 14, 15, 16],  # ring finger
                [0, 17, 18, 19, 20],  # little finger
            ])))

# the best model is by its metric, and a kill breaks no file
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', rule=None))
