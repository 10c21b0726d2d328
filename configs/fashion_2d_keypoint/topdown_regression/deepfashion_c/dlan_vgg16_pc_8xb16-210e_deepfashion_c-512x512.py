_base_ = [
    './dlan_vgg16_8xb16-210e_deepfashion_c-512x512.py',
    '../../../_base_/losses/pcloss.py',
]

# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, base=_base_.model.head.loss, **_base_.pcloss)))
