"""PCLoss through the loss of every stock head.

K landmarks, random features, random labels: what is tested is what a head
hands over, and what becomes of it.
"""
import copy
import inspect
import re
from functools import partial
from pathlib import Path

import mmpose.models.heads as heads
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.runner.checkpoint import get_state_dict, load_state_dict
from mmengine.structures import InstanceData, PixelData
from mmpose.models.losses import KLDiscretLoss
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.testing import get_packed_inputs

from pcloss_mmpose.functional import log_penalty, position_constraint
from pcloss_mmpose.models.losses.supported import (SUITED_HEADS,
                                                   UNSUITED_HEADS,
                                                   UNSUITED_LOSSES)

ROOT = Path(__file__).resolve().parents[3]
K = 8
LEFT_RIGHT = [[0, 2, 4, 6], [1, 3, 5, 7]]
HEATMAP, FEATURES, VECTOR = (2, 8, 64, 48), (2, 8, 8, 6), (2, 8)
pytestmark = pytest.mark.filterwarnings('ignore:torch.meshgrid')  # CIDHead
# MMPose 1.2 has neither masks of landmarks nor RTMO, and its MSPNHead mixes
# the weights of images and levels.
IS_OLD = 'mask' not in inspect.signature(KLDiscretLoss).parameters


def base(kind, **kwargs):
    return dict(type=kind, use_target_weight=True, **kwargs)


MSE = dict(type='KeypointMSELoss', use_target_weight=True)
GAU = dict(
    hidden_dims=16,
    s=8,
    expansion_factor=2,
    dropout_rate=0.,
    drop_path=0.,
    act_fn='ReLU',
    use_rel_bias=False,
    pos_enc=False)


def simcc(kind, **kwargs):
    return dict(
        type=kind,
        in_channels=8,
        out_channels=K,
        input_size=(192, 256),
        in_featuremap_size=(6, 8),
        simcc_split_ratio=2.,
        **kwargs)


def heatmap(loss, channels=K, **kwargs):
    return dict(
        type='HeatmapHead',
        in_channels=8,
        out_channels=channels,
        deconv_out_channels=None,
        loss=loss,
        **kwargs)


def regression(loss, kind='RegressionHead', **kwargs):
    return dict(type=kind, in_channels=8, num_joints=K, loss=loss, **kwargs)


def integral(loss, kind='IntegralRegressionHead'):
    return regression(
        loss, kind, in_featuremap_size=(48, 64), deconv_out_channels=None)


def stages(loss, number=3):
    return dict(
        type='CPMHead',
        in_channels=8,
        out_channels=K,
        num_stages=number,
        loss=loss)


def mspn(losses):
    return dict(
        type='MSPNHead',
        num_stages=2,
        num_units=2,
        unit_channels=8,
        out_channels=K,
        level_indices=[0, 1, 0, 1],
        loss=losses)


def with_visibility(loss):
    return dict(
        type='VisPredictHead',
        pose_cfg=simcc('RTMCCHead', gau_cfg=GAU, loss=loss),
        loss=dict(type='BCELoss', use_sigmoid=True))


def cid(loss):
    return dict(
        type='CIDHead',
        in_channels=8,
        num_keypoints=K,
        gfd_channels=8,
        decoupled_heatmap_loss=loss)


