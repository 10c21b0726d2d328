"""Every config of the project loads, builds, learns and predicts."""
import pytest
import torch
from config_tools import (FILES, VARIANT, build, find, load, load_baseline,
                          own_data_set, plain, samples, shrink, training_loss,
                          variant, walk, without_constraint)
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from mmpose.registry import HOOKS, MODELS

from pcloss_mmpose.engine.best_metric import rule_of
from pcloss_mmpose.models import PCLoss
from pcloss_mmpose.rendering import LAYOUTS

SPLITS = ('train', 'val', 'test')
# What a config over a stock one may change beside the loss.
MAY_DIFFER = ('custom_imports', 'val_evaluator', 'test_evaluator',
              'default_hooks', 'fashion_metrics', 'pcloss',
              'pcloss_left_right')


# With this scope a config's tests run one after the other, on one model.
@pytest.fixture(scope='module', params=FILES)
def file(request):
    return request.param


@pytest.fixture(scope='module')
def cfg(file):
    return load(file)


@pytest.fixture(scope='module')
def small(file):
    return shrink(load(file))


@pytest.fixture(scope='module')
def model(small):
    return build(small)


def test_overrides_reach_their_place(cfg):
    decoder = plain(cfg.model.head.decoder)
    assert decoder == plain(cfg.codec)
    encoders = [
        step['encoder'] for step in walk(cfg._cfg_dict)
        if 'encoder' in step and step.get('type', '').startswith('Generate')
    ]
    assert encoders
    for encoder in encoders:
        assert plain(encoder) == decoder
    for name in SPLITS:
        pipeline = cfg[f'{name}_dataloader'].dataset.pipeline
        affine, = find(pipeline, 'TopdownAffine')
        assert plain(affine.input_size) == decoder['input_size']
        # What a reader of the config sees is what the loaders use.
        if f'{name}_pipeline' in cfg:
            assert plain(cfg[f'{name}_pipeline']) == plain(pipeline)
    assert 'pcloss_mmpose' in cfg.custom_imports.imports
    if isinstance(cfg.val_evaluator, list):
        assert [m.type for m in cfg.val_evaluator
                ] == [m.type for m in cfg.test_evaluator]


def test_data_set_and_its_split(file, cfg):
    own = own_data_set(file)
    # MMPose's configs of DeepFashion2 are in a folder of that name
    assert own or file.split('/')[2] not in set(LAYOUTS) - {'deepfashion2'}
    for name in SPLITS:
        dataset = cfg[f'{name}_dataloader'].dataset
        assert dataset.get('test_mode', False) == (name != 'train')
        if own:
            assert dataset.type == own
            assert dataset.get('split', name) == name
    if 'fashion' in file.split('/')[0]:
        metrics = [m.type for m in cfg.test_evaluator]
        assert {'NormalizedError', 'LandmarkFailures'} <= set(metrics)


def test_who_sees_whole_images_is_told_no_box(cfg):
    crops = set()
    for name in SPLITS:
        dataset = cfg[f'{name}_dataloader'].dataset
        crops.add(dataset.get('crop', 'bbox'))
        if dataset.get('crop') == 'image':
            padding, = find(dataset.pipeline, 'GetBBoxCenterScale')
            assert padding['padding'] == 1
            assert not find(dataset.pipeline, 'RandomHalfBody')
    assert len(crops) == 1


def test_the_constraint_is_all_that_is_added(file, cfg):
    losses = find(cfg.model.head.loss, 'PCLoss')
    if not variant(file):
        assert not losses
        return
    assert losses
    for loss in losses:
        assert (loss.get('groups', 'all') != 'all') == (
            variant(file) == 'pc-skel')
    stock = load_baseline(file)
    ours = without_constraint(plain(cfg.to_dict()))
    theirs = plain(stock.to_dict())
    if 'dsnt' in file:  # the config says why
        theirs['model']['head']['loss']['losses'][1][
            'use_target_weight'] = False
    # the best model is by its metric, also over a stock config
    for settings in (ours, theirs):
        for key in ('type', 'rule'):
            settings['default_hooks']['checkpoint'].pop(key, None)
    # a stage of DFA goes on from the one before, with the constraint
    for settings in (ours, theirs):
        settings['load_from'] = VARIANT.sub('', settings['load_from'] or '')
    assert set(theirs) <= set(ours)
    for key in ours:
        if key not in MAY_DIFFER:
            assert ours[key] == theirs[key], key
    imports = theirs.get('custom_imports', {}).get('imports', [])
    assert set(ours['custom_imports']['imports']) == {
        *([imports] if isinstance(imports, str) else imports), 'pcloss_mmpose'
    }
    for split in ('val', 'test'):
        metrics = ours[f'{split}_evaluator']
        stock_metrics = theirs[f'{split}_evaluator']
        for metric in (stock_metrics if isinstance(stock_metrics, list) else
                       [stock_metrics]):
            assert metric == metrics or metric in metrics


