"""Which stock heads and losses PCLoss suits.

The table of docs/pcloss.md is :data:`HEADS`, which the tests go through.
"""

#: Heads, whether it suits them, and by which argument, or why not.
HEADS = (
    ('HeatmapHead, ViPNASHead', True,
     "`loss`; of UDP's combined targets the response maps are read"),
    ('CPMHead, MSPNHead', True, '`loss`, or any of the list of losses'),
    ('RegressionHead, RLEHead, IntegralRegressionHead', True, '`loss`'),
    ('DSNTHead', True, 'also stock `ipr_*`: the first loss of the '
     '`MultipleLossWrapper`; it stays on after `lambda_t`'),
    ('SimCCHead, RTMCCHead, RTMWHead', True,
     '`loss`; base `KLDiscretLoss`, whose `mask_weight` does not scale the '
     'constraint'),
    ('VisPredictHead', True,
     "`loss` of `pose_cfg`; of DWPose's students, in the student's config"),
    ('TemporalRegressionHead, MotionRegressionHead', True,
     '`loss`; each frame by itself'),
    ('CIDHead', True, '`decoupled_heatmap_loss`; the coupled one holds '
     'several people: refused at the first step'),
    ('AssociativeEmbeddingHead, DEKRHead', False,
     'heatmaps of all people of an image in one: refused at the first step '
     '(`tag_loss` when built)'),
    ('YOLOXPoseHead, RTMOHead', False,
     '`OKSLoss` compares all objects of an image, in its pixels: refused '
     'when built'),
    ('EDPoseHead', False, 'DETR-like: the head has no `loss` to set'),
    ('InternetHead, TrajectoryRegressionHead', False,
     'volumes; one point has no relative position: refused at the first step')
)

#: Losses that compare something else than the landmarks of one object, and
#: what. Where another loss does, the shapes tell at the first step.
UNSUITABLE = dict(
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
