import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import nn
from torch.testing import assert_close

from pcloss_mmpose.models import DLANHead, SelectiveDilation

SIZE = 32
FLIP = [1, 0, 3, 2]


def build(**kwargs):
    torch.manual_seed(0)
    settings = dict(
        type='DLANHead',
        in_channels=6,
        num_joints=4,
        crop_size=4,
        hidden_channels=32,
        loss=dict(type='mmpose.MSELoss', use_target_weight=True),
        decoder=dict(type='RegressionLabel', input_size=(SIZE, SIZE)))
    head = MODELS.build({**settings, **kwargs})
    head.init_weights()
    return head


def stirred(head):
    """As after some training: frames are anywhere."""
    torch.manual_seed(1)
    for name, parameter in head.named_parameters():
        nn.init.normal_(parameter, std=.2 if 'fc' in name else .1)
    return head


def features(batch=2, channels=6):
    generator = torch.Generator().manual_seed(2)
    return [torch.rand(batch, channels, 8, 8, generator=generator)]


def samples(labels, weights):
    """What a pipeline makes of coordinates in [0, 1]."""
    found = []
    for xy, weight in zip(labels, weights):
        sample = PoseDataSample(
            metainfo=dict(flip_indices=FLIP, input_size=(SIZE, SIZE)))
        sample.gt_instance_labels = InstanceData(
            keypoint_labels=xy[None], keypoint_weights=weight[None])
        found.append(sample)
    return found


def targets(batch=2):
    generator = torch.Generator().manual_seed(3)
    return torch.rand(batch, 4, 2, generator=generator), torch.ones(batch, 4)


def test_identity_at_the_start():
    for head in (build(), DLANHead(6, 4)):  # initialised or not
        for step in head.transform(features()):
            assert torch.equal(step.whole,
                               torch.tensor([1., 0., 0.]).expand(2, 3))
            assert torch.equal(step.parts,
                               torch.tensor([1., 0., 0.]).expand(2, 4, 3))
            assert torch.equal(step.coords, torch.full((2, 4, 2), .5))


def test_coordinates_are_mapped_back_by_hand():
    """Every transformer zooms to a half and moves, by its bias alone."""
    head = build(steps=2)
    head.MAX_ZOOM = 1e30  # as good as no bound
    half = float(np.log(.5))
    with torch.no_grad():
        bias = head.fc.bias.view(5, 3)
        bias[:, 0] = half
        bias[0, 1:] = torch.tensor([.4, 0.])  # the garment is on the right
        bias[1, 1:] = torch.tensor([-.5, .2])
    first, second = head.transform(features())
    expected = [
        (first.whole, [.5, .4, 0.]),
        # (.4, 0) + (-.5, .2) / 2 = (.15, .1), of an image from -1 to 1
        (first.coords[:, 0], [.575, .55]),
        (first.coords[:, 1], [.7, .5]),
        # once more, by half of it: (.6, 0) + (-.75, .3) / 4 = (.4125, .075)
        (second.whole, [.25, .6, 0.]),
        (second.coords[:, 0], [.70625, .5375]),
        (second.coords[:, 1], [.8, .5])
    ]
    for found, numbers in expected:
        assert_close(
            found,
            torch.tensor(numbers).expand_as(found),
            atol=1e-4,
            rtol=1e-3)


def test_scales_stay_in_their_bounds():
    head = build(steps=9)
    for bias in (-3., 3.):
        with torch.no_grad():
            head.fc.bias.view(5, 3)[:, 0] = bias
        step = head.transform(features())[-1]
        for frames in (step.whole, step.parts):
            assert (frames[..., 0] >= .25 - 1e-6).all()
            assert (frames[..., 0] <= 4 + 1e-5).all()
            assert torch.isfinite(frames).all()


def test_gradient_reaches_all_transformers():
    head = build()
    labels, weights = targets()
    inputs = [features()[0].requires_grad_()]
    head.loss(inputs, samples(labels, weights))['loss_kpt'].backward()
    # at the start, where nothing has moved: that of each place and shift
    moves = head.fc.bias.grad.view(5, 3)
    assert (moves[:, 1:].abs() > 0).all()
    stirred(head).zero_grad()
    loss = head.loss(inputs, samples(labels, weights))
    loss['loss_kpt'].backward(retain_graph=True)
    for name, parameter in head.named_parameters():
        assert parameter.grad.abs().sum() > 0, name
    assert (head.fc.bias.grad.view(5, 3) != 0).all()  # the scale's as well
    assert inputs[0].grad.abs().sum() > 0
    before = head.fc.bias.grad.clone()
    loss['loss_scale'].backward()
    change = (head.fc.bias.grad - before).view(5, 3)
    assert (change[:, 0] != 0).all()


def test_each_step_is_trained():
    head = stirred(build())
    labels, weights = targets()
    data = samples(labels, weights)
    loss = head.loss(features(), data)
    assert set(loss) == {'loss_kpt', 'loss_scale', 'acc_pose'}
    steps = head.transform(features())
    assert len(steps) == 3
    assert_close(
        loss['loss_kpt'],
        sum((step.coords - labels).square().mean() for step in steps) / 3)
    assert torch.equal(head(features()), steps[-1].coords)


def test_scale_loss_by_hand():
    """At the start: a garment of .4 of the image, and of one landmark."""
    head = build(scale_weight=2.)
    labels = torch.full((2, 4, 2), .5)
    labels[0, 1] = torch.tensor([.1, .7])
    weights = torch.ones(2, 4)
    weights[1, 1:] = 0
    found = head.loss(features(), samples(labels, weights))['loss_scale']
    whole, part = np.log(.4 * 1.25)**2, np.log(.5)**2
    assert found.item() == pytest.approx(2 * (whole + part * 5 / 4) / 2)