def test_the_best_model_is_by_its_metric(cfg):
    settings = cfg.default_hooks.checkpoint
    known = rule_of(settings.save_best)
    assert known and settings.type == 'WholeCheckpointHook'
    assert HOOKS.build(settings).rules == [known]
    # whichever metric a user names in its place
    for other, rule in (('NE', 'less'), ('PCK', 'greater')):
        settings = dict(settings, save_best=other)
        assert HOOKS.build(settings).rules == [rule]


def test_learns(file, small, model):
    model.train().zero_grad()
    data = samples(small, 'train')
    loss, _ = training_loss(model, data)
    loss.backward()
    assert torch.isfinite(loss)
    without = set()
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:  # of a stage that is trained already
            assert parameter.grad is None
        elif parameter.grad is None:
            without.add(name)
        else:
            assert parameter.grad.sum().isfinite(), name
    if without:  # as in the stock model?
        assert variant(file), without
        stock = build(shrink(load_baseline(file))).train()
        training_loss(stock, data)[0].backward()
        assert without == {
            name
            for name, parameter in stock.named_parameters()
            if parameter.requires_grad and parameter.grad is None
        }
    model.zero_grad(set_to_none=True)


def test_groups(file, small, model):
    losses = [m for m in model.modules() if isinstance(m, PCLoss)]
    assert bool(losses) == bool(variant(file))
    for loss in losses:
        if variant(file) == 'pc':
            assert loss.groups is None
            continue
        meta = samples(small, 'train', 1)['data_samples'][0].metainfo
        flip = meta['flip_indices']
        groups = [set(group) for group in loss.groups]
        if small.model.head.loss.get('groups') == 'left-right':
            left, right = groups
            assert {flip[i] for i in left} == right
            assert left | right == set(range(len(flip)))
            # in both: those without a partner, and that are nobody's, as
            # one in MMPose's file of DeepFashion2 is
            assert {i for i in left & right} == {
                i
                for i, partner in enumerate(flip)
                if i == partner and flip.count(i) == 1
            }
        else:
            assert set.union(*groups) <= set(range(len(flip)))


def test_predicts(small, model):
    """Under the test settings of the config, flip test included."""
    model.eval()
    assert model.test_cfg.flip_test
    data = samples(small, 'test')
    with torch.no_grad():
        results = model.test_step(data)
    for sample in results:
        landmarks = len(sample.metainfo['flip_indices'])
        assert sample.pred_instances.keypoints.shape == (1, landmarks, 2)
        assert sample.pred_instances.keypoint_scores.shape == (1, landmarks)


def test_dumped_config_builds_the_same_model(cfg, small, model, tmp_path):
    dumped = tmp_path / 'dumped.py'
    cfg.dump(dumped)
    again = Config.fromfile(dumped)
    assert again.to_dict() == cfg.to_dict()
    with torch.device('meta'):  # its weights are not looked at
        second = build(shrink(again))
    assert list(second.state_dict()) == list(model.state_dict())
    for ours, theirs in zip(model.modules(), second.modules()):
        assert type(ours) is type(theirs)
        if isinstance(ours, PCLoss):
            for name in ('form', 'start', 'pc_weight', 'topk', 'groups'):
                assert getattr(ours, name) == getattr(theirs, name)


def test_checkpoint_serves_the_stock_config(file, small, model):
    """A model of the constraint, loaded without it: the same bits."""
    if variant(file) != 'pc-skel':
        pytest.skip('nothing to compare with')
    stock_cfg = shrink(load_baseline(file))
    init_default_scope(stock_cfg.default_scope)
    torch.manual_seed(1)
    stock = build_pose_estimator(stock_cfg.model)
    assert not any(isinstance(m, PCLoss) for m in stock.modules())
    stock.load_state_dict(model.state_dict(), strict=True)
    with torch.no_grad():
        ours, theirs = (
            m.eval().test_step(samples(small, 'test')) for m in (model, stock))
    for a, b in zip(ours, theirs):
        a, b = a.pred_instances, b.pred_instances
        assert (a.keypoints == b.keypoints).all()
        assert (a.keypoint_scores == b.keypoint_scores).all()


def test_weights_from_a_local_path(tmp_path):
    """The stock key takes a file in place of the download."""
    cfg = load('fashion_2d_keypoint/topdown_heatmap/fld/'
               'td-hm_res50_pc_8xb64-210e_fld-256x192.py')
    init_cfg = cfg.model.backbone.init_cfg
    assert init_cfg.checkpoint == 'torchvision://resnet50'
    torch.manual_seed(3)
    weights = MODELS.build(dict(type='ResNet', depth=50))
    weights.init_weights()
    torch.save(weights.state_dict(), tmp_path / 'resnet50.pth')
    cfg.merge_from_dict({
        'model.backbone.init_cfg.checkpoint':
        str(tmp_path / 'resnet50.pth')
    })
    model = build_pose_estimator(cfg.model)
    model.init_weights()
    torch.testing.assert_close(model.backbone.layer3[0].conv1.weight,
                               weights.layer3[0].conv1.weight)
