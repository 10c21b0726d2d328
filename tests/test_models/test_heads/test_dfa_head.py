import copy
import re

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import nn

from pcloss_mmpose.models.heads.dfa_head import (offset_target, take_offset,
                                                 visibility_codes)

SWAP = [1, 0, 3, 2]
BASE = dict(type='mmpose.MSELoss', use_target_weight=True)
DECODER = dict(type='mmpose.RegressionLabel', input_size=(64, 96))


def head(stage, loss=BASE, **kwargs):
    torch.manual_seed(0)
    settings = dict(
        type='DFAHead',
        in_channels=4,
        num_joints=4,
        stage=stage,
        fc_channels=16,
        position_channels=8,
        num_clusters=3,
        loss=loss,
        decoder=DECODER)
    model = MODELS.build({**settings, **kwargs})
    model.init_weights()
    return model


def maps(number=4, batch=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.rand(batch, 4, 3, 2, generator=generator) for _ in range(number)
    ]


def samples(true, weights=None, **meta):
    """Data samples with coordinates (B, K, 2) and weights (B, K)."""
    weights = torch.ones(true.shape[:2]) if weights is None else weights
    made = []
    for coordinates, weight in zip(true, weights):
        sample = PoseDataSample(
            metainfo=dict(flip_indices=SWAP, input_size=(64, 96), **meta))
        sample.gt_instance_labels = InstanceData(
            keypoint_labels=coordinates[None], keypoint_weights=weight[None])
        made.append(sample)
    return made


def say(layer, *values):
    """A layer that says the same of every image."""
    nn.init.zeros_(layer.weight)
    layer.bias.data = torch.tensor(values).flatten()


def test_stage_2_by_hand():
    """p <- p - o / 5; at 5 (p_before - p_true) there is nothing to learn."""
    model = head(2).eval()
    say(model.networks[0].positions, [0., 0.] * 4)  # (0.5, 0.5)
    say(model.networks[1].positions, [1., -1.25] * 4)
    expected = torch.tensor([.3, .75]).expand(2, 4, 2)
    torch.testing.assert_close(model(maps(2)), expected)
    loss = model.loss(maps(2), samples(expected))
    assert loss['loss_kpt'].item() < 1e-12

    before, true = torch.tensor([.5, .5]), torch.tensor([.3, .75])
    offset = torch.tensor([1., -1.25])
    torch.testing.assert_close(offset_target(before, true), offset)
    torch.testing.assert_close(take_offset(before, offset), true)
    # the loss of offsets is 25 times that of positions
    said = torch.tensor([.5, .5])
    torch.testing.assert_close(
        nn.functional.mse_loss(said, offset),
        25 * nn.functional.mse_loss(take_offset(before, said), true))


def test_stage_1_regresses_what_the_stock_head_does():
    model = head(1).eval()
    stock = MODELS.build(
        dict(
            type='mmpose.RegressionHead',
            in_channels=24,
            num_joints=4,
            loss=BASE,
            decoder=DECODER)).eval()
    where = torch.rand(8).tolist()
    say(model.networks[0].positions, [x - .5 for x in where])
    say(stock.fc, where)
    true = torch.rand(2, 4, 2)
    weights = torch.tensor([[1., 1., 0., 1.], [0., 1., 1., 1.]])
    ours = model.loss(maps(1), samples(true, weights))
    theirs = stock.loss(maps(1), samples(true, weights))
    for key in ('loss_kpt', 'acc_pose'):
        torch.testing.assert_close(
            ours[key], theirs[key], check_dtype=key == 'loss_kpt')
    for a, b in zip(
            model.predict(maps(1), samples(true)),
            stock.predict(maps(1), samples(true))):
        np.testing.assert_allclose(a.keypoints, b.keypoints, rtol=1e-6)
        assert (a.keypoint_scores == b.keypoint_scores).all()


@pytest.mark.parametrize('stage', [2, 3])
def test_frozen_stages_do_not_change(stage):
    """Neither weights nor what they say, dropout included."""
    model = head(stage).train()
    before = copy.deepcopy(model.state_dict())
    torch.manual_seed(5)
    first, _ = model.run(maps())
    again, outputs = model.run(maps())
    assert torch.equal(first, again)
    assert not torch.equal(outputs[0].positions,
                           model.run(maps())[1][0].positions)
    optimizer = torch.optim.AdamW(model.parameters(), .1, weight_decay=.1)
    losses = model.loss(maps(), samples(torch.rand(2, 4, 2)))
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    optimizer.step()
    assert torch.equal(model.run(maps())[0], first)
    for key, value in model.state_dict().items():
        frozen = key.startswith(
            tuple(f'networks.{i}.' for i in range(stage - 1)))
        if frozen or 'centres' in key or 'hard_from' in key:
            assert torch.equal(value, before[key]), key
        elif 'weight' in key:
            assert not torch.equal(value, before[key]), key


