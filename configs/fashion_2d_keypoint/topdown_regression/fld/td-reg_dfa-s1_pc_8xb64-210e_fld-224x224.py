_base_ = [
    './td-reg_dfa-s1_8xb64-210e_fld-224x224.py',
    '../../../_base_/losses/pcloss.py',
]

# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, base=_base_.model.head.loss, **_base_.pcloss)))
