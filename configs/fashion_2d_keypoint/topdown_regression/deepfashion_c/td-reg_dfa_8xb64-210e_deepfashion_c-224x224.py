_base_ = './td-reg_dfa-s1_8xb64-210e_deepfashion_c-224x224.py'

# Stage 3, the last: the whole model, tested by this config. It starts from
# stage 2; what is before stage 3 is frozen.
load_from = ('work_dirs/td-reg_dfa-s2_'
             '8xb64-210e_deepfashion_c-224x224/epoch_210.pth')
model = dict(
    backbone=dict(stage=3),
    # 25 times the weight: the authors' loss is of offsets in fifths
    head=dict(stage=3, loss=dict(loss_weight=4000.)))