# How the loss gets into the head, the shapes of its features, the stock loss.
CASES = {
    'HeatmapHead': (heatmap, [HEATMAP], MSE),
    'HeatmapHead-OHKM':
    (heatmap, [HEATMAP], base('KeypointOHKMMSELoss', topk=4)),
    'HeatmapHead-AdaptiveWing': (heatmap, [HEATMAP], base('AdaptiveWingLoss')),
    'HeatmapHead-UDP-combined': (lambda loss: heatmap(loss, 3 * K), [HEATMAP],
                                 base('CombinedTargetMSELoss')),
    'ViPNASHead': (lambda loss: dict(
        heatmap(loss),
        type='ViPNASHead',
        deconv_out_channels=(16, ),
        deconv_kernel_sizes=(4, ),
        deconv_num_groups=(2, )), [(2, 8, 32, 24)], MSE),
    'CPMHead': (stages, [HEATMAP] * 3, MSE),
    'CPMHead-losses':
    (lambda loss: stages([loss, MSE, loss]), [HEATMAP] * 3, MSE),
    'MSPNHead': (lambda loss: mspn([loss] * 4), [HEATMAP] * 4, MSE),
    'RegressionHead': (regression, [VECTOR], base('SmoothL1Loss')),
    'RegressionHead-MSE': (regression, [VECTOR], base('MSELoss')),
    'RegressionHead-L1': (regression, [VECTOR], base('L1Loss')),
    'RegressionHead-Wing': (regression, [VECTOR], base('WingLoss')),
    'RegressionHead-SoftWing': (regression, [VECTOR], base('SoftWingLoss')),
    'RegressionHead-SoftWeight': (regression, [VECTOR],
                                  base('SoftWeightSmoothL1Loss')),
    'RLEHead': (lambda loss: regression(loss, 'RLEHead'), [VECTOR],
                base('RLELoss')),
    'IntegralRegressionHead': (integral, [HEATMAP], base('SmoothL1Loss')),
    'DSNTHead': (lambda loss: integral(
        dict(
            type='MultipleLossWrapper',
            losses=[loss,
                    dict(type='JSDiscretLoss', use_target_weight=False)]),
        'DSNTHead'), [HEATMAP], base('SmoothL1Loss')),
    'SimCCHead':
    (lambda loss: simcc('SimCCHead', deconv_out_channels=None, loss=loss),
     [FEATURES], base('KLDiscretLoss')),
    'RTMCCHead':
    (lambda loss: simcc('RTMCCHead', gau_cfg=GAU, loss=loss), [FEATURES],
     base('KLDiscretLoss', beta=10., label_softmax=True)),
    'RTMWHead': (lambda loss: simcc('RTMWHead', gau_cfg=GAU, loss=loss),
                 [(2, 4, 16, 12), FEATURES],
                 base(
                     'KLDiscretLoss',
                     label_softmax=True,
                     **{} if IS_OLD else dict(mask=[5, 6], mask_weight=.5))),
    'VisPredictHead': (with_visibility, [FEATURES],
                       base('KLDiscretLoss', beta=10., label_softmax=True)),
    'TemporalRegressionHead':
    (lambda loss: regression(loss, 'TemporalRegressionHead'), [(2, 8, 1)],
     base('MPJPELoss')),
    'MotionRegressionHead': (lambda loss: dict(
        type='MotionRegressionHead',
        in_channels=8,
        embedding_size=8,
        loss=loss), [(2, 5, K, 8)], dict(type='MPJPEVelocityJointLoss')),
    'CIDHead': (cid, [(2, 8, 64, 48)], base('FocalHeatmapLoss')),
}
if IS_OLD:
    del CASES['MSPNHead']


def wrap(loss):
    return dict(type='PCLoss', base=loss, beta=0.1, groups=LEFT_RIGHT, topk=2)


def build(case, constraint=True):
    make, _, loss = CASES[case]
    torch.manual_seed(0)
    return MODELS.build(
        Config(dict(head=make(wrap(loss) if constraint else loss))).head)


def features(case):
    generator = torch.Generator().manual_seed(1)
    feats = [
        torch.rand(shape, generator=generator) for shape in CASES[case][1]
    ]
    if case == 'MSPNHead':
        return [feats[:2], feats[2:]]
    return feats[0] if case == 'MotionRegressionHead' else tuple(feats)


