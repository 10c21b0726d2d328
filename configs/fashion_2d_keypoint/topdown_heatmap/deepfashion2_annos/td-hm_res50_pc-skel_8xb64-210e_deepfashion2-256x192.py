_base_ = './td-hm_res50_pc_8xb64-210e_deepfashion2-256x192.py'

# the sides of the data set's landmarks
model = dict(
    head=dict(
        loss=dict(
            metainfo=_base_.train_dataset.type, **_base_.pcloss_left_right)))