def test_a_stage_loads_into_the_next():
    for stage in (1, 2):
        earlier, later = head(stage), head(stage + 1)
        for parameter in earlier.parameters():
            nn.init.normal_(parameter)
        if stage == 1:
            earlier.networks[0].centres.fill_(7)
        keys = later.load_state_dict(earlier.state_dict(), strict=False)
        assert not keys.unexpected_keys
        assert not [
            key for key in keys.missing_keys
            if key.startswith(tuple(f'networks.{i}.' for i in range(stage)))
        ]
        # its own pseudo-labels are still to be found
        assert not any(map(torch.any, later.found()))
        before, _ = later.eval().run(maps())
        assert torch.equal(before, earlier.eval()(maps()))


def test_easy_and_hard_network():
    """Averaged in a test; in training each image is for one of them."""
    model = head(3).eval()
    say(model.networks[0].positions, [0., 0.] * 4)  # (0.5, 0.5)
    say(model.networks[1].positions, [0., 0.] * 4)
    easy, hard = model.networks[2:]
    say(easy.positions, [1., 0.] * 4)  # to (0.3, 0.5)
    say(hard.positions, [0., 3.] * 4)  # to (0.5, -0.1)
    say(easy.visibility, [9., 0., 0.] * 4)
    say(hard.visibility, [0., 0., 0.] * 4)
    torch.testing.assert_close(
        model(maps()),
        torch.tensor([.4, .2]).expand(2, 4, 2))
    found = model.predict(maps(), samples(torch.rand(2, 4, 2)))
    np.testing.assert_allclose(
        found[0].keypoints_visible,
        np.full((1, 4), 1 - (1 + 1 / 3) / 2),
        atol=1e-3)

    true = torch.tensor([[.52, .5], [.9, .5]])[:, None].expand(2, 4, 2)
    model.hard_from.fill_(.1)  # errors of stage 2 are 0.02 and 0.4
    loss = model.loss(maps(), samples(true))
    expected = torch.stack((.22 * torch.ones(1), torch.tensor([.4])))
    expected = (.22**2 + .4**2 + .6**2) / 4
    assert loss['loss_kpt'].item() == pytest.approx(expected, rel=1e-4)
    loss['loss_kpt'].backward()
    # x of the easy one is 0.22 off, x and y of the hard one 0.4 and 0.6
    gradient = easy.positions.bias.grad.view(4, 2)
    assert (gradient[:, 0] > 0).all() and (gradient[:, 1] == 0).all()
    gradient = hard.positions.bias.grad.view(4, 2)
    assert (gradient[:, 0] > 0).all() and (gradient[:, 1] > 0).all()


def pc(**kwargs):
    return dict(type='PCLoss', base=BASE, **kwargs)


@pytest.mark.parametrize('loss', [BASE, pc(), pc(groups=[[0, 2], [1, 3]])])
@pytest.mark.parametrize('stage', [1, 2, 3])
def test_absent_landmarks_teach_nothing(stage, loss):
    weights = torch.tensor([[1., 0., 1., 1.]] * 2)
    true = torch.rand(2, 4, 2)
    gradients = []
    for junk in (0., 7.):
        model = head(stage, loss).eval()
        true[:, 1] = junk
        losses = model.loss(maps(), samples(true, weights))
        (losses['loss_kpt'] + losses['loss_label']).backward()
        gradients.append([
            network.positions.bias.grad.view(4, 2)
            for network in model.networks[model.frozen:]
        ])
    for first, second in zip(*gradients):
        assert (first[1] == 0).all()
        torch.testing.assert_close(first, second)
    assert any((g[0] != 0).any() for g in gradients[0])


@pytest.mark.parametrize('stage', [1, 2, 3])
def test_nothing_labelled_is_a_zero(stage):
    model = head(stage, pc())
    losses = model.loss(maps(),
                        samples(torch.rand(2, 4, 2), torch.zeros(2, 4)))
    assert losses['loss_kpt'].item() == 0
    total = sum(v for k, v in losses.items() if 'loss' in k)
    total.backward()
    assert total.isfinite()


