# The settings of the constraint, as measured on heatmaps of garments
# (docs/ablation.md). Other kinds of heads and data start from them.
pcloss = dict(
    type='PCLoss',
    beta=0.01)  # weight of the constraint

# Each side of the object by itself. A config adds `metainfo`, which tells the
# landmarks of either side.
pcloss_left_right = {**pcloss, 'groups': 'left-right'}
