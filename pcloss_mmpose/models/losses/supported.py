"""Which stock heads and losses PCLoss suits; docs/reference/pcloss.md."""

#: Heads of which it joins the loss, or one of the losses.
SUITED_HEADS = ('CIDHead', 'CPMHead', 'DSNTHead', 'HeatmapHead',
                'IntegralRegressionHead', 'MSPNHead', 'MotionRegressionHead',
                'RLEHead', 'RTMCCHead', 'RTMWHead', 'RegressionHead',
                'SimCCHead', 'TemporalRegressionHead', 'ViPNASHead',
                'VisPredictHead')
#: Heads of whole images, of volumes, of one point, or that take no loss.
UNSUITED_HEADS = ('AssociativeEmbeddingHead', 'DEKRHead', 'EDPoseHead',
                  'InternetHead', 'RTMOHead', 'TrajectoryRegressionHead',
                  'YOLOXPoseHead')

#: Losses that compare something else than the landmarks of one object, and
#: what. Where another loss does, the shapes tell at the first step.
UNSUITED_LOSSES = dict(
    AssociativeEmbeddingLoss='tags that group the landmarks of an image',
    BCELoss='labels',
    CombinedLoss='nothing itself; wrap a loss in it',
    FeaLoss='features',
    InfoNCELoss='features',
    IoULoss='boxes',
    JSDiscretLoss='distributions; wrap the coordinates\' loss beside it',
    KDLoss='a model with its teacher',
    MLECCLoss='distributions over bins that move with each predicted box',
    MultipleLossWrapper='several outputs; wrap the coordinates\' loss in it, '
    'the first of its losses',
    OKSLoss='all objects of an image, in its pixels',
    PCLoss='landmarks already, with a constraint',
    SemiSupervisionLoss='poses without labels',
    VariFocalLoss='labels')
