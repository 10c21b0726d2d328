"""PCLoss itself. For the stock heads, see test_pc_loss_heads.py."""
from functools import partial

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from mmpose.registry import MODELS

from pcloss_mmpose.codecs import SoftArgmaxHeatmap
from pcloss_mmpose.functional import (log_penalty, position_constraint,
                                      soft_argmax)
from pcloss_mmpose.models import PCLoss
from pcloss_mmpose.models.losses.forms import FORMS, Form, read_peaks
from pcloss_mmpose.models.losses.head_outputs import read_coordinates

K = 8
LEFT_RIGHT = [[0, 2, 4, 6], [1, 3, 5, 7]]
FULL = 'configs/_base_/datasets/deepfashion_full.py'
MSE = dict(type='KeypointMSELoss', use_target_weight=True)


@pytest.fixture
def heatmaps():
    """Predicted and target heatmaps, and weights."""
    torch.manual_seed(0)
    return (*torch.rand(2, 4, K, 64, 48), (torch.rand(4, K) > 0.3).float())


SIZE = torch.tensor([48., 64.])


def squares(heatmaps):
    """Mean position under the squares, one pixel at a time."""
    return torch.stack([
        torch.stack([
            sum(h[y, x]**2 * torch.tensor([x, y]) for y in range(64)
                for x in range(48)) / (h**2).sum() for h in image
        ]) for image in heatmaps
    ]) / SIZE


def test_robust_value_by_hand(heatmaps):
    pred, target, weights = (x[:2] for x in heatmaps)
    pred = pred - .4  # values below zero do not count
    loss = PCLoss(MSE, beta=2., topk=3)
    positive = pred.clamp_min(0)
    mass = [x.square().sum((-1, -2)) for x in (positive, target)]
    share = (mass[0] / mass[1].amax(1, keepdim=True))[..., None]
    assert (share < .5).all()  # peaks weaker than the target's
    true = squares(target)
    expected = MODELS.build(MSE)(pred, target,
                                 weights) + 2. * position_constraint(
                                     true +
                                     (squares(positive) - true) * share,
                                     true,
                                     weights,
                                     topk=3,
                                     penalise=partial(log_penalty, tau=.03))
    torch.testing.assert_close(
        loss(pred, target, weights), expected, rtol=1e-4, atol=1e-6)


def test_papers_value_by_hand(heatmaps):
    pred, target, weights = heatmaps
    loss = PCLoss(MSE, beta=2., form='paper', topk=3)
    expected = MODELS.build(MSE)(pred, target,
                                 weights) + 2. * position_constraint(
                                     soft_argmax(pred, 25.) / SIZE,
                                     soft_argmax(target, 25.) / SIZE,
                                     weights,
                                     topk=3)
    torch.testing.assert_close(loss(pred, target, weights), expected)


def test_a_third_form_is_one_entry(monkeypatch, heatmaps):
    """By what it reads and what it makes of errors, with its own tau."""
    toy = Form(read_peaks, lambda square, weight, total, tau: tau * square, 3.)
    monkeypatch.setitem(FORMS, 'toy', toy)
    paper = Form(read_peaks, FORMS['paper'].penalise)
    monkeypatch.setitem(FORMS, 'squares of peaks', paper)
    plain, by_default, given = (
        PCLoss(MSE, **kwargs)._constraint(*heatmaps)[0]
        for kwargs in (dict(form='squares of peaks'), dict(form='toy'),
                       dict(form='toy', tau=5.)))
    assert plain > 0
    torch.testing.assert_close(by_default, 3 * plain)
    torch.testing.assert_close(given, 5 * plain)
    with pytest.raises(ValueError, match="must be .* or 'toy' or .*, found 3"):
        PCLoss(MSE, form=3)
    with pytest.raises(ValueError, match='tau is of the robust or toy form'):
        PCLoss(MSE, form='paper', tau=.1)


@pytest.mark.parametrize('height', [1., .1, 1e-3, 1e-18, 0., -.1])
def test_no_gain_from_a_fading_heatmap(height):
    """Neither an unbounded slope nor one that rewards an empty heatmap."""
    target = torch.zeros(1, 2, 16, 16)
    target[0, :, 4, 4] = 1.
    pred = height * target
    pred[0, 1] = pred[0, 1].roll(8, -1)  # wrong by half a width
    pred.requires_grad_()
    PCLoss(MSE)._constraint(pred, target, torch.ones(1, 2))[0].backward()
    slope = pred.grad
    assert torch.isfinite(slope).all()
    # Along the heatmap itself, where its mass changes and no position.
    assert (slope * pred).sum((-1, -2)).abs().max() < 1e-6