@pytest.mark.parametrize('pcloss', [False, True])
def test_absent_landmarks_do_not_count(pcloss):
    loss = dict(type='mmpose.MSELoss', use_target_weight=True)
    if pcloss:
        loss = dict(type='PCLoss', base=loss, beta=1., start=0.)
    head = stirred(build(loss=loss))
    labels, weights = targets()
    weights[:, 3] = 0
    found = []
    for place in (.5, 77.):
        labels[:, 3] = place
        head.zero_grad()
        losses = head.loss(features(), samples(labels, weights))
        sum(v for k, v in losses.items() if 'loss' in k).backward()
        found.append([
            float(losses['loss_kpt'].detach()),
            float(losses['loss_scale'].detach()),
            head.fc.bias.grad.clone()
        ])
    assert found[0][:2] == found[1][:2]
    assert torch.equal(found[0][2], found[1][2])
    assert not found[0][2].view(5, 3)[4, 1:].any()
    # nothing labelled at all
    losses = head.loss(features(), samples(labels, weights * 0))
    assert float(losses['loss_kpt'].detach()) == 0
    assert torch.isfinite(losses['loss_scale'])


def test_flip_test_averages_with_the_mirrored_coordinates():
    head = stirred(build()).eval()
    both = [features(), [torch.flip(features()[0], [-1])]]
    data = samples(*targets())
    with torch.no_grad():
        plain, mirrored = (head(x) for x in both)
        found = head.predict(
            both, data, dict(flip_test=True, shift_coords=True))
    mirrored = mirrored[:, FLIP]
    mirrored[..., 0] = 1 - mirrored[..., 0] - 1 / SIZE
    expected = (plain + mirrored) / 2 * SIZE
    for i, instances in enumerate(found):
        assert_close(
            torch.tensor(instances.keypoints[0]).float(), expected[i])


def test_one_step_is_a_plain_regression():
    """DLAN without its transformers: what is seen is the whole map."""
    head = stirred(build(steps=1))
    seen = nn.functional.avg_pool2d(features()[0], 2)
    state = head.look(seen.flatten(1)).relu()
    move = torch.einsum('bh,kch->bkc', state,
                        head.fc.weight.view(5, 3, -1)) + head.fc.bias.view(
                            5, 3)
    step, = head.transform(features())
    assert_close(step.whole[:, 1:], move[:, 0, 1:])
    assert_close(step.parts[..., 1:], move[:, 1:, 1:])


@pytest.mark.parametrize('kwargs, message', [
    (dict(steps=0), 'steps must be a whole number from 1, found 0'),
    (dict(crop_size=2.), 'crop_size must be a whole number from 1, found 2.0'),
])
def test_refusals(kwargs, message):
    with pytest.raises(ValueError, match=f'^DLANHead: {message}$'):
        DLANHead(6, 4, **kwargs)


def garments(number, rng):
    """Squares of any size and place, in clutter; their corners."""
    images = rng.normal(0, .1, (number, 3, SIZE, SIZE)).astype(np.float32)
    corners = np.zeros((number, 4, 2), np.float32)
    for image, xy in zip(images, corners):
        for channel in (1, 0):  # something else, and the garment over it
            width, height = rng.integers(8, 21, 2)
            x, y = (rng.integers(0, SIZE - side) for side in (width, height))
            image[channel, y:y + height, x:x + width] += 1
        xy[:, 0] = [x, x + width, x, x + width]
        xy[:, 1] = [y, y, y + height, y + height]
    return torch.from_numpy(images), torch.from_numpy(corners / SIZE)


class Toy(nn.Module):

    def __init__(self, **kwargs):
        super().__init__()
        self.neck = SelectiveDilation(16, 16)
        self.head = build(in_channels=16, **kwargs)
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 16, 5, 2, 2), nn.ReLU(), nn.Conv2d(16, 16, 3, 2, 1),
            nn.ReLU())

    def extract(self, images):
        return self.neck([self.backbone(images)])


def fit(model, epochs, images, corners):
    weights = torch.ones(len(images), 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(32):
            losses = model.head.loss(
                model.extract(images[rows]),
                samples(corners[rows], weights[rows]))
            optimizer.zero_grad()
            (losses['loss_kpt'] + losses['loss_scale']).backward()
            optimizer.step()


def test_training_does_not_collapse():
    """To one point, or one layout for all images, as is told of others."""
    rng = np.random.default_rng(0)
    images, corners = garments(384, rng)
    unseen, truth = garments(96, rng)
    model = Toy()
    fit(model, 12, images, corners)
    with torch.no_grad():
        steps = model.head.transform(model.extract(unseen))
    first, last = steps[0].coords, steps[-1].coords
    error = (last - truth).norm(dim=-1).mean()
    # far from the mean layout, and each step is a better one
    assert error < (corners.mean(0) - truth).norm(dim=-1).mean() / 3
    assert error < (first - truth).norm(dim=-1).mean()
    assert (last.std(0) > .7 * truth.std(0)).all()
    sides = (last.amax(1) - last.amin(1)) / (truth.amax(1) - truth.amin(1))
    assert sides.median() > .7
    # the frame of a garment follows its place and its size
    scale, x, y = steps[-1].whole.unbind(1)
    size = (truth.amax(1) - truth.amin(1)).amax(1)
    for found, true in ((scale, size), (x, truth[..., 0].mean(1)),
                        (y, truth[..., 1].mean(1))):
        assert torch.corrcoef(torch.stack([found, true]))[0, 1] > .5
