"""The weight of the constraint as a share of the base loss's gradient."""
import pytest
import torch
from mmengine.logging import MessageHub

from pcloss_mmpose.models import PCLoss

K = 8
MSE = dict(type='KeypointMSELoss', use_target_weight=True)


def coordinates():
    return torch.rand(4, K, 2)


def heatmaps():
    return torch.rand(4, K, 16, 12)


CASES = {
    'heatmaps': (MSE, heatmaps, 1),
    'larger heatmaps': (MSE, lambda: torch.rand(4, K, 64, 48), 1),
    'coordinates': (dict(type='MSELoss', use_target_weight=True), coordinates,
                    1),
    'coordinates, L1': (dict(type='L1Loss', use_target_weight=True),
                        coordinates, 1),
    'SimCC': (dict(type='KLDiscretLoss', use_target_weight=True),
              lambda: torch.rand(4, K, 96), 2),
}


def split_gradients(loss, output, target, weight):
    """Gradients of the base loss, and of all that is added to it."""

    def gradients(function):
        value = function(output, target, weight)
        flat = torch.autograd.grad(value, leaves)
        return torch.cat([g.flatten() for g in flat])

    leaves = output if isinstance(output, tuple) else (output, )
    base = gradients(loss.base)
    return base, gradients(loss) - base


def certainty(loss, output, target, weight):
    """Mean over the labelled landmarks; that of coordinates is 1."""
    _, of_landmark, _ = loss._constraint(output, target, weight)
    if of_landmark is None:
        return 1.
    return float(of_landmark[weight > 0].mean())


def batch(make, number):
    torch.manual_seed(0)
    output, target = [
        tuple(make() for _ in range(number)) if number > 1 else make()
        for _ in range(2)
    ]
    for leaf in output if number > 1 else [output]:
        leaf.requires_grad_()
    weight = torch.ones(4, K)
    if make is coordinates:  # as their heads pass it on
        weight = weight[..., None].expand(4, K, 2)
    return output, target, weight


@pytest.mark.parametrize('case', list(CASES))
@pytest.mark.parametrize('form', ['robust', 'paper'])
def test_share_of_the_gradient_in_the_output(case, form):
    """Of whatever head, number of landmarks and size of heatmaps."""
    base, make, number = CASES[case]
    arguments = batch(make, number)
    loss = PCLoss(base, share=.3, form=form)
    ours, added = split_gradients(loss, *arguments)
    assert added.norm().item() == pytest.approx(
        .3 * certainty(loss, *arguments)**2 * ours.norm().item(), 1e-3)
    # the direction is the constraint's
    alone = PCLoss(base, beta=1., form=form)
    _, plain = split_gradients(alone, *arguments)
    assert torch.cosine_similarity(added, plain, 0) > .999


def test_default_is_a_share():
    output, target, weight = batch(heatmaps, 1)
    ours, added = split_gradients(PCLoss(MSE), output, target, weight)
    assert added.norm().item() == pytest.approx(
        certainty(PCLoss(MSE), output, target, weight)**2 *
        ours.norm().item(), 1e-3)


def test_a_share_of_nothing_asks_for_no_gradient(monkeypatch):
    """The base alone; settings are looked at all the same."""
    calls = []
    grad = torch.autograd.grad

    def count(*args, **kwargs):
        calls.append(args)
        return grad(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, 'grad', count)
    output, target, weight = batch(heatmaps, 1)
    loss = PCLoss(MSE, share=0)
    assert loss(output, target, weight) == loss.base(output, target, weight)
    assert not calls
    PCLoss(MSE)(output, target, weight)
    assert len(calls) == 2
    with pytest.raises(ValueError, match='holds 9'):
        PCLoss(MSE, share=0, groups=[[0, 9]])(output, target, weight)


def test_heatmaps_that_say_little_weigh_little():
    """By the mass of their peaks, of the labelled landmarks alone."""
    output, target, weight = batch(heatmaps, 1)
    weight[:, 1::2] = 0
    # half as high: a quarter of the mass; the others are not asked
    low = output.detach() * torch.tensor([.5, 1.] * 4)[:, None, None]
    low.requires_grad_()
    loss = PCLoss(MSE, share=.3)
    assert certainty(loss, low, target, weight) == pytest.approx(.25, abs=.05)
    ours, added = split_gradients(loss, low, target, weight)
    assert added.norm() / ours.norm() == pytest.approx(.3 / 16, rel=.3)
    # more than a whole peak is no more certain
    assert certainty(loss, 2 * output, target, weight) == 1


def test_parts_are_logged_with_the_weight():
    hub = MessageHub.get_current_instance()
    output, target, weight = batch(heatmaps, 1)
    loss = PCLoss(MSE)
    value = loss(output, target, weight).item()
    parts = [
        hub.get_scalar(f'train/{name}').current()
        for name in ('loss_base', 'loss_pc')
    ]
    assert sum(parts) == pytest.approx(value, 1e-5) and min(parts) > 0


def test_the_weight_does_not_depend_on_the_scale_of_the_base():
    output, target, weight = batch(heatmaps, 1)
    values = [
        PCLoss(dict(MSE, loss_weight=scale))(output, target, weight) / scale
        for scale in (1., 1000.)
    ]
    torch.testing.assert_close(*values)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    """As of float32: the gradient of a mean over many pixels is not lost."""
    torch.manual_seed(0)
    output, target = torch.rand(2, 16, K, 64, 48)
    low = output.to(dtype).requires_grad_()
    exact = low.detach().float().requires_grad_()
    weight = torch.ones(16, K)
    loss = PCLoss(MSE)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value = loss(low, target, weight)
    torch.testing.assert_close(value, loss(exact, target, weight))


def test_where_there_is_nothing_to_weigh_by():
    target = torch.rand(4, K, 16, 12)
    weight = torch.ones(4, K)
    loss = PCLoss(MSE)
    # no gradient, as in a validation
    torch.testing.assert_close(
        loss(target * .5, target, weight),
        loss.base(target * .5, target, weight))
    # no error, no labelled landmark
    for output, of in ((target, weight), (target * .5, weight * 0)):
        output = output.clone().requires_grad_()
        value = loss(output, target, of)
        value.backward()
        assert value.item() == 0 and (output.grad == 0).all()
    # a base that is flat
    output = target.clone().requires_grad_()
    flat = PCLoss(dict(MSE, loss_weight=0.))
    value = flat(output, target * .5, weight)
    value.backward()
    assert value.item() == 0 and output.grad.isfinite().all()
