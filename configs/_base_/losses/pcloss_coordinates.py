# For coordinates that are regressed under a squared error: more weight than
# for heatmaps, but less where each side is by itself, as sides add up.
_base_ = './pcloss.py'

pcloss = dict(beta=0.3)
pcloss_left_right = dict(beta=0.1)
