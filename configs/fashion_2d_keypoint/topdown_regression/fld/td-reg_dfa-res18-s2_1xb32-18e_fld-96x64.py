_base_ = './td-reg_dfa-res18-s1_1xb32-18e_fld-96x64.py'

# Stage 2 starts from stage 1, which is frozen.
load_from = ('work_dirs/td-reg_dfa-res18-s1_1xb32-18e_fld-96x64/'
             'epoch_18.pth')
model = dict(
    backbone=dict(stage=2),
    # 25 times the weight: the authors' loss is of offsets in fifths
    head=dict(stage=2, loss=dict(loss_weight=4000.)))
