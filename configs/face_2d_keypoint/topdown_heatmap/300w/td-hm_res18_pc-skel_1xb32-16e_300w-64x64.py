_base_ = './td-hm_res18_pc_1xb32-16e_300w-64x64.py'

# the landmarks' numbers tell the side of the face
model = dict(
    head=dict(loss=dict(groups='left-right', metainfo='Face300WDataset')))
