_base_ = './td-reg_dfa_pc_8xb64-210e_deepfashion_c-224x224.py'

# from the stage before, with the constraint
load_from = ('work_dirs/td-reg_dfa-s2_pc-skel_'
             '8xb64-210e_deepfashion_c-224x224/epoch_210.pth')
# the sides of the data set's landmarks
model = dict(
    head=dict(
        loss=dict(
            metainfo=_base_.train_dataset.type, **_base_.pcloss_left_right)))
