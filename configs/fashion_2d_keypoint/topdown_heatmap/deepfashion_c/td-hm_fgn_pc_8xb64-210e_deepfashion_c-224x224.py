_base_ = [
    './td-hm_fgn_8xb64-210e_deepfashion_c-224x224.py',
    '../../../_base_/losses/pcloss.py',
]

# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, base=_base_.model.head.loss, **_base_.pcloss)))
