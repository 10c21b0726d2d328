# The settings of the constraint that all configs share, whatever the data set
# and the head.
pcloss = dict(
    type='PCLoss',
    beta=0.1,  # weight of the constraint
    topk=4)  # the four worst landmarks of an image

# Each side of the object by itself, its two worst landmarks. A config adds
# `metainfo`, which tells the landmarks of either side.
pcloss_left_right = {**pcloss, 'topk': 2, 'groups': 'left-right'}
