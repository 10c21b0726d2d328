# For coordinates that are regressed under a squared error: more weight than
# for heatmaps, but less where each side is by itself. Chosen on a ResNet-18 of
# garments (docs/ablation.md); not measured on other models.
_base_ = './pcloss.py'

pcloss = dict(beta=0.3)
pcloss_left_right = dict(beta=0.1)