@pytest.mark.parametrize('x', [62., 66., 70., 74., 90.])
@pytest.mark.parametrize('noise', [1e-4, .01, .3])
def test_landmark_beyond_the_border(x, noise):
    """Its heatmap is cut, but labelled: the slope stays that of the others."""
    torch.manual_seed(0)
    codec = SoftArgmaxHeatmap((64, 96), (16, 24), sigma=1.)
    points = np.array([[[32., 48.], [20., 20.], [x, 48.]]])
    target = torch.from_numpy(codec.encode(points)['heatmaps'])[None]
    pred = target.clone()
    pred[0, 2] += noise * torch.randn(24, 16)
    pred.requires_grad_()
    PCLoss(MSE)._constraint(pred, target, torch.ones(1, 3))[0].backward()
    # About what a landmark within the image, wrong by half a width, gets.
    assert pred.grad.abs().max() < .5


def test_empty_target_says_nothing():
    target = torch.zeros(1, 3, 16, 16)
    target[0, :2, 4, 4] = 1.
    pred = target.clone()
    pred[0, 2, 10, 10] = .5
    pred.requires_grad_()
    value = PCLoss(MSE)._constraint(pred, target, torch.ones(1, 3))[0]
    value.backward()
    assert value.item() == 0 and (pred.grad[0, 2] == 0).all()


@pytest.mark.parametrize('iteration, on', [(0, False), (14, False), (15, True),
                                           (99, True)])
def test_sets_in_after_a_share_of_the_training(iteration, on, heatmaps):
    hub = MessageHub.get_current_instance()
    before = dict(hub.runtime_info)
    try:
        hub.update_info('max_iters', 100)
        hub.update_info('iter', iteration)
        loss = PCLoss(MSE, beta=10.)
        value = loss(*heatmaps) - loss.base(*heatmaps)
        assert hub.get_scalar('train/loss_pc').current() == pytest.approx(
            value.item(), abs=1e-6)
        assert (value.item() > .01) == on
        assert value.item() >= -1e-7
        always = PCLoss(MSE, beta=10., start=0)
        assert always(*heatmaps) > always.base(*heatmaps)
        hub.pop_info('max_iters')  # without a training
        assert loss(*heatmaps) > loss.base(*heatmaps)
    finally:
        hub.runtime_info.clear()
        hub.runtime_info.update(before)


def test_tau_is_the_unit_of_the_robust_form():
    """Poses in millimetres are those in metres, with their own tau."""
    pred, target = torch.rand(2, 2, K, 3)
    metres = PCLoss(dict(type='MPJPELoss'), beta=1., tau=.05)
    millimetres = PCLoss(dict(type='MPJPELoss'), beta=1., tau=50.)
    torch.testing.assert_close(
        1000 * metres._constraint(pred, target, None)[0],
        millimetres._constraint(1000 * pred, 1000 * target, None)[0])


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
    expected, true, _ = read_coordinates(pred, target, loss.base)
    torch.testing.assert_close(expected, true)
    torch.testing.assert_close(
        true, points / torch.tensor([192., 256.]), atol=1e-3, rtol=0)


def test_same_minimum_for_heatmaps():
    heatmaps = torch.rand(2, K, 64, 48, requires_grad=True)
    loss = PCLoss(MSE)
    value = loss(heatmaps, heatmaps.detach().clone(), torch.ones(2, K))
    value.backward()
    assert value.item() == 0 and heatmaps.grad.abs().max() == 0


@pytest.mark.parametrize('base, shape', [
    (MSE, (2, K, 16, 12)),
    (dict(type='L1Loss'), (2, K, 2)),
    (dict(type='KLDiscretLoss', beta=10., label_softmax=True), (2, K, 96)),
])
def test_autocast_leaves_float32(base, shape):
    """Of half precision numbers, the constraint is that of their values."""
    torch.manual_seed(0)
    low, target = torch.rand(2, *shape)
    low = low.bfloat16()
    loss = PCLoss(base, beta=1.)
    if 'KL' in base['type']:
        low, target = (low, low), (target, target)
        exact = low[0].float(), low[1].float()
    else:
        exact = low.float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        constraint = loss._constraint(low, target, torch.ones(2, K))[0]
    assert constraint.dtype == torch.float32
    torch.testing.assert_close(
        constraint, loss._constraint(exact, target, torch.ones(2, K))[0])


