# For coordinates that are regressed under a squared error: ten times the
# weight of heatmaps.
_base_ = './pcloss.py'

pcloss = dict(beta=0.1)
pcloss_left_right = dict(beta=0.1)
