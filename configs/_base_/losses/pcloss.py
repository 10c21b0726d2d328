# The settings of the constraint for heatmaps. docs/ablation.md has the
# measurements behind them.
pcloss = dict(
    type='PCLoss',
    beta=0.01)  # weight of the constraint

# Each side of the object by itself. A config adds `metainfo`, which tells the
# landmarks of either side.
pcloss_left_right = {**pcloss, 'groups': 'left-right'}
