_base_ = './td-reg_dfa-res18-s1_1xb32-18e_fld-96x64.py'

# Stage 3, the last: the whole model, tested by this config. It starts from
# stage 2; what is before stage 3 is frozen.
load_from = ('work_dirs/td-reg_dfa-res18-s2_1xb32-18e_fld-96x64/'
             'epoch_18.pth')
model = dict(
    backbone=dict(stage=3),
    # 25 times the weight: the authors' loss is of offsets in fifths
    head=dict(stage=3, loss=dict(loss_weight=4000.)))
