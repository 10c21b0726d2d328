_base_ = './td-hm_res50_pc_8xb64-210e_fld-256x192.py'

model = dict(
    head=dict(
        loss=dict(
            groups='left-right',  # each side of the garment by itself
            metainfo='FLDDataset',  # which landmarks are on which side
            topk=2)))  # the worst half of the four landmarks of a side
