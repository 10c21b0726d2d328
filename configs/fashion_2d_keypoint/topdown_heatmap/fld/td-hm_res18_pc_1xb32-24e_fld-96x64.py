_base_ = './td-hm_res18_1xb32-24e_fld-96x64.py'

model = dict(
    head=dict(
        loss=dict(
            _delete_=True,  # the stock loss moves into `base`
            type='PCLoss',
            base=_base_.model.head.loss,
            beta=0.001,  # weight of the constraint
            topk=4)))  # the worst half of the eight landmarks
