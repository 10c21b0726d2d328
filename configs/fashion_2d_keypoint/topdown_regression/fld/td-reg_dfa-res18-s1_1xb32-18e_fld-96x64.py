_base_ = './td-reg_res18_1xb32-18e_fld-96x64.py'

# DFA for a CPU, from scratch: each network is the small ResNet-18, with small
# layers behind its map of 4 x 6 cells. Weights and hook are those of
# td-reg_dfa-s1.py.
model = dict(
    backbone=dict(
        _delete_=True,
        type='DFABackbone',
        stage=1,
        network=_base_.model.backbone),
    neck=dict(_delete_=True),
    head=dict(
        _delete_=True,
        type='DFAHead',
        stage=1,
        in_channels=128,
        num_joints=_base_.num_landmarks,
        stride=16,
        fc_channels=256,
        position_channels=32,
        dropout=0.,  # with the usual half, it learns little in this time
        fc_init_cfg=dict(type='Xavier', layer='Linear'),
        loss=dict(type='MSELoss', use_target_weight=True, loss_weight=160.),
        decoder=_base_.codec))
default_hooks = dict(dfa=dict(type='DFAHook'))
