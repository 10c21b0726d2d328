_base_ = [
    './td-hm_res18_1xb32-18e_deepfashion2-96x64.py',
    '../../../_base_/losses/pcloss.py',
]

# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(_delete_=True, base=_base_.model.head.loss, **
                  _base_.pcloss)))