def batch(case):
    """Two samples with one landmark of the first unlabelled."""
    torch.manual_seed(2)
    np.random.seed(2)
    packed = get_packed_inputs(
        num_keypoints=K, num_levels=2 if case == 'MSPNHead' else 1)
    samples = packed['data_samples']
    for number, sample in enumerate(samples):
        labels = sample.gt_instance_labels
        labels.keypoint_weights[..., 2] = number
        if case == 'MSPNHead':  # (levels, 1, K), as the pipeline packs them
            sample.gt_instance_labels = InstanceData(
                keypoint_weights=labels.keypoint_weights.transpose(0, 1))
        elif case == 'HeatmapHead-UDP-combined':
            sample.gt_fields.heatmaps = torch.rand(3 * K, 64, 48)
        elif case in ('TemporalRegressionHead', 'MotionRegressionHead'):
            frames = 5 if case == 'MotionRegressionHead' else 1
            labels = sample.gt_instance_labels = InstanceData()
            labels.lifting_target_label = torch.rand(frames, K, 3)
            labels.lifting_target_weight = torch.ones(frames, K)
            labels.lifting_target_weight[:, 2] = number
        elif case == 'CIDHead':
            codec = KEYPOINT_CODECS.build(
                dict(
                    type='DecoupledHeatmap',
                    input_size=(192, 256),
                    heatmap_size=(48, 64)))
            rng = np.random.default_rng(number)
            visible = np.ones((2, K))
            visible[:, 2] = number
            encoded = codec.encode(rng.uniform(20, 170, (2, K, 2)), visible)
            labels = sample.gt_instance_labels = InstanceData()
            labels.keypoint_weights = torch.tensor(
                encoded['keypoint_weights'], dtype=torch.float32)
            labels.instance_coords = torch.tensor(encoded['instance_coords'])
            sample.gt_fields = PixelData()
            sample.gt_fields.heatmaps = torch.tensor(encoded['heatmaps'])
            sample.gt_fields.set_field(
                torch.tensor(encoded['instance_heatmaps']),
                'instance_heatmaps')
    return samples


def total_loss(head, case, samples=None):
    """The sum that is trained, and all that was logged on the way."""
    hub = MessageHub.get_current_instance()
    hub.log_scalars.clear()
    losses = head.loss(
        features(case), samples or batch(case), dict(compute_acc=False))
    total = sum(v.mean() for k, v in losses.items() if 'loss' in k)
    logged = {
        name: hub.get_scalar(f'train/{name}').data[0]
        for name in ('loss_base', 'loss_pc')
        if f'train/{name}' in hub.log_scalars
    }
    return total, logged


def count(case):
    return dict(CPMHead=3, MSPNHead=4).get(case, 2 if 'losses' in case else 1)


def test_every_stock_head_is_settled():
    """And tried: see the tests of unsuitable heads for the others."""
    missing = {'MSPNHead', 'RTMOHead'} if IS_OLD else set()
    suited, unsuited = set(SUITED_HEADS), set(UNSUITED_HEADS)
    assert not suited & unsuited
    assert {case.split('-')[0] for case in CASES} == suited - missing
    assert (suited | unsuited) - {'RTMOHead'} == {
        *heads.__all__, 'YOLOXPoseHead'
    } - {'BaseHead', 'RTMOHead'}


def test_every_stock_loss_is_settled():
    """Joined in a head, refused, or of bones, which no stock head has."""
    stock = {
        name
        for name, cls in MODELS.module_dict.items()
        if cls.__module__.startswith('mmpose.models.losses')
    }
    tried = {loss['type'] for _, _, loss in CASES.values()} | {'BoneLoss'}
    assert not tried & set(UNSUITED_LOSSES)
    assert stock - set(UNSUITED_LOSSES) == tried
    assert IS_OLD or set(UNSUITED_LOSSES) == stock - tried | {'PCLoss'}


@pytest.mark.parametrize('page', ['README.md', 'docs/reference/pcloss.md'])
def test_the_pages_agree_on_what_is_suited(page):
    text = (ROOT / page).read_text()
    for answer, names in (('yes', SUITED_HEADS), ('no', UNSUITED_HEADS)):
        rows = re.findall(rf'^(\|.*\|) {answer} \|', text, re.M)
        found = re.findall(r'`(\w+Head)`', '\n'.join(rows))
        assert sorted(found) == sorted(names)
    if 'docs' in page:
        assert all(f'`{name}`' in text for name in UNSUITED_LOSSES)


