_base_ = './td-hm_res18_pc_1xb32-18e_fld-96x64.py'

model = dict(
    head=dict(
        loss=dict(metainfo='FLDDataset', **_base_.pcloss_left_right)))
