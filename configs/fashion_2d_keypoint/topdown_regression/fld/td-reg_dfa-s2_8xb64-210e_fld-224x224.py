_base_ = './td-reg_dfa-s1_8xb64-210e_fld-224x224.py'

# Stage 2 starts from stage 1, which is frozen.
load_from = ('work_dirs/td-reg_dfa-s1_'
             '8xb64-210e_fld-224x224/epoch_210.pth')
model = dict(
    backbone=dict(stage=2),
    # 25 times the weight: the authors' loss is of offsets in fifths
    head=dict(stage=2, loss=dict(loss_weight=4000.)))