@pytest.mark.parametrize('case', CASES)
def test_constraint_joins_the_loss(case):
    """The head's loss is the stock one plus the constraint, with a slope."""
    head, stock = build(case), build(case, constraint=False)
    stock.load_state_dict(head.state_dict(), strict=True)
    loss, logged = total_loss(head, case)
    stock_loss, nothing = total_loss(stock, case)
    assert not nothing
    constraint = logged['loss_pc'].sum()
    assert len(logged['loss_pc']) == len(logged['loss_base']) == count(case)
    assert constraint > 1e-5
    assert loss.item() == pytest.approx(
        stock_loss.item() + constraint, rel=1e-5)
    if case not in ('DSNTHead', 'CPMHead-losses', 'VisPredictHead', 'CIDHead'):
        assert loss.item() == pytest.approx(
            logged['loss_base'].sum() + constraint, rel=1e-5)

    loss.backward()
    stock_loss.backward()
    grads, stock_grads = ({
        name: p.grad
        for name, p in module.named_parameters() if p.grad is not None
    } for module in (head, stock))
    renamed = {k.replace('.base.', '.') for k in grads}
    assert renamed == set(stock_grads) and grads
    assert all(torch.isfinite(g).all() for g in grads.values())
    assert any(not torch.equal(g, stock_grads[k.replace('.base.', '.')])
               for k, g in grads.items())


@pytest.mark.parametrize('case', CASES)
def test_nothing_labelled(case):
    samples = batch(case)
    for sample in samples:
        labels = sample.gt_instance_labels
        if 'keypoint_weights' in labels:
            labels.keypoint_weights.zero_()
        else:  # lifters refuse that: one landmark, without a pair
            labels.lifting_target_weight[..., 1:] = 0
    head = build(case)
    loss, logged = total_loss(head, case, samples)
    loss.backward()
    assert torch.isfinite(loss)
    assert (logged['loss_pc'] == 0).all()
    assert all(
        torch.isfinite(p.grad).all() for p in head.parameters()
        if p.grad is not None)


@pytest.mark.parametrize('case', CASES)
def test_checkpoint_is_that_of_the_stock_head(case):
    head = build(case)
    torch.manual_seed(7)
    make, _, loss = CASES[case]
    stock = MODELS.build(Config(dict(head=make(loss))).head)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
    total_loss(head, case)[0].backward()
    optimizer.step()

    saved = get_state_dict(head)  # as mmengine's CheckpointHook saves
    assert list(saved) == list(stock.state_dict())
    assert list(head.state_dict()) == list(saved)
    stock.load_state_dict(saved, strict=True)
    # And back: a stock checkpoint, by torch and by mmengine.
    again = build(case)
    again.load_state_dict(stock.state_dict(), strict=True)
    load_state_dict(again, stock.state_dict(), strict=True)
    for key, value in again.state_dict().items():
        assert torch.equal(value, saved[key]), key


@pytest.mark.parametrize('case', CASES)
def test_autocast(case, monkeypatch):
    """Mixed precision gives the constraint of float32, about."""
    head = build(case)
    exact = total_loss(head, case)[1]['loss_pc'].sum()
    # The stock heads compute an accuracy in NumPy, which has no bfloat16.
    to_numpy = torch.Tensor.numpy
    monkeypatch.setattr(
        torch.Tensor, 'numpy',
        lambda x: to_numpy(x.float() if x.dtype == torch.bfloat16 else x))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss, logged = total_loss(head, case)
    loss.backward()
    assert torch.isfinite(loss) and loss.dtype == torch.float32
    assert logged['loss_pc'].sum() == pytest.approx(exact, rel=.05)
    assert all(
        torch.isfinite(p.grad).all() for p in head.parameters()
        if p.grad is not None)


def test_deepcopy_keeps_the_keys():
    """Model averaging copies modules."""
    head = build('RLEHead')
    clone = copy.deepcopy(head)
    assert list(clone.state_dict()) == list(head.state_dict())
    clone.load_state_dict(head.state_dict(), strict=True)


