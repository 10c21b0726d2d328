"""Many landmarks, of which an object has few."""
import pytest
import torch
from mmpose.registry import MODELS

from pcloss_mmpose.models import LabelledLoss, PCLoss

MSE = dict(type='KeypointMSELoss', use_target_weight=True)
KL = dict(
    type='KLDiscretLoss', use_target_weight=True, beta=10., label_softmax=True)
SKIRT, COAT, TOP = slice(182, 190), slice(89, 128), slice(0, 25)


def heatmaps(*slices, weight=1.):
    torch.manual_seed(0)
    pred, target = torch.rand(2, len(slices), 294, 16, 12)
    weights = torch.zeros(len(slices), 294)
    for row, own in zip(weights, slices):
        row[own] = weight
    target *= weights[..., None, None] > 0  # as encoded
    return pred.requires_grad_(), target, weights


def vectors(*slices):
    torch.manual_seed(0)
    pred = [
        torch.rand(len(slices), 294, n, requires_grad=True) for n in (24, 32)
    ]
    target = [torch.rand(len(slices), 294, n) for n in (24, 32)]
    return pred, target, heatmaps(*slices)[2]


def alone(base, pred, target, weights, own):
    """The stock loss of images that have no other channels."""

    def cut(x):
        return [v[:, own] for v in x] if isinstance(x, list) else x[:, own]

    return MODELS.build(base)(cut(pred), cut(target), weights[:, own])


@pytest.mark.parametrize('base, make', [(MSE, heatmaps), (KL, vectors)])
@pytest.mark.parametrize('own', [SKIRT, COAT])
def test_as_the_stock_loss_without_the_others(base, make, own):
    batch = make(own, own, own)
    torch.testing.assert_close(
        LabelledLoss(base)(*batch), alone(base, *batch, own))


def test_each_image_counts_alike():
    """Whatever number of landmarks it has."""
    pred, target, weights = heatmaps(SKIRT, COAT, TOP)
    loss = LabelledLoss(MSE)(pred, target, weights)
    each = [
        alone(MSE, pred[i:i + 1], target[i:i + 1], weights[i:i + 1], own)
        for i, own in enumerate((SKIRT, COAT, TOP))
    ]
    torch.testing.assert_close(loss, sum(each) / 3)
    # so that an error has one size, with few landmarks or with many
    with torch.no_grad():
        for own in (SKIRT, COAT):
            batch = heatmaps(own, own)
            value = LabelledLoss(MSE)(batch[1] + .5, *batch[1:])
            assert value.item() == pytest.approx(.25)
            assert MODELS.build(MSE)(batch[1] + .5, *batch[1:]) < .04


def test_gradient_is_that_of_the_labelled_landmarks():
    pred, target, weights = heatmaps(SKIRT, COAT)
    LabelledLoss(MSE)(pred, target, weights).backward()
    found = pred.grad.clone()
    pred.grad = None
    loss = (pred - target).square().mean((-1, -2)) * weights
    (loss.sum(1) / weights.sum(1)).mean().backward()
    torch.testing.assert_close(found, pred.grad)


def test_fractions_and_nothing_labelled():
    half = heatmaps(SKIRT, COAT, weight=.5)
    whole = heatmaps(SKIRT, COAT)
    loss = LabelledLoss(MSE)
    torch.testing.assert_close(loss(*half), loss(*whole) / 2)
    for kind in (loss, PCLoss(LabelledLoss(MSE))):
        pred, target, weights = heatmaps(SKIRT, COAT)
        value = kind(pred, target, weights * 0)
        value.backward()
        assert value == 0 and not pred.grad.any()
        pred, target, weights = heatmaps(slice(5, 6))
        assert kind(pred, target, weights).isfinite()


@pytest.mark.parametrize('base, make', [(MSE, heatmaps), (KL, vectors)])
@pytest.mark.parametrize('groups', ['all', 'left-right'])
def test_the_constraint_of_the_same_channels(base, make, groups):
    """As PCLoss of all channels has it, whatever the image."""
    options = dict(groups=groups)
    if groups != 'all':
        options['metainfo'] = 'DeepFashion2AnnosDataset'
    pred, target, weights = make(SKIRT, COAT, TOP)
    few = PCLoss(LabelledLoss(base), beta=1., **options)
    many = PCLoss(base, beta=1., **options)
    loss = few(pred, target, weights) - few.base(pred, target, weights)
    expected = many(pred, target, weights) - many.base(pred, target, weights)
    torch.testing.assert_close(loss, expected)
    assert loss > 0
    inputs = pred if isinstance(pred, list) else [pred]
    for one, other in zip(
            torch.autograd.grad(loss, inputs),
            torch.autograd.grad(expected, inputs)):
        torch.testing.assert_close(one, other, atol=1e-7, rtol=1e-4)


def test_share_of_the_gradient():
    """That of the constraint is as large as the base's, as ever."""
    for own in (SKIRT, COAT):
        pred, target, weights = heatmaps(own, own)
        loss = PCLoss(LabelledLoss(MSE), share=1., form='paper')
        base = loss.base(pred, target, weights)
        constraint = loss(pred, target, weights) - base
        one, other = (
            torch.autograd.grad(x, pred, retain_graph=True)[0].norm()
            for x in (base, constraint))
        torch.testing.assert_close(one, other, rtol=1e-3, atol=0)


def test_mistakes():
    with pytest.raises(ValueError, match='must have use_target_weight=True'):
        LabelledLoss(dict(type='KeypointMSELoss'))
    with pytest.raises(ValueError, match='PCLoss cannot be base'):
        LabelledLoss(dict(type='PCLoss', base=MSE))
    pred, target, weights = heatmaps(SKIRT)
    with pytest.raises(ValueError, match='a channel for each weight'):
        LabelledLoss(MSE)(pred, target, weights[:, :98])
    with pytest.raises(
            ValueError, match='metainfo has 294 landmarks, the '
            'head gives 98'):
        PCLoss(
            LabelledLoss(MSE),
            groups='left-right',
            metainfo='DeepFashion2AnnosDataset')(pred[:, :98], target[:, :98],
                                                 weights[:, :98])
