import copy

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.runner.checkpoint import get_state_dict, load_state_dict
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from mmpose.utils.tensor_utils import to_numpy

from pcloss_mmpose.functional import position_constraint, soft_argmax
from pcloss_mmpose.models import PCLoss

K = 8
LEFT_RIGHT = [[0, 2, 4, 6], [1, 3, 5, 7]]
FULL = 'configs/_base_/datasets/deepfashion_full.py'
MSRA = dict(
    type='MSRAHeatmap',
    input_size=(192, 256),
    heatmap_size=(48, 64),
    sigma=2.)
SIMCC = dict(
    type='SimCCLabel', input_size=(192, 256), sigma=6., simcc_split_ratio=2.)


def heatmap_head(loss):
    return dict(
        type='HeatmapHead',
        in_channels=8,
        out_channels=K,
        deconv_out_channels=(16, ),
        deconv_kernel_sizes=(4, ),
        loss=loss,
        decoder=MSRA), (2, 8, 32, 24)


def regression_head(loss):
    return dict(
        type='RegressionHead', in_channels=8, num_joints=K,
        loss=loss), (2, 8)


def rle_head(loss):
    return dict(
        type='RLEHead', in_channels=8, num_joints=K, loss=loss), (2, 8)


def simcc_head(loss):
    return dict(
        type='SimCCHead',
        in_channels=8,
        out_channels=K,
        input_size=(192, 256),
        in_featuremap_size=(6, 8),
        simcc_split_ratio=2.,
        deconv_out_channels=None,
        loss=loss,
        decoder=SIMCC), (2, 8, 8, 6)


CASES = {
    'KeypointMSELoss': (heatmap_head,
                        dict(type='KeypointMSELoss', use_target_weight=True)),
    'KeypointOHKMMSELoss':
    (heatmap_head,
     dict(type='KeypointOHKMMSELoss', use_target_weight=True, topk=4)),
    'SmoothL1Loss': (regression_head,
                     dict(type='SmoothL1Loss', use_target_weight=True)),
    'MSELoss': (regression_head, dict(type='MSELoss', use_target_weight=True)),
    'L1Loss': (regression_head, dict(type='L1Loss', use_target_weight=True)),
    'RLELoss': (rle_head, dict(type='RLELoss', use_target_weight=True)),
    'KLDiscretLoss': (simcc_head,
                      dict(type='KLDiscretLoss', use_target_weight=True)),
    'KLDiscretLoss-label-softmax':
    (simcc_head,
     dict(
         type='KLDiscretLoss',
         use_target_weight=True,
         beta=10.,
         label_softmax=True)),
}


def wrap(base, **kwargs):
    return dict(
        type='PCLoss',
        base=base,
        **{
            **dict(beta=0.1, groups=LEFT_RIGHT, topk=2),
            **kwargs
        })


def head_and_batch(case, loss):
    build, base = CASES[case]
    cfg, shape = build(wrap(base, **loss) if loss is not None else base)
    torch.manual_seed(0)
    head = MODELS.build(cfg)
    torch.manual_seed(1)
    feats = (torch.rand(shape), )
    samples = get_packed_inputs(
        batch_size=2, num_keypoints=K)['data_samples']
    samples[0].gt_instance_labels.keypoint_weights[0, 2] = 0
    return head.train(), feats, samples


@pytest.mark.parametrize('case', CASES)
def test_stock_heads(case):
    """The head's loss is the base's plus the constraint, and has a slope."""
    head, feats, samples = head_and_batch(case, {})
    stock, _, _ = head_and_batch(case, None)
    stock.load_state_dict(head.state_dict(), strict=True)
    hub = MessageHub.get_current_instance()

    loss = head.loss(feats, samples)['loss_kpt']
    base = stock.loss(feats, samples)['loss_kpt']
    logged_base = hub.get_scalar('train/loss_base').current()
    logged_pc = hub.get_scalar('train/loss_pc').current()
    assert logged_base == pytest.approx(base.item(), rel=1e-6)
    assert logged_base + logged_pc == pytest.approx(loss.item(), rel=1e-5)
    assert logged_pc > 1e-5

    loss.backward()
    base.backward()
    grads = [p.grad for p in head.parameters() if p.grad is not None]
    stock_grads = [p.grad for p in stock.parameters() if p.grad is not None]
    assert len(grads) == len(stock_grads) > 0
    assert all(torch.isfinite(g).all() for g in grads)
    assert any(not torch.equal(a, b) for a, b in zip(grads, stock_grads))


