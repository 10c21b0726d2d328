# The settings of the constraint, for all heads and data
# (docs/results/ablation.md).
pcloss = dict(
    type='PCLoss',
    share=1.)  # at most, of the stock loss's gradient

# Each side of the object by itself. A config adds `metainfo`, which tells the
# landmarks of either side.
pcloss_left_right = {**pcloss, 'groups': 'left-right'}
