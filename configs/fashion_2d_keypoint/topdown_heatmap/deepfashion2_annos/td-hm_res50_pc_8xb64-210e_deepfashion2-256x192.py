_base_ = [
    './td-hm_res50_8xb64-210e_deepfashion2-256x192.py',
    '../../../_base_/losses/pcloss.py',
]

# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(_delete_=True, base=_base_.model.head.loss, **
                  _base_.pcloss)))
