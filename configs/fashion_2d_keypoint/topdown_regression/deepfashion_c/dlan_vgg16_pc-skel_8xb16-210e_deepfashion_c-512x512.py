_base_ = './dlan_vgg16_pc_8xb16-210e_deepfashion_c-512x512.py'

# the sides of the data set's landmarks
model = dict(
    head=dict(
        loss=dict(
            metainfo=_base_.train_dataset.type, **_base_.pcloss_left_right)))
