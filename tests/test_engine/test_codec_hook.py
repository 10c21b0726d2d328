"""A checkpoint of one convention and a config of another."""
import copy

import pytest
from mmengine.runner import Runner
from training import configure, train

from pcloss_mmpose.engine.faults import Fault


@pytest.fixture(scope='module')
def trained(tmp_path_factory, fld):
    folder = tmp_path_factory.mktemp('codec')
    cfg = configure(folder / 'half_pixel', fld, epochs=1)
    train(cfg)
    return cfg, str(folder / 'half_pixel/epoch_1.pth')


def in_msra_convention(cfg, work_dir):
    cfg = copy.deepcopy(cfg)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = cfg.visualizer.name = work_dir.name
    encoder = next(t.encoder for t in cfg.train_dataloader.dataset.pipeline
                   if t.type == 'GenerateTarget')
    for codec in (cfg.model.head.decoder, encoder):
        codec.convention = 'msra'
    cfg.model.test_cfg.shift_heatmap = True
    return cfg


def test_it_is_not_tested(trained, tmp_path):
    cfg, checkpoint = trained
    cfg = in_msra_convention(cfg, tmp_path / 'test')
    cfg.load_from = checkpoint
    with pytest.raises(Fault, match="'half_pixel'.*reads them as of"):
        Runner.from_cfg(cfg).test()


def test_it_is_not_resumed(trained, tmp_path):
    cfg, checkpoint = trained
    cfg = in_msra_convention(cfg, tmp_path / 'resume')
    cfg.load_from, cfg.resume, cfg.train_cfg.max_epochs = checkpoint, True, 2
    with pytest.raises(Fault, match="'half_pixel'.*reads them as of"):
        Runner.from_cfg(cfg).train()


def test_a_training_may_start_from_it(trained, tmp_path):
    cfg, checkpoint = trained
    cfg = in_msra_convention(cfg, tmp_path / 'start')
    cfg.load_from = checkpoint
    train(cfg)
    log = next((tmp_path / 'start').glob('*/*.log')).read_text()
    assert 'reads them as of' in log and 'unlearns it' in log


def test_a_shift_that_does_not_fit_is_told_before_training(
        trained, tmp_path):
    cfg = copy.deepcopy(trained[0])
    cfg.work_dir = str(tmp_path / 'shift')
    cfg.experiment_name = cfg.visualizer.name = 'shift'
    cfg.model.test_cfg.shift_heatmap = True
    with pytest.raises(Fault, match='shift_heatmap is True, but'):
        Runner.from_cfg(cfg).train()