@pytest.mark.parametrize('case', CASES)
def test_nothing_labelled_is_finite(case):
    head, feats, samples = head_and_batch(case, {})
    for sample in samples:
        sample.gt_instance_labels.keypoint_weights.zero_()
    loss = head.loss(feats, samples)['loss_kpt']
    loss.backward()
    assert torch.isfinite(loss)
    assert MessageHub.get_current_instance().get_scalar(
        'train/loss_pc').current() == 0


@pytest.mark.parametrize('case', CASES)
def test_checkpoint_is_that_of_the_stock_head(case):
    head, feats, samples = head_and_batch(case, {})
    torch.manual_seed(7)
    stock = MODELS.build(CASES[case][0](CASES[case][1])[0]).eval()
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    head.loss(feats, samples)['loss_kpt'].backward()
    optimizer.step()
    head.eval()

    saved = get_state_dict(head)  # as mmengine's CheckpointHook saves
    assert list(saved) == list(stock.state_dict())
    assert list(head.state_dict()) == list(saved)
    stock.load_state_dict(saved, strict=True)
    for a, b in zip(to_numpy(head(feats), unzip=False) if isinstance(
            head(feats), tuple) else [to_numpy(head(feats))],
            to_numpy(stock(feats), unzip=False) if isinstance(
                stock(feats), tuple) else [to_numpy(stock(feats))]):
        assert (a == b).all()

    # And back: a stock checkpoint, by torch and by mmengine.
    again, _, _ = head_and_batch(case, {})
    again.load_state_dict(stock.state_dict(), strict=True)
    load_state_dict(again, stock.state_dict(), strict=True)
    for key, value in again.state_dict().items():
        assert torch.equal(value, saved[key]), key


def test_heatmap_value_by_hand():
    torch.manual_seed(0)
    pred, target = torch.rand(2, 4, K, 64, 48)
    weights = (torch.rand(4, K) > 0.3).float()
    loss = PCLoss(CASES['KeypointMSELoss'][1], beta=2., alpha=10., topk=3)
    size = torch.tensor([48., 64.])
    expected = MODELS.build(CASES['KeypointMSELoss'][1])(
        pred, target, weights) + 2. * position_constraint(
            soft_argmax(pred, 10.) / size,
            soft_argmax(target, 10.) / size, weights, topk=3)
    torch.testing.assert_close(loss(pred, target, weights), expected)


def test_simcc_shares_its_minimum_with_the_base():
    """Equal distributions on both sides: no constraint is left."""
    from mmpose.codecs import SimCCLabel
    points = torch.tensor([[[20., 30.], [100., 200.], [150., 90.]]])
    encoded = SimCCLabel((192, 256), sigma=6.).encode(points.numpy())
    target = tuple(
        torch.from_numpy(encoded[f'keypoint_{axis}_labels']) for axis in 'xy')
    # log turns the softmax over the logits into the target itself
    pred = tuple(t.clamp_min(1e-30).log() for t in target)
    loss = PCLoss(dict(type='KLDiscretLoss'), beta=1.)
    expected, true = loss._coordinates(pred, target)
    torch.testing.assert_close(expected, true)
    torch.testing.assert_close(
        true, points / torch.tensor([192., 256.]), atol=1e-3, rtol=0)


def test_same_minimum_for_heatmaps():
    heatmaps = torch.rand(2, K, 64, 48, requires_grad=True)
    loss = PCLoss(CASES['KeypointMSELoss'][1])
    value = loss(heatmaps, heatmaps.detach().clone(), torch.ones(2, K))
    value.backward()
    assert value.item() == 0 and heatmaps.grad.abs().max() == 0


