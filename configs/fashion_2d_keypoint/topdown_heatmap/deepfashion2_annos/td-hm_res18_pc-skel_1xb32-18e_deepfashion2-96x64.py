_base_ = './td-hm_res18_pc_1xb32-18e_deepfashion2-96x64.py'

# the sides of the data set's landmarks
model = dict(
    head=dict(
        loss=dict(
            metainfo=_base_.train_dataset.type, **_base_.pcloss_left_right)))
