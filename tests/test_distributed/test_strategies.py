"""Other heads and ways of mmengine, in one process and in two."""
import re

import pytest
import torch
from distributed_tools import (HEATMAPS, HERE, finish, free_port,
                               largest_difference, mean_of_processes, records,
                               render, start, weights, write_config)
from mmengine.optim import AmpOptimWrapper

COORDINATES = str(HEATMAPS).replace('heatmap/',
                                    'regression/').replace('td-hm', 'td-reg')
# What a config changes: base, settings, and those in two processes only.
CASES = dict(
    heatmap=(HEATMAPS, '', ''),
    fpn=(HEATMAPS, """
model.update(
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(
        type='FinestFPN', in_channels=(16, 32, 64, 128), out_channels=32))
model['head'].update(in_channels=32, deconv_out_channels=None)
""", ''),
    regression=(COORDINATES, """
optim_wrapper['optimizer']['lr'] = 0.1
""", ''),
    rle=(COORDINATES, """
optim_wrapper['optimizer']['lr'] = 0.001
model['head'].update(type='RLEHead')
model['head']['loss'].update(
    base=dict(_delete_=True, type='RLELoss', use_target_weight=True))
""", ''),
    simcc=(HEATMAPS, """
optim_wrapper['optimizer']['lr'] = 0.1
codec = dict(
    _delete_=True, type='SimCCLabel', input_size=(64, 96), sigma=(2., 2.),
    simcc_split_ratio=2.0, normalize=False, use_dark=False)
train_dataloader['dataset']['pipeline'][-2].encoder = {
    key: value for key, value in codec.items() if key != '_delete_'}
model.update(
    head=dict(
        _delete_=True, type='SimCCHead', in_channels=128, out_channels=8,
        input_size=(64, 96), in_featuremap_size=(4, 6),
        simcc_split_ratio=2.0, deconv_out_channels=None,
        loss=dict(
            type='PCLoss', start=0.25, groups='left-right',
            metainfo='FLDDataset',
            base=dict(type='KLDiscretLoss', use_target_weight=True)),
        decoder=train_dataloader['dataset']['pipeline'][-2].encoder),
    test_cfg=dict(_delete_=True, flip_test=True))
""", """
# KLDiscretLoss is a sum over the images of its process, not their mean
optim_wrapper['optimizer']['lr'] *= 2
"""),
    # the share of the iterations that both reach after whole steps; a weight
    # of the gradients is that of each batch
    accumulated=(HEATMAPS, """
model['head']['loss'].update(start=0.4, share=None, beta=0.1)
""", """
train_dataloader['batch_size'] = 1
optim_wrapper['accumulative_counts'] = 2
"""),
    bfloat16=(HEATMAPS, """
optim_wrapper.update(type='AmpOptimWrapper', dtype='bfloat16')
# the stock accuracy of a batch asks NumPy for the type
model['train_cfg'] = dict(compute_acc=False)
""", ''),
    flexible=(HEATMAPS, '', """
strategy = dict(
    type='DDPStrategy', model_wrapper=dict(model_wrapper_cfg))
del model_wrapper_cfg
"""),
    one_cycle=(HEATMAPS, """
param_scheduler = [dict(type='OneCycleLR', eta_max=0.5, by_epoch=False)]
auto_scale_lr = dict(enable=True, base_batch_size=32)
""", ''),
    # the stock pyramid, whose coarser levels nobody reads
    unused=(HEATMAPS, """
model.update(
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(
        type='FPN', in_channels=[16, 32, 64, 128], out_channels=32,
        num_outs=4))
model['head'].update(in_channels=32)
""", ''),
)
COMMON = """
train_cfg['max_epochs'] = 1
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """All cases, trained by one process and by two with half the batch."""
    folder = tmp_path_factory.mktemp('strategies')
    render(folder / 'FLD')
    files = {'one': [], 'two': []}
    for name, (base, both, two) in CASES.items():
        for processes, extra in (('one', both), ('two', both + two)):
            (folder / processes).mkdir(exist_ok=True)
            files[processes].append(
                write_config(
                    folder / processes / f'{name}.py',
                    folder / 'FLD',
                    base,
                    images=20,
                    batch=4 if processes == 'one' else 2,
                    extra=COMMON + extra))
    script = str(HERE / 'runs.py')
    finish(start(['python', script, 'none', *files['one']], folder))
    command = ['torchrun', '--nproc_per_node=2', script, 'pytorch']
    finish(start(command + files['two'], folder, PET_MASTER_PORT=free_port()))
    return folder


def assert_equal(work_dir, expected, factor=1, tolerance=1e-4):
    """Losses of five steps and the weights after them, to rounding."""
    for loss in ('loss', 'loss_base', 'loss_pc'):
        right = mean_of_processes(records(expected), loss)
        found = mean_of_processes(records(work_dir), loss)
        # where a step takes two batches, their mean
        found = factor * found.reshape(5, -1).mean(1)
        assert found == pytest.approx(right, rel=1e-5), loss
    assert list(right > 0) == [False] * 2 + [True] * 3  # it set in
    difference = largest_difference(weights(work_dir), weights(expected))
    assert difference < tolerance


@pytest.mark.parametrize('name', [
    'heatmap', 'fpn', 'regression', 'rle', 'simcc', 'flexible', 'accumulated'
])
def test_two_processes_equal_one(folder, name):
    both = records(folder / 'two' / name)
    assert [r['model'] for r in both] == ['MMDistributedDataParallel'] * 2
    assert [r['find_unused'] for r in both] == [False] * 2
    assert_equal(folder / 'two' / name, folder / 'one' / name,
                 2 if name == 'simcc' else 1)


@pytest.mark.parametrize('name', ['regression', 'rle'])
def test_metrics_of_two_trainings(folder, name):
    """To rounding, where no highest cell of a heatmap decides."""
    expected = records(folder / 'one' / name)[0]['metrics']
    assert len(expected) == 1 and expected[0]['NE'] > 0.1
    for process in records(folder / 'two' / name):
        assert process['metrics'][0] == pytest.approx(expected[0], rel=1e-6)


def test_unused_parameters_are_found(folder):
    """DDP would say so of a head or neck that leaves some."""
    error, = folder.glob('*/*.error')
    assert error == folder / 'two/unused.error'
    assert 'Expected to have finished reduction' in error.read_text()


def test_bfloat16(folder):
    """Within a hundredth of float32, which its constraint is in."""
    exact = records(folder / 'one/heatmap')
    for processes in ('one', 'two'):
        found = records(folder / processes / 'bfloat16')
        assert {r['type'] for r in found} == {'torch.bfloat16'}
        for loss in ('loss', 'loss_base', 'loss_pc'):
            assert mean_of_processes(found, loss) == pytest.approx(
                mean_of_processes(exact, loss), rel=1e-2)


@pytest.mark.skipif(torch.cuda.is_available(), reason='it is, on a GPU')
def test_amp_is_refused_on_a_cpu():
    with pytest.raises(AssertionError, match='only available training'):
        AmpOptimWrapper(dtype='bfloat16')


def test_one_cycle_has_its_own_learning_rate(folder):
    """`eta_max`, which `--auto-scale-lr` does not know."""
    for process in records(folder / 'two/one_cycle'):
        assert process['train'][0]['lr'] == pytest.approx(0.5 / 25)


def test_compile(folder):
    """As without, where the parts that torch can't compile run as they are."""
    config = write_config(
        folder / 'compiled.py',
        folder / 'FLD',
        images=20,
        extra=COMMON + """
custom_imports['imports'].append('distributed_backend')
compile = dict(backend='noting')
""")
    finish(
        start(['python', str(HERE / 'runs.py'), 'none', config],
              folder,
              TORCHDYNAMO_SUPPRESS_ERRORS='1'))
    # Sums in another order: biases, whose slopes all but cancel, show it.
    assert_equal(
        folder / 'compiled', folder / 'one/heatmap', tolerance=1e-3)
    compiled = (folder / 'compiled.txt').read_text()
    assert re.search('backbone_(modules_)?conv1', compiled)
    assert 'method log1p ' in compiled  # of the constraint
