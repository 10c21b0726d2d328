"""The best checkpoint is the best one, or the training does not start."""
import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.runner import Runner
from mmpose.registry import METRICS
from training import configure

from pcloss_mmpose.engine.best_metric import rule_of
from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.engine.hooks import WholeCheckpointHook


@pytest.mark.parametrize('rule, keys', [
    ('less', ('NE', 'fld/NE', 'NE/left collar', 'fld/NE/left collar', 'NME',
              'face/NME', 'EPE', 'outlier_rate', 'outlier_rate/left hem',
              'fld/duplicate_rate', 'MPJPE', 'P-MPJPE', 'MPJPE_all')),
    ('greater', ('PCK', 'PCK@0.1', 'Head PCK', 'PCKh', 'AUC', 'coco/AP',
                 'coco/AP .5', 'coco/AP (M)', 'coco/AR', 'coco/bbox_mAP',
                 'posetrack18/Total AP', 'ap10k/AUC')),
    (None, ('NEW', 'ne', 'accuracy', 'ap10k/x', 'failures/num_pairs',
            'NE/AP')),
])
def test_the_direction_follows_from_the_metric(rule, keys):
    for key in keys:
        assert rule_of(key) == rule, key
        if rule:
            for given in (None, rule):
                hook = WholeCheckpointHook(save_best=key, rule=given)
                assert hook.rules == [rule]


def test_several_metrics_and_one_that_is_not_known():
    hook = WholeCheckpointHook(save_best=['NE', 'PCK', 'accuracy'])
    assert hook.rules == ['less', 'greater', 'greater']  # by mmengine: acc
    hook = WholeCheckpointHook(save_best='mine', rule='less')
    assert hook.rules == ['less']
    with pytest.raises(ValueError, match='rule must be specified'):
        WholeCheckpointHook(save_best='mine')


@pytest.mark.parametrize('key, rule', [
    ('NE', 'greater'),
    ('fld/PCK', 'less'),
    (['NE', 'PCK'], 'less'),
    (['NE', 'PCK'], ['greater', 'less']),
])
def test_a_rule_against_the_metric_is_refused(key, rule):
    with pytest.raises(Fault, match='contradicts .* delete rule') as e:
        WholeCheckpointHook(save_best=key, rule=rule)
    assert '\n' not in str(e.value)


def best_of(work_dir, fld, key, values, resume=False, **options):
    """The checkpoint that is kept of an epoch for each of the values."""
    cfg = configure(work_dir, fld, len(values))
    cfg.resume = resume
    cfg.experiment_name = cfg.visualizer.name = f'{cfg.experiment_name}{key}'
    cfg.train_cfg.val_interval = 1
    cfg.default_hooks.checkpoint.update(save_best=key, **options)
    runner = Runner.from_cfg(cfg)
    runner.val_loop  # noqa: B018  builds it
    values = iter(values)
    name = 'NE' if key == 'auto' else key
    runner.val_evaluator.evaluate = lambda size: {
        name if name in ("NE", "PCK") else "x": next(values)
    }
    runner.train()
    return [f.name for f in work_dir.glob('best_*')]


@pytest.mark.parametrize('key, epoch', [('PCK', 3), ('NE', 2), ('auto', 2)])
def test_over_a_shipped_config(fld, tmp_path, key, epoch):
    """By the metric alone, as on the command line."""
    kept = best_of(tmp_path / f'w{key}', fld, key, (.3, .2, .4))
    assert kept == [f'best_{key.replace("auto", "NE")}_epoch_{epoch}.pth']


def test_a_resumption_with_another_metric_looks_anew(fld, tmp_path):
    """No PCK is as high as the NE of before, which is the better when less."""
    folder = tmp_path / 'w'
    options = dict(interval=1, max_keep_ckpts=-1)
    best_of(folder, fld, 'NE', (.4, .5), **options)
    (folder / 'epoch_2.pth').unlink()
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_1.pth'))
    # the validation after epoch 1 is made up for
    kept = best_of(folder, fld, 'PCK', (.1, .2), resume=True, **options)
    assert 'best_PCK_epoch_2.pth' in kept
    log = sorted(folder.glob('*/*.log'))[-1].read_text()
    assert 'best_NE_epoch_1.pth is the best by another metric' in log


def without_ne(cfg):
    cfg.val_evaluator = [dict(type='PCKAccuracy', thr=.2)]


def with_prefix(cfg):
    cfg.val_evaluator[0].prefix = 'fld'


def against_the_first(cfg):
    without_ne(cfg)
    cfg.default_hooks.checkpoint.update(save_best='auto', rule='less')


@pytest.mark.parametrize('change, error, told', [
    (without_ne, Fault, r"save_best='NE': .* but PCK: add dict\(type='Norm"),
    (with_prefix, Fault, "save_best='NE': .* fld/NE"),
    (against_the_first, Fault, "contradicts save_best='PCK'"),
])
def test_is_said_before_the_first_step(fld, tmp_path, change, error, told):
    cfg = configure(tmp_path / change.__name__, fld)
    change(cfg)
    runner = Runner.from_cfg(cfg)
    with pytest.raises(error, match=told) as fault:
        runner.train()
    assert '\n' not in str(fault.value) and runner.iter == 0
    assert not list((tmp_path / change.__name__).glob('*.pth'))


def test_a_result_that_was_not_to_be_known_before(fld, tmp_path):
    with pytest.raises(Fault, match="save_best='NE/left colar': .* but x:"):
        best_of(tmp_path / 'w', fld, 'NE/left colar', (.1, ))


def test_another_metric_may_report_anything(fld, tmp_path):

    class Own(BaseMetric):
        default_prefix = 'own'

        def process(self, data_batch, data_samples):
            self.results.append(1)

        def compute_metrics(self, results):
            return dict(NE=.1)

    cfg = configure(tmp_path / 'w', fld, 1)
    METRICS.register_module(name='OwnNE', module=Own)
    try:
        cfg.val_evaluator = [dict(type='OwnNE')]
        cfg.default_hooks.checkpoint.save_best = 'own/NE'
        Runner.from_cfg(cfg).train()
    finally:
        METRICS.module_dict.pop('OwnNE')
    assert (tmp_path / 'w/best_own_NE_epoch_1.pth').exists()


def test_a_validation_alone_keeps_no_model(fld, tmp_path):
    cfg = configure(tmp_path / 'w', fld, 1)
    runner = Runner.from_cfg(cfg)
    torch.save(
        dict(state_dict=runner.model.state_dict()), tmp_path / 'a.pth')
    runner.load_checkpoint(str(tmp_path / 'a.pth'))
    assert runner.val()['NE'] > 0 and runner.test()['NE'] > 0
    assert not list((tmp_path / 'w').glob('*.pth'))
    runner.train()
    files = {f.name: f.stat().st_mtime_ns for f in (tmp_path / 'w').iterdir()}
    runner.val()
    assert files == {
        f.name: f.stat().st_mtime_ns for f in (tmp_path / 'w').iterdir()}
