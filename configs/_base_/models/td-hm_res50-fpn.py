# ResNet-50 with a feature pyramid, heatmaps from its finest level (stride 4).
_base_ = './td-hm_res50.py'

model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(
        type='FinestFPN', in_channels=(256, 512, 1024, 2048),
        out_channels=256),
    head=dict(in_channels=256, deconv_out_channels=None))