def test_flip_swaps_coordinates_and_visibility():
    """A mirrored picture gives the mirrored prediction, sides swapped."""
    model = head(3).eval()
    for network in model.networks:
        nn.init.normal_(network.visibility.weight)
    batch = samples(torch.rand(2, 4, 2))
    one, other = maps(seed=1), maps(seed=2)
    cfg = dict(flip_test=True, shift_coords=True)
    for a, b in zip(
            model.predict([one, other], batch, cfg),
            model.predict([other, one], batch, cfg)):
        mirrored = b.keypoints[:, SWAP]
        mirrored[..., 0] = 63 - mirrored[..., 0]
        np.testing.assert_allclose(a.keypoints, mirrored, atol=1e-4)
        np.testing.assert_allclose(
            a.keypoints_visible, b.keypoints_visible[:, SWAP], atol=1e-6)
        assert np.ptp(a.keypoints_visible) > 0


def test_visibility_is_the_annotated_one():
    annotation = dict(keypoints=[5, 5, 2, 5, 5, 1, 0, 0, 0, 9, 9, 2])
    true, weights = torch.rand(1, 4, 2), torch.tensor([[1., 1., 0., 0.]])
    plain = samples(true, weights, raw_ann_info=annotation, flip=False)
    assert visibility_codes(plain, weights).tolist() == [[2, 1, 0, 2]]
    flipped = samples(true, weights, raw_ann_info=annotation, flip=True)
    assert visibility_codes(flipped, weights).tolist() == [[1, 2, 2, 0]]
    # of other landmarks, or none
    for other in (dict(keypoints=[1, 1, 1]), {}, None):
        unknown = samples(true, weights, raw_ann_info=other)
        assert visibility_codes(unknown, weights).tolist() == [[2, 2, 0, 0]]

    # the last one is cut off by the crop: it teaches no visibility
    model = head(1).eval()
    model.loss(maps(1, 1), plain)['loss_visibility'].backward()
    gradient = model.networks[0].visibility.bias.grad.view(4, 3)
    assert (gradient[:3] != 0).all() and (gradient[3] == 0).all()


def test_pseudo_labels():
    """Soft for stage 1, the nearest one for stage 2; not for positions."""
    true = torch.rand(9, 4, 2)
    for stage in (1, 2, 3):
        model = head(stage).eval()
        before = torch.rand(9, 4, 2) if stage > 1 else None
        model.find(before, true, torch.ones(9, 4), seed=0)
        for network in model.networks[model.frozen:]:
            assert network.centres.any()
            assert torch.equal(network.centres, model.networks[-1].centres)
        if stage == 3:
            distance = (before - true).norm(dim=-1).mean(-1)
            assert float(model.hard_from) == float(distance.median())
        model.zero_grad()
        model.loss(maps(batch=9), samples(true))['loss_label'].backward()
        network = model.networks[-1]
        assert network.label.bias.grad.any()
        assert network.positions.bias.grad is None
    model = head(1)
    model.networks[0].centres[:, :] = true[:3]
    say(model.networks[0].label, 30., 0., 0.)
    good = model.loss(maps(1, 1), samples(true[:1]))['loss_label']
    bad = model.loss(maps(1, 1), samples(true[1:2]))['loss_label']
    assert good < bad


def test_maps_of_another_size():
    for stage in (1, 3):
        with pytest.raises(
                ValueError,
                match=re.escape('the maps are 3 x 4, but decoder.input_size '
                                'and stride tell 2 x 3')):
            head(stage)([torch.rand(1, 4, 4, 3)] * 4)
    with pytest.raises(ValueError, match='64 x 96 leaves no cell at stride 9'):
        head(1, stride=97)
    with pytest.raises(ValueError, match='stage must be 1, 2 or 3, found 4'):
        head(4)


def test_layers_of_the_imagenet_model_load(tmp_path):
    """fc6 and fc7 of stage 1, and fc6 of the others, by their stock names."""
    classifier = nn.Sequential(
        nn.Linear(24, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 16))
    torch.save(
        {
            f'classifier.{k}': v
            for k, v in classifier.state_dict().items()
        }, tmp_path / 'vgg.pth')
    model = head(
        2,
        fc_init_cfg=dict(
            type='Pretrained',
            checkpoint=str(tmp_path / 'vgg.pth'),
            prefix='classifier.'))
    first, second = (network.classifier for network in model.networks)
    assert torch.equal(first[0].weight, classifier[0].weight)
    assert torch.equal(first[3].weight, classifier[3].weight)
    assert torch.equal(second[0].weight, classifier[0].weight)
    assert second[3].weight.shape == (16, 24)
