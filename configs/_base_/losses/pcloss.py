# The settings of the constraint that all configs share.
pcloss = dict(
    type='PCLoss',
    beta=0.001,  # weight of the constraint
    topk=4)  # the worst half of eight landmarks

# Each side of the garment by itself. A config adds `metainfo`, which tells
# the landmarks of either side.
pcloss_left_right = {**pcloss, 'topk': 2, 'groups': 'left-right'}
