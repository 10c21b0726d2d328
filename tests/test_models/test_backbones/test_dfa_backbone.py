import pytest
import torch
from mmpose.registry import MODELS
from torch import nn

NETWORK = dict(
    type='mmpose.ResNet', depth=18, stem_channels=4, base_channels=4)


def backbone(stage):
    torch.manual_seed(0)
    return MODELS.build(dict(type='DFABackbone', stage=stage, network=NETWORK))


@pytest.mark.parametrize('stage, frozen, number', [(1, 0, 1), (2, 1, 2),
                                                   (3, 2, 4)])
def test_earlier_stages_are_frozen(stage, frozen, number):
    """No gradients, and no statistics of batch norm."""
    model = backbone(stage).train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    maps = model(torch.rand(2, 3, 64, 64))
    assert len(maps) == number
    sum(x.sum() for x in maps if x.requires_grad).backward()
    for i, network in enumerate(model.networks):
        is_frozen = i < frozen
        assert maps[i].requires_grad != is_frozen
        for parameter in network.parameters():
            assert parameter.requires_grad != is_frozen
            assert (parameter.grad is None) == is_frozen
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.training != is_frozen
        changed = {
            key
            for key, value in network.state_dict().items()
            if not torch.equal(value, before[f'networks.{i}.{key}'])
        }
        assert bool(changed) != is_frozen


def test_each_network_sees_the_same_image():
    model = backbone(3).eval()
    image = torch.rand(1, 3, 64, 64)
    for x, network in zip(model(image), model.networks):
        assert torch.equal(x, network(image)[-1])


def test_each_network_starts_from_the_trained_weights(tmp_path):
    weights = backbone(1).networks[0].state_dict()
    torch.save(weights, tmp_path / 'a.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'a.pth'))
    model = MODELS.build(
        dict(
            type='DFABackbone',
            stage=3,
            network=dict(NETWORK, init_cfg=init_cfg)))
    model.init_weights()
    for network in model.networks:
        assert torch.equal(network.conv1.weight, weights['conv1.weight'])


@pytest.mark.parametrize('stage', [0, 4, '1'])
def test_another_stage_is_refused(stage):
    with pytest.raises(ValueError, match='stage must be 1, 2 or 3, found'):
        backbone(stage)