AMP = {
    'heatmaps': (MSE, (K, 16, 12)),
    'coordinates': (dict(type='SmoothL1Loss', use_target_weight=True), (K, 2)),
    'SimCC': (dict(type='KLDiscretLoss', use_target_weight=True), (K, 48))
}


GPU = pytest.param(
    'cuda',
    torch.float16,
    marks=pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU'))


@pytest.mark.parametrize('device, half', [('cpu', torch.bfloat16), GPU])
@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('weight', [dict(share=1.), dict(beta=1.)], ids=str)
@pytest.mark.parametrize('kind', AMP)
def test_a_step_under_autocast_is_that_of_float32(kind, form, weight, device,
                                                  half):
    """From features through a layer, and back to its parameters."""
    base, shape = AMP[kind]
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, int(np.prod(shape))).to(device)
    features = torch.rand(8, 4).to(device)
    target = torch.rand(8, *shape).to(device)
    loss = PCLoss(base, form=form, **weight).to(device)

    def step(enabled):
        layer.zero_grad()
        with torch.autocast(device, dtype=half, enabled=enabled):
            output = layer(features).view(8, *shape)
            assert output.dtype == (half if enabled else torch.float32)
            pair = (output, target)
            if kind == 'SimCC':
                pair = ((output, output), (target, target))
            value = loss(*pair, torch.ones(8, K, device=device))
        value.backward()
        return value, layer.weight.grad

    (exact, exact_grad), (value, grad) = step(False), step(True)
    assert value.dtype == torch.float32 and grad.isfinite().all()
    torch.testing.assert_close(value, exact, rtol=.02, atol=0)
    assert (grad - exact_grad).norm() < .05 * exact_grad.norm()


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('kind', AMP)
def test_on_a_gpu_as_on_the_cpu(kind, form):
    base, shape = AMP[kind]
    torch.manual_seed(0)
    data = torch.rand(2, 8, *shape)
    weights = (torch.rand(8, K) > .2).float()

    def step(device):
        output = data[0].to(device).requires_grad_()
        pair = output, data[1].to(device)
        if kind == 'SimCC':
            pair = tuple((x, x) for x in pair)
        loss = PCLoss(base, form=form).to(device)
        value = loss(*pair, weights.to(device))
        value.backward()
        return value.detach().cpu(), output.grad.cpu()

    for there, here in zip(step('cuda'), step('cpu')):
        torch.testing.assert_close(there, here, rtol=1e-4, atol=1e-7)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
@pytest.mark.parametrize('groups', ['all', [[0, 2], [1, 3]]], ids=str)
@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('kind', AMP)
def test_waits_for_a_gpu_only_to_log(kind, form, groups):
    """A wait would undo the lead that the CPU has over it."""
    base, shape = AMP[kind]
    loss = PCLoss(base, form=form, groups=groups).cuda().eval()

    def step():
        loss(*pair, weights).backward()

    data = torch.rand(2, 8, *shape, device='cuda')
    weights = torch.ones(8, K, device='cuda')
    pair = data[0].requires_grad_(), data[1]
    if kind == 'SimCC':
        pair = tuple((x, x) for x in pair)
    step()  # what is kept for all steps is made
    torch.cuda.set_sync_debug_mode('error')
    try:
        step()
    finally:
        torch.cuda.set_sync_debug_mode('default')


@pytest.mark.parametrize('groups', ['all', [[0, 2], [1, 3]]], ids=str)
def test_a_training_after_inference(groups):
    """What is kept of the first call serves the second one."""
    loss = PCLoss(MSE, groups=groups)
    data, weights = torch.rand(2, 2, 5, 9, 7), torch.ones(2, 5)
    with torch.inference_mode():
        loss(*data, weights)
    output = data[0].clone().requires_grad_()
    loss(output, data[1], weights).backward()
    assert output.grad.isfinite().all()


def test_only_training_logs():
    hub = MessageHub.get_current_instance()
    loss = PCLoss(MSE).eval()
    hub.update_scalar('train/loss_pc', 123.)
    loss(*torch.rand(2, 1, K, 8, 8), torch.ones(1, K))
    assert hub.get_scalar('train/loss_pc').current() == 123.