@pytest.mark.parametrize('case', ['KeypointMSELoss', 'SmoothL1Loss'])
def test_autocast_computes_the_constraint_in_float32(case):
    head, feats, samples = head_and_batch(case, {})
    if case == 'KeypointMSELoss':
        target = torch.stack([s.gt_fields.heatmaps for s in samples])
    else:
        target = torch.cat(
            [s.gt_instance_labels.keypoint_labels for s in samples])
    weights = torch.cat(
        [s.gt_instance_labels.keypoint_weights for s in samples])
    module = head.loss_module
    # Stock heads also compute an accuracy, in NumPy, which has no bfloat16.
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = head(feats)
        constraint = module._constraint(low, target, weights)
        loss = module(low, target, weights if case == 'KeypointMSELoss' else
                      weights[..., None])
    assert low.dtype == torch.bfloat16
    assert constraint.dtype == loss.dtype == torch.float32
    exact = module._constraint(low.float(), target, weights)
    torch.testing.assert_close(constraint, exact)
    loss.backward()
    assert all(
        torch.isfinite(p.grad).all() for p in head.parameters()
        if p.grad is not None)


def test_only_training_logs():
    hub = MessageHub.get_current_instance()
    loss = PCLoss(CASES['KeypointMSELoss'][1]).eval()
    hub.update_scalar('train/loss_pc', 123.)
    loss(*torch.rand(2, 1, K, 8, 8), torch.ones(1, K))
    assert hub.get_scalar('train/loss_pc').current() == 123.


def test_left_right_from_metainfo():
    base = CASES['KeypointMSELoss'][1]
    loss = PCLoss(base, groups='left-right', metainfo=FULL)
    assert loss.groups == LEFT_RIGHT
    coco = PCLoss(base, groups='left-right', metainfo='CocoDataset').groups
    assert coco == [[0, *range(1, 17, 2)], [0, *range(2, 17, 2)]]
    metainfo = dict(
        dataset_name='two',
        keypoint_info={
            0: dict(name='a', swap='b'),
            1: dict(name='b', swap='a')
        },
        skeleton_info={},
        joint_weights=[1., 1.],
        sigmas=[.1, .1])
    with pytest.raises(ValueError, match="'a' of .* tells no side"):
        PCLoss(base, groups='left-right', metainfo=metainfo)
    with pytest.raises(ValueError, match="found 'NoSuchDataset'"):
        PCLoss(base, groups='left-right', metainfo='NoSuchDataset')


@pytest.mark.parametrize('kwargs, message', [
    (dict(beta=-1), 'beta must be a number, not negative, found -1'),
    (dict(beta='0.1'), "beta must be a number, not negative, found '0.1'"),
    (dict(alpha=0), 'alpha must be a positive number, found 0'),
    (dict(base=None), 'base must be a loss or its config, found None'),
    (dict(topk=True), 'whole number from 1 or None, found True'),
    (dict(groups='left-right', metainfo={}), 'keypoint_info, found {}'),
    (dict(groups='left-right', metainfo=3), 'keypoint_info, found 3'),
    (dict(topk=0), 'topk must be a whole number from 1 or None, found 0'),
    (dict(topk=1.5), 'topk must be a whole number'),
    (dict(groups='left'), "found 'left'"),
    (dict(groups='left-right'), 'go together'),
    (dict(metainfo='FLDDataset'), 'go together'),
    (dict(groups=[[0, 0]]), 'holds landmark 0 twice'),
    (dict(groups=[[0, -2]]), 'holds -2'),
])
def test_bad_settings_fail_at_construction(kwargs, message):
    with pytest.raises(ValueError, match=message):
        PCLoss(**{'base': CASES['KeypointMSELoss'][1], **kwargs})


def test_bad_shapes_fail_at_the_first_step():
    base = CASES['KeypointMSELoss'][1]
    pred = torch.rand(1, K, 16, 12)
    with pytest.raises(ValueError, match='heatmaps differ: the model gives'):
        PCLoss(base)(pred, torch.rand(1, K, 32, 24), torch.ones(1, K))
    with pytest.raises(ValueError, match=r'holds 9, allowed are 0 to 7'):
        PCLoss(base, groups=[[1, 9]])(pred, pred, torch.ones(1, K))


def test_deepcopy_keeps_the_keys():
    """Model averaging copies modules."""
    head, _, _ = head_and_batch('RLELoss', {})
    clone = copy.deepcopy(head)
    assert list(clone.state_dict()) == list(head.state_dict())
    clone.load_state_dict(head.state_dict(), strict=True)