def test_coordinates_of_a_lifter_frame_by_frame():
    torch.manual_seed(0)
    pred, target = torch.rand(2, 3, 5, K, 3)[:2]
    weights = (torch.rand(3, 5, K) > .3).float()
    loss = MODELS.build(wrap(dict(type='MPJPEVelocityJointLoss')))
    expected = torch.stack([
        position_constraint(pred[:, t], target[:, t], weights[:, t],
                            LEFT_RIGHT, 2, partial(log_penalty, tau=.03))
        for t in range(5)
    ]).mean()
    for weight in (weights[...,
                           None], weights[...,
                                          None].expand(pred.shape), weights):
        torch.testing.assert_close(
            loss._constraint(pred, target, weight)[0], expected)


def test_response_maps_of_combined_targets():
    """Offset maps do not count."""
    torch.manual_seed(0)
    pred, target = torch.rand(2, 2, 3 * K, 16, 12)
    loss = MODELS.build(wrap(base('CombinedTargetMSELoss')))
    alone = MODELS.build(wrap(MSE))
    weights = torch.ones(2, K)
    torch.testing.assert_close(
        loss._constraint(pred, target, weights)[0],
        alone._constraint(pred[:, ::3], target[:, ::3], weights)[0])


def test_distiller_finds_the_temperature():
    """DWPoseDistiller reads ``student.head.loss_module.beta``."""
    head = build('RTMCCHead')
    assert head.loss_module.beta == 10.
    assert head.loss_module.pc_weight == 0.1
    with pytest.raises(AttributeError, match='no_such_thing'):
        head.loss_module.no_such_thing


# Heads that PCLoss does not suit ------------------------------------------


# What a loss needs to be built.
ARGUMENTS = dict(
    CombinedLoss=dict(losses={}),
    FeaLoss=dict(
        name='f', use_this=True, student_channels=1, teacher_channels=1),
    KDLoss=dict(name='loss_logit', use_this=True),
    MultipleLossWrapper=dict(losses=[]),
    PCLoss=dict(base=MSE),
    SemiSupervisionLoss=dict(joint_parents=[0, 0]))


@pytest.mark.parametrize('kind', UNSUITED_LOSSES)
def test_unsuitable_base_at_construction(kind):
    if IS_OLD and kind not in MODELS:
        pytest.skip('not in this MMPose')
    message = (f'PCLoss: {kind} cannot be base, it compares '
               f'{re.escape(UNSUITED_LOSSES[kind])}; allowed')
    with pytest.raises(ValueError, match=message):
        MODELS.build(wrap(dict(type=kind, **ARGUMENTS.get(kind, {}))))


@pytest.mark.skipif(IS_OLD, reason='built in another way')
def test_one_stage_heads_at_construction():
    """YOLOX-Pose and RTMO: `loss_oks` (and `loss_mle`)."""
    cfg = dict(
        type='YOLOXPoseHead',
        num_keypoints=K,
        prior_generator=dict(
            type='MlvlPointGenerator', offset=0, strides=[32]),
        assigner=dict(
            type='SimOTAAssigner',
            oks_calculator=dict(
                type='PoseOKS', metainfo='configs/_base_/datasets/coco.py')),
        loss_cls=dict(type='BCELoss'),
        loss_bbox=dict(type='IoULoss'),
        loss_vis=dict(type='BCELoss'),
        loss_oks=dict(type='OKSLoss'))
    MODELS.build(cfg)
    cfg['loss_oks'] = wrap(cfg['loss_oks'])
    with pytest.raises(ValueError, match='PCLoss: OKSLoss cannot be base'):
        MODELS.build(cfg)


def test_detr_like_head_takes_no_loss():
    with pytest.raises(TypeError, match="unexpected keyword argument 'loss'"):
        MODELS.build(dict(type='EDPoseHead', loss=wrap(MSE)))


SEVERAL = 'PCLoss: a mask, or weights of single pixels, belong to the maps'


