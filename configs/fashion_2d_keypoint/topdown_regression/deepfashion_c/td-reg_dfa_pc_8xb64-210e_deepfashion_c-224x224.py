_base_ = [
    './td-reg_dfa_8xb64-210e_deepfashion_c-224x224.py',
    '../../../_base_/losses/pcloss.py',
]

# from the stage before, with the constraint
load_from = ('work_dirs/td-reg_dfa-s2_pc_'
             '8xb64-210e_deepfashion_c-224x224/epoch_210.pth')
# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, base=_base_.model.head.loss, **_base_.pcloss)))
