# DFA, "Fashion Landmark Detection in the Wild", ECCV 2016: the first of its
# three stages, each a VGG-16 on the same crop (docs/reference/peers.md). What
# it regresses, augmentation and schedule are FashionNet's.
_base_ = './td-reg_vgg16.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='DFABackbone',
        stage=1,
        network=dict(
            type='VGG', depth=16, init_cfg=_base_.model.backbone.init_cfg)),
    head=dict(
        _delete_=True,
        type='DFAHead',
        stage=1,
        in_channels=512,
        # fc6 and fc7 as trained on ImageNet
        fc_init_cfg=dict(_base_.model.backbone.init_cfg, prefix='classifier.'),
        # the authors' 20, times their sum over 8 landmarks in place of a mean
        loss=dict(type='MSELoss', use_target_weight=True, loss_weight=160.),
        decoder=_base_.codec))

# the pseudo-labels, and the checkpoint that a stage starts from
default_hooks = dict(dfa=dict(type='DFAHook'))
