_base_ = './td-hm_res18_pc_1xb32-24e_fld-96x64.py'

model = dict(
    head=dict(
        loss=dict(
            groups='left-right',  # each side of the garment by itself
            metainfo='FLDDataset',  # which landmarks are on which side
            topk=2)))  # the worst half of the four landmarks of a side
