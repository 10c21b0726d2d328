_base_ = (
    'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
    'td-hm_hrnet-w32_8xb64-210e_deepfashion_full-256x192.py')

custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

model = dict(
    head=dict(
        loss=dict(
            _delete_=True,  # the stock loss moves into `base`
            type='PCLoss',
            base=_base_.model.head.loss,
            beta=0.001,  # weight of the constraint
            topk=2,  # the worst half of the four landmarks of a side
            groups='left-right',  # each side of the garment by itself
            # which landmarks are on which side: MMPose's own file
            metainfo='configs/_base_/datasets/deepfashion_full.py')))
