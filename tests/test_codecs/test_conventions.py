"""Who draws heatmaps and who reads them agree."""
import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.hub import get_config

from pcloss_mmpose.codecs.conventions import (check_checkpoint_codec,
                                              check_codecs, convention_of)

CONFIG = 'configs/fashion_2d_keypoint/topdown_heatmap/fld/td-hm_res18_1xb32-18e_fld-96x64.py'  # noqa: E501
STOCK = 'mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/td-hm_res50_8xb64-210e_deepfashion_full-256x192.py'  # noqa: E501


@pytest.fixture(scope='module')
def shipped():
    return Config.fromfile(CONFIG)


@pytest.fixture
def cfg(shipped):
    return copy.deepcopy(shipped)


def encoder_of(cfg):
    return next(t.encoder for t in cfg.train_dataloader.dataset.pipeline
                if t.type == 'GenerateTarget')


def test_the_shipped_config_agrees(cfg):
    check_codecs(cfg)
    assert not cfg.model.test_cfg.shift_heatmap
    # in a data set within another one too
    cfg.train_dataloader.dataset = dict(
        type='CombinedDataset', datasets=[cfg.train_dataloader.dataset])
    check_codecs(cfg)
    cfg.model.head.decoder = dict(cfg.model.head.decoder, sigma=3.)
    with pytest.raises(ValueError, match='their sigma is 1.0 and 3.0'):
        check_codecs(cfg)


def test_what_means_the_same_is_the_same(cfg):
    encoder_of(cfg).update(convention='half_pixel', input_size=[64, 96])
    check_codecs(cfg)
    encoder_of(cfg).input_size = [96, 64]
    with pytest.raises(ValueError, match=r'input_size is \(96, 64\) and'):
        check_codecs(cfg)


def test_an_encoder_that_is_not_the_decoder(cfg):
    encoder_of(cfg).type = 'MSRAHeatmap'
    with pytest.raises(ValueError, match="their type is 'MSRAHeatmap' and "
                       "'SoftArgmaxHeatmap'"):
        check_codecs(cfg)


@pytest.mark.parametrize('convention, shift, good', [
    ('half_pixel', False, True),
    ('half_pixel', True, False),
    ('msra', True, True),
    ('msra', False, False),
])
def test_a_flip_test_that_does_not_fit(cfg, convention, shift, good):
    for codec in (cfg.model.head.decoder, encoder_of(cfg)):
        codec.convention = convention
    cfg.model.test_cfg.shift_heatmap = shift
    if good:
        return check_codecs(cfg)
    with pytest.raises(ValueError, match=f'shift_heatmap is {shift}, but .* '
                       f"'{convention}' need {not shift}"):
        check_codecs(cfg)
    cfg.model.test_cfg.flip_test = False
    check_codecs(cfg)


def test_stock_configs_are_left_alone():
    cfg = get_config(STOCK)
    check_codecs(cfg)
    encoder_of(cfg).sigma = 5.
    cfg.model.test_cfg.shift_heatmap = False
    check_codecs(cfg)
    check_codecs(dict(model=dict(type='YOLO', bbox_head=dict())))


@pytest.mark.parametrize('trained, read, good', [
    ({}, {}, True),
    (dict(convention='msra'), {}, False),
    ({}, dict(convention='msra'), False),
    (dict(type='MSRAHeatmap'), {}, False),
    (dict(type='MSRAHeatmap'), dict(convention='msra'), True),
    (dict(type='UDPHeatmap'), {}, False),
    ({}, dict(type='MSRAHeatmap'), False),
    # none of ours
    (dict(type='UDPHeatmap'), dict(type='MSRAHeatmap'), True),
    # no heatmaps, which a head would not load either
    (dict(type='RegressionLabel'), {}, True),
])
def test_a_checkpoint_of_another_convention(cfg, trained, read, good):
    theirs = copy.deepcopy(cfg)
    theirs.model.head.decoder.update(trained)
    cfg.model.head.decoder.update(read)
    checkpoint = dict(meta=dict(cfg=theirs.pretty_text))
    if good:
        return check_checkpoint_codec(cfg, checkpoint)
    with pytest.raises(ValueError, match='was trained on heatmaps of .* reads '
                       'them as of'):
        check_checkpoint_codec(cfg, checkpoint)


@pytest.mark.parametrize('checkpoint', [
    {},
    dict(meta=None),
    dict(meta=dict(cfg=None)),
    dict(meta=dict(cfg='model = (')),
    dict(meta=dict(cfg='model = build(1)\na.b = 3')),
    dict(meta=dict(cfg='a.b = 3')),
    dict(meta=dict(cfg=3), state_dict=dict(a=torch.ones(1))),
])
def test_what_tells_no_codec_is_no_fault(cfg, checkpoint):
    check_checkpoint_codec(cfg, checkpoint)


def test_a_stored_config_is_not_run(cfg, tmp_path):
    text = f'model = open({str(tmp_path / "run")!r}, "w")'
    check_checkpoint_codec(cfg, dict(meta=dict(cfg=text)))
    assert not (tmp_path / 'run').exists()


def test_conventions():
    assert convention_of(None) is None
    assert convention_of(dict(type='SimCCLabel')) is None
    assert convention_of(dict(type='UDPHeatmap')) == 'udp'