def test_associative_embedding_at_the_first_step():
    samples = batch('HeatmapHead')
    for sample in samples:
        sample.gt_fields.set_field(torch.ones(1, 64, 48), 'heatmap_mask')
        sample.gt_instance_labels.keypoint_indices = torch.ones(
            1, K, 2, dtype=torch.long)
    cfg = dict(
        type='AssociativeEmbeddingHead',
        in_channels=8,
        num_keypoints=K,
        deconv_out_channels=None,
        keypoint_loss=MSE)
    feats = (torch.rand(HEATMAP), )
    assert torch.isfinite(MODELS.build(cfg).loss(feats, samples)['loss_kpt'])
    cfg['keypoint_loss'] = wrap(MSE)
    with pytest.raises(ValueError, match=SEVERAL):
        MODELS.build(cfg).loss(feats, samples)


@pytest.mark.parametrize('slot', ['heatmap_loss', 'displacement_loss'])
def test_dekr_at_the_first_step(slot):
    samples = batch('HeatmapHead')
    for sample in samples:
        fields = sample.gt_fields = PixelData()
        fields.heatmaps = torch.rand(K + 1, 64, 48)
        for key, channels in (('heatmap_weights', K + 1), ('displacements',
                                                           2 * K),
                              ('displacement_weights', 2 * K)):
            fields.set_field(torch.rand(channels, 64, 48), key)
    losses = dict(
        heatmap_loss=MSE, displacement_loss=base('SoftWeightSmoothL1Loss'))
    cfg = dict(type='DEKRHead', in_channels=8, num_keypoints=K, **losses)
    feats = (torch.rand(HEATMAP), )
    MODELS.build(cfg).loss(feats, samples)
    cfg[slot] = wrap(losses[slot])
    with pytest.raises(ValueError, match=SEVERAL):
        MODELS.build(cfg).loss(feats, samples)


def test_coupled_heatmaps_of_cid_at_the_first_step():
    cfg = cid(base('FocalHeatmapLoss'))
    cfg['coupled_heatmap_loss'] = wrap(base('FocalHeatmapLoss'))
    with pytest.raises(ValueError, match=SEVERAL):
        MODELS.build(cfg).loss(features('CIDHead'), batch('CIDHead'))


def test_volumes_at_the_first_step():
    """InternetHead."""
    samples = batch('HeatmapHead')
    for sample in samples:
        sample.gt_fields = PixelData(heatmaps=torch.rand(K * 4, 16, 16))
    cfg = dict(
        type='InternetHead',
        keypoint_head_cfg=dict(
            in_channels=8,
            out_channels=K // 2 * 4,
            depth_size=4,
            deconv_out_channels=(8, ),
            deconv_kernel_sizes=(4, )),
        root_head_cfg=dict(in_channels=8, heatmap_size=4, hidden_dims=(8, )),
        hand_type_head_cfg=dict(
            in_channels=8, num_labels=2, hidden_dims=(8, )),
        loss=wrap(MSE))
    with pytest.raises(
            ValueError, match=r'found an output of \(2, 8, 4, 16, 16\)'):
        MODELS.build(cfg).loss((torch.rand(2, 8, 8, 8), ), samples)


def test_one_landmark_at_the_first_step():
    """TrajectoryRegressionHead regresses the root alone."""
    samples = batch('TemporalRegressionHead')
    for sample in samples:
        labels = sample.gt_instance_labels = InstanceData()
        labels.lifting_target_label = torch.rand(1, 1, 3)
        labels.trajectory_weights = torch.ones(1, 1)
    cfg = dict(
        regression(wrap(base('MPJPELoss')), 'TrajectoryRegressionHead'),
        num_joints=1)
    with pytest.raises(ValueError, match='one landmark has no position'):
        MODELS.build(cfg).loss((torch.rand(2, 8, 1), ), samples)


def test_boxes_at_the_first_step():
    """A loss that says nothing of itself."""
    loss = MODELS.build(wrap(dict(type='L1Loss')))
    with pytest.raises(ValueError, match=r'found an output of \(5, 4\)'):
        loss(torch.rand(5, 4), torch.rand(5, 4))