def test_left_right_from_metainfo():
    loss = PCLoss(MSE, groups='left-right', metainfo=FULL)
    assert loss.groups == LEFT_RIGHT
    coco = PCLoss(MSE, groups='left-right', metainfo='CocoDataset').groups
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
        PCLoss(MSE, groups='left-right', metainfo=metainfo)
    with pytest.raises(ValueError, match="found 'NoSuchDataset'"):
        PCLoss(MSE, groups='left-right', metainfo='NoSuchDataset')


@pytest.mark.parametrize('kwargs, message', [
    (dict(beta=-1), 'beta must be a finite number, not negative, found -1'),
    (dict(beta='0.1'), "beta must be a finite number, .* found '0.1'"),
    (dict(beta=float('nan')), 'beta must be a finite number, .* found nan'),
    (dict(share=-1), 'share must be a finite number, not negative, found -1'),
    (dict(share=.5, beta=.1), 'two ways .* found share=0.5, beta=0.1'),
    (dict(tau=0), 'tau .* from 1e-6 to 1e6, found 0 '),
    (dict(tau='1'), "tau .* from 1e-6 to 1e6, found '1'"),
    (dict(tau=.1, form='paper'), "robust form, .* with form='paper'"),
    (dict(form=['paper']), 'form must be'),
    (dict(form='squared'), "form must be 'robust' or 'paper', found 'squ"),
    (dict(base=dict(type='PCLoss', base=MSE)), 'PCLoss cannot be base'),
    (dict(groups=3), 'must be lists of landmark indices, found 3'),
    (dict(start=1), 'start must be a share of the training, .* found 1'),
    (dict(start='0.5'), "from 0 and below 1, found '0.5'"),
    (dict(base=None), 'base must be a loss or its config, found None'),
    (dict(topk=True), 'whole number from 1 or None, found True'),
    (dict(groups='left-right', metainfo={}), 'keypoint_info, found {}'),
    (dict(groups='left-right', metainfo=3), 'keypoint_info, found 3'),
    (dict(topk=0), 'topk must be a whole number from 1 or None, found 0'),
    (dict(topk=1.5), 'topk must be a whole number'),
    (dict(groups='left'), "found 'left'"),
    (dict(groups='left-right'), 'go together'),
    (dict(metainfo='FLDDataset'), 'go together'),
    (dict(groups=np.array([[0, 1]])), 'must be lists of landmark indices'),
    (dict(groups=[[True, 0]]), 'holds True'),
    (dict(groups=[[0, 0]]), 'holds landmark 0 twice'),
    (dict(groups=[[0, -2]]), 'holds -2'),
    (dict(groups=[[0], [1]]), r'two landmarks .* found groups=\[\[0\], \['),
])
def test_bad_settings_fail_at_construction(kwargs, message):
    with pytest.raises(ValueError, match=message):
        PCLoss(**{'base': MSE, **kwargs})


def test_keys_of_the_stock_loss_are_named():
    """As inherited where `_delete_=True` is missing."""
    with pytest.raises(TypeError, match='no use_target_weight: .* _delete_='):
        PCLoss(MSE, use_target_weight=True)


def test_metainfo_of_other_landmarks_fails_at_the_first_step():
    loss = PCLoss(MSE, groups='left-right', metainfo='FLDDataset')
    heatmaps = torch.rand(2, 17, 8, 6)
    with pytest.raises(ValueError, match='the metainfo has 8 landmarks, the '
                       'head gives 17'):
        loss(heatmaps, heatmaps, torch.ones(2, 17))


def test_rle_loss_needs_its_head():
    loss = PCLoss(dict(type='RLELoss', use_target_weight=True))
    heatmaps = torch.rand(2, 8, 8, 6)
    with pytest.raises(ValueError, match='RLELoss needs an RLEHead'):
        loss(heatmaps, heatmaps, torch.ones(2, 8))


def test_bad_shapes_fail_at_the_first_step():
    pred = torch.rand(1, K, 16, 12)
    with pytest.raises(ValueError, match='heatmaps differ: the model gives'):
        PCLoss(MSE)(pred, torch.rand(1, K, 32, 24), torch.ones(1, K))
    with pytest.raises(ValueError, match=r'holds 9, allowed are 0 to 7'):
        PCLoss(MSE, groups=[[1, 9]])(pred, pred, torch.ones(1, K))
