_base_ = './td-hm_res50_pc_8xb64-210e_fld-256x192.py'

model = dict(
    head=dict(
        loss=dict(metainfo='FLDDataset', **_base_.pcloss_left_right)))
