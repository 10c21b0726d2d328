# What a kill, a full disk, an unreadable image, a loss that is not finite or
# heatmaps read other than they were drawn must not do
# (docs/results/reliability.md). A config of a model adds it to its hooks. A
# config over that one turns one off by _base_.default_hooks.pop('finite'):
# mmengine takes None only for hooks of its own.
fault_hooks = dict(
    codec=dict(type='CodecHook'),
    checkpoint=dict(type='WholeCheckpointHook'),
    epoch_seed=dict(type='EpochSeedHook'),
    finite=dict(type='FiniteHook'),
    unreadable=dict(type='UnreadableImagesHook'))
