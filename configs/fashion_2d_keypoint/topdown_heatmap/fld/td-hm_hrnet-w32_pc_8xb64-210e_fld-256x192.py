_base_ = './td-hm_hrnet-w32_8xb64-210e_fld-256x192.py'

model = dict(
    head=dict(
        loss=dict(
            _delete_=True,  # the stock loss moves into `base`
            type='PCLoss',
            base=_base_.model.head.loss,
            beta=0.001,  # weight of the constraint
            topk=4)))  # the worst half of the eight landmarks
