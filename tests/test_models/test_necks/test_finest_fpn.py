import torch
from mmpose.models.necks import FPN
from mmpose.registry import MODELS

from pcloss_mmpose.models import FinestFPN

CHANNELS = (3, 5, 7, 9)


def inputs():
    # odd sizes: not every level is twice the next one
    sizes = [(25, 19), (13, 10), (7, 5), (4, 3)]
    generator = torch.Generator().manual_seed(0)
    return [
        torch.rand(2, c, h, w, generator=generator)
        for c, (h, w) in zip(CHANNELS, sizes)
    ]


def finest():
    torch.manual_seed(0)
    neck = MODELS.build(
        dict(type='FinestFPN', in_channels=CHANNELS, out_channels=6))
    neck.init_weights()
    return neck


def test_is_the_first_output_of_the_stock_fpn():
    torch.manual_seed(1)
    stock = FPN(list(CHANNELS), 6, num_outs=len(CHANNELS))
    neck = finest()
    keys = stock.load_state_dict(neck.state_dict(), strict=False)
    assert not keys.unexpected_keys
    assert {key[:len('fpn_convs.0')]
            for key in keys.missing_keys
            } == {'fpn_convs.1', 'fpn_convs.2', 'fpn_convs.3'}
    outputs = neck(inputs())
    assert isinstance(outputs, tuple) and len(outputs) == 1
    assert torch.equal(outputs[0], stock(inputs())[0])


def test_every_parameter_gets_a_gradient():
    neck = finest()
    neck(inputs())[0].square().sum().backward()
    names = {name for name, _ in neck.named_parameters()}
    assert len(names) == 2 * (len(CHANNELS) + 1)
    for name, parameter in neck.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_heatmap_head_reads_it():
    neck = FinestFPN(CHANNELS, 6)
    head = MODELS.build(
        dict(
            type='mmpose.HeatmapHead',
            in_channels=6,
            out_channels=8,
            deconv_out_channels=None))
    assert head(neck(inputs())).shape == (2, 8, 25, 19)
