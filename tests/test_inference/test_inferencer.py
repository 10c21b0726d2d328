import json
import re

import mmcv
import numpy as np
import pytest
import torch
from inference_tools import ROOT
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MMLogger
from mmpose.apis import inference_topdown, init_model
from mmpose.apis.inferencers import Pose2DInferencer
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from pcloss_mmpose.datasets import FLDDataset
from pcloss_mmpose.datasets.deepfashion2_annos_dataset import DEEPFASHION2
from pcloss_mmpose.inference import GarmentInferencer, given_garments

pytestmark = pytest.mark.filterwarnings('ignore:torch.meshgrid',
                                        'ignore:The current default scope')
LOWER = [4, 5, 6, 7]


@pytest.fixture(scope='module')
def inferencer(trained):
    return GarmentInferencer(trained.config, trained.checkpoint, device='cpu')


@pytest.fixture(scope='module')
def picture(trained):
    return str(sorted(trained.data.glob('img/*.jpg'))[0])


def points(result):
    (instances, ) = result['predictions']
    return np.array([i['keypoints'] for i in instances])


def test_the_json_is_mmpose_s(inferencer, trained, picture, tmp_path):
    """The whole picture, by MMPose's inferencer itself."""
    stock = Pose2DInferencer(
        trained.config,
        trained.checkpoint,
        device='cpu',
        det_model='whole_image')
    next(stock(picture, pred_out_dir=str(tmp_path)))
    (file, ) = tmp_path.glob('*.json')
    (ours, ) = next(inferencer([mmcv.imread(picture)]))['predictions']
    theirs = json.loads(file.read_text())
    assert set(ours[0]) == set(theirs[0])
    for key in ('keypoints', 'keypoint_scores', 'bbox', 'bbox_score'):
        assert np.array_equal(ours[0][key], theirs[0][key]), key


def test_given_boxes(inferencer, trained, picture):
    boxes = [[5, 8, 60, 70], [20, 10, 40, 40.5]]
    result = next(
        inferencer([mmcv.imread(picture)],
                   bboxes=[given_garments(boxes, ['lower', None])]))
    model = init_model(trained.config, trained.checkpoint, 'cpu')
    corners = np.array(boxes)
    corners[:, 2:] += corners[:, :2]
    stock = inference_topdown(model, picture, corners, 'xyxy')
    found = points(result)
    for i, expected in enumerate(stock):
        expected = expected.pred_instances.keypoints[0]
        kept = LOWER if i == 0 else list(range(8))
        assert np.allclose(found[i][kept], expected[kept], atol=1e-3)
    # an upper-body garment's landmarks do not exist here
    (first, second) = result['predictions'][0]
    assert not np.any(first['keypoints'][:4])
    assert first['keypoint_scores'][:4] == [0] * 4
    assert min(first['keypoint_scores'][4:]) > 0
    assert first['category'] == 'lower' and 'category' not in second


def test_the_type_of_all(trained, picture, inferencer):
    one = GarmentInferencer(
        trained.config, trained.checkpoint, garment='lower', device='cpu')
    image = mmcv.imread(picture)
    found, free = points(next(one([image]))), points(next(inferencer([image])))
    assert np.array_equal(found[0][LOWER], free[0][LOWER])
    assert not found[0][:4].any() and free[0][:4].any()
    with pytest.raises(
            ValueError, match='hat is no garment type .* upper, '
            'lower, full'):
        GarmentInferencer(
            trained.config, trained.checkpoint, garment='hat', device='cpu')


def test_detector(trained, detector, picture):
    one = GarmentInferencer(trained.config, trained.checkpoint, *detector)
    image = mmcv.imread(picture)
    # the garment type comes with the box
    (instances, ) = next(one([image], bbox_thr=.5))['predictions']
    assert instances
    height, width = image.shape[:2]
    for instance in instances:
        assert instance['category'] == 'lower'
        assert instance['bbox_score'] > .5
        (box, ) = instance['bbox']
        assert -1 <= min(box) and max(box) <= max(width, height) + 1
        assert not np.any(instance['keypoints'][:4])
        assert np.all(np.array(instance['keypoint_scores'])[LOWER] > 0)
    # nothing found: no garment, and nothing drawn
    result = next(one([image], bbox_thr=.999, return_vis=True))
    assert result['predictions'] == [[]]
    assert max(result['visualization'][0].shape) == 720
    # a given box is taken, detector or not
    given = given_garments([(1, 1, 30, 30)], ['full'])
    (instances, ) = next(one([image], bboxes=[given]))['predictions']
    assert [i['category'] for i in instances] == ['full']


def test_categories_of_deepfashion2(detector, picture, tmp_path):
    """Of 294 landmarks, those of the category that is told or found."""
    name = 'td-hm_res18_1xb32-18e_deepfashion2-96x64.py'
    config = str(ROOT / 'configs/fashion_2d_keypoint/topdown_heatmap/'
                 'deepfashion2_annos' / name)
    weights, found = str(tmp_path / 'all.pth'), str(tmp_path / 'det.pth')
    torch.save(init_model(config, device='cpu').state_dict(), weights)
    content = torch.load(detector[1], map_location='cpu')
    content['meta']['dataset_meta']['classes'] = ('sling', 'sling dress',
                                                  'vest')
    torch.save(content, found)
    image = mmcv.imread(picture)
    told, shown = dict(garment='skirt'), dict(
        det_config=detector[0], det_checkpoint=found)
    for category, number, arguments in (('skirt', 8, told), ('sling dress', 19,
                                                             shown)):
        one = GarmentInferencer(config, weights, device='cpu', **arguments)
        (instances, ) = next(one([image]))['predictions']
        own = np.zeros(294, dtype=bool)
        own[DEEPFASHION2.categories[category]] = True
        assert own.sum() == number
        for instance in instances:
            assert instance['category'] == category
            assert np.array_equal(
                np.array(instance['keypoint_scores']) != 0, own)
            assert not np.any(np.array(instance['keypoints'])[~own])
        assert instances


def test_a_model_of_whole_images(trained, detector, tmp_path):
    """It sees a picture as in its test, whatever is known of boxes."""
    cfg = Config.fromfile(trained.config)
    cfg.test_dataloader.dataset.update(
        crop='image', data_root=str(trained.data))
    cfg.test_dataloader.dataset.pipeline[1].padding = 1.
    config = str(tmp_path / 'whole.py')
    cfg.dump(config)
    one = GarmentInferencer(config, trained.checkpoint, device='cpu')
    sample = DATASETS.build(cfg.test_dataloader.dataset)[0]
    image = mmcv.imread(sample['data_samples'].img_path)
    (expected, ) = one.model.test_step(pseudo_collate([sample]))
    found = next(one([image]))
    assert np.array_equal(points(found), expected.pred_instances.keypoints)
    height, width = image.shape[:2]
    assert found['predictions'][0][0]['bbox'] == ([0, 0, width - 1,
                                                   height - 1], )
    with pytest.raises(
            ValueError,
            match=r"^the model sees whole images \(crop='image' "
            r'in its test data set\), leave out the boxes$'):
        next(one([image], bboxes=[given_garments([(1, 1, 9, 9)], [None])]))
    with pytest.raises(
            ValueError, match='whole.py: .*leave out the detector .*det.py'):
        GarmentInferencer(config, trained.checkpoint, *detector)


def changed(trained, folder, change):
    checkpoint = torch.load(trained.checkpoint, map_location='cpu')
    other = change(checkpoint['state_dict'])
    checkpoint = other if isinstance(other, dict) else checkpoint
    path = str(folder / 'changed.pth')
    torch.save(checkpoint, path)
    return path


def renamed(state, change):
    """As from elsewhere: without the versions of the modules."""
    return {change(key): value for key, value in state.items()}


META = parse_pose_metainfo(FLDDataset.METAINFO)


@pytest.mark.parametrize(
    'change', [
        lambda s: dict(
            state_dict=renamed(s, lambda k: k.replace('head.', 'keypoint_head.'
                                                      )),
            meta=dict(mmpose_version='0.29.0', config='')),
        lambda s: s.update({
            'data_preprocessor.mean': torch.zeros(3, 1, 1),
            'data_preprocessor.std': torch.ones(3, 1, 1)
        }),
        lambda s: renamed(s, lambda k: f'module.{k}'),
        lambda s: [s.pop(k) for k in list(s) if 'num_batches' in k],
        lambda s: s,
        lambda s: s.update({'ema_backbone_conv1_weight': torch.zeros(2)}),
        lambda s: dict(
            renamed(s, lambda k: f'module.{k}'), steps=torch.tensor(7)),
        lambda s: dict(state_dict=s, meta={}, ema_state_dict=dict(a=1)),
    ],
    ids=('mmpose 0.x', 'pixels', 'parallel', 'counters', 'bare',
         'average of mmcv', 'average', 'average of mmengine'))
def test_weights_that_the_stock_model_loads(change, trained, tmp_path):
    path = changed(trained, tmp_path, change)
    ours = GarmentInferencer(trained.config, path, device='cpu').model
    stock = init_model(trained.config, path, 'cpu').state_dict()
    original = torch.load(trained.checkpoint, map_location='cpu')['state_dict']
    found = ours.state_dict()
    assert found.keys() == stock.keys() == original.keys()
    for key in found:
        assert torch.equal(found[key], stock[key]), key
        if 'num_batches' not in key:
            assert torch.equal(found[key], original[key]), key
    assert ours.dataset_meta['dataset_name'] == 'fld'
    assert ours.dataset_meta['flip_indices'] == META['flip_indices']


def test_old_keys_of_a_head_with_convolutions(trained, tmp_path):
    """MMPose 0.x counts its last convolution with those before it."""
    cfg = Config.fromfile(trained.config)
    cfg.model.head.update(conv_out_channels=[8], conv_kernel_sizes=[1])
    config = str(tmp_path / 'convolutions.py')
    cfg.dump(config)
    model = init_model(config, device='cpu')
    state = renamed(
        model.state_dict(),
        lambda key: key.replace('final_layer', 'final_layer.3').replace(
            '.conv_layers', '.final_layer').replace('head.', 'keypoint_head.'))
    assert 'keypoint_head.final_layer.3.weight' in state
    path = str(tmp_path / 'old.pth')
    torch.save(state, path)
    found = GarmentInferencer(config, path, device='cpu').model.state_dict()
    for key, value in model.state_dict().items():
        assert torch.equal(found[key], value), key
    # into the model without them
    with pytest.raises(ValueError, match='old.pth: the weights of another'):
        GarmentInferencer(trained.config, path, device='cpu')


LOWER_FILE = dict(from_file='configs/_base_/datasets/deepfashion_lower.py')


@pytest.mark.parametrize('dataset, refusal', [
    (dict(type='DeepFashionDataset', subset='lower'), None),
    (dict(type='CocoDataset', metainfo=LOWER_FILE), None),
    (dict(
        type='CombinedDataset',
        metainfo=LOWER_FILE,
        datasets=[dict(type='CocoDataset')]), None),
    (dict(
        type='RepeatDataset',
        times=2,
        dataset=dict(type='DeepFashionDataset', subset='lower')), None),
    (dict(type='BaseCocoStyleDataset'), 'it has no metainfo'),
    (dict(type='NoSuchDataset'), 'NoSuchDataset'),
])
@pytest.mark.filterwarnings('ignore:The metainfo config file')
def test_landmarks_of_the_config(dataset, refusal, trained, picture, tmp_path):
    """Of weights alone, the test data set tells what they predict."""
    cfg = Config.fromfile(trained.config)
    cfg.model.head.out_channels = 4
    cfg.model.head.loss = dict(type='KeypointMSELoss')
    pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.test_dataloader.dataset = dict(dataset, pipeline=pipeline)
    config, path = str(tmp_path / 'lower.py'), str(tmp_path / 'lower.pth')
    cfg.dump(config)
    torch.save(init_model(config, device='cpu').state_dict(), path)
    if refusal:
        with pytest.raises(ValueError, match=f'lower.pth: .*{refusal}'):
            GarmentInferencer(config, path, device='cpu')
        return
    inferencer = GarmentInferencer(config, path, device='cpu')
    meta = inferencer.model.dataset_meta
    assert list(meta['keypoint_name2id']) == [
        'left waistline', 'right waistline', 'left hem', 'right hem'
    ]
    (result, ) = next(inferencer([mmcv.imread(picture)]))['predictions']
    assert len(result[0]['keypoints']) == 4


def test_a_detector_of_weights_alone(trained, detector, tmp_path):
    config, path = detector
    cfg = Config.fromfile(config)
    cfg.test_dataloader.dataset.metainfo = dict(
        classes=('upper', 'lower', 'full'))
    state = torch.load(path, map_location='cpu')['state_dict']
    state['data_preprocessor.mean'] = torch.zeros(3, 1, 1)
    state['data_preprocessor.std'] = torch.ones(3, 1, 1)
    config, path = str(tmp_path / 'det.py'), str(tmp_path / 'det.pth')
    cfg.dump(config)
    for content in (state, dict(state_dict=state, meta=dict())):
        torch.save(content, path)
        one = GarmentInferencer(trained.config, trained.checkpoint, config,
                                path, device='cpu')  # yapf: disable
        assert one.det_types == ['upper', 'lower', 'full']
    # as mmdet 2 names them
    classes = ('full', 'lower', 'upper')
    torch.save(dict(state_dict=state, meta=dict(CLASSES=classes)), path)
    one = GarmentInferencer(trained.config, trained.checkpoint, config, path,
                            device='cpu')  # yapf: disable
    assert one.det_types == list(classes)
    state.pop('bbox_head.rtm_cls.0.weight')
    torch.save(state, path)
    with pytest.raises(
            ValueError,
            match='det.pth: the weights of another .* 1 missing, '
            'such as bbox_head.rtm_cls.0.weight'):
        GarmentInferencer(trained.config, trained.checkpoint, config, path)


def test_files_are_read_once_and_nothing_is_warned_of(trained, detector,
                                                      picture, monkeypatch,
                                                      capfd):
    read, load = [], torch.load
    monkeypatch.setattr(
        torch, 'load',
        lambda f, *args, **kwargs: read.append(f) or load(f, *args, **kwargs))
    warnings = []
    monkeypatch.setattr(
        MMLogger, 'handle', lambda self, record: record.levelno > 20 and
        warnings.append(record.getMessage()))
    one = GarmentInferencer(
        trained.config, trained.checkpoint, *detector, device='cpu')
    next(one([mmcv.imread(picture)]))
    assert read == [trained.checkpoint, detector[1]]
    assert not warnings
    output = ''.join(capfd.readouterr())
    assert not re.search('registry|state dict|checkpoint', output), output


def test_weights_of_another_model(trained, tmp_path):
    other = str(trained.config).replace('_fld-96x64.py', '').replace(
        'td-hm_res18_pc-skel_1xb32-18e', 'td-hm_res50_8xb64-210e_fld-256x192')
    with pytest.raises(
            ValueError,
            match='weights of another model .* of another shape, '
            'such as .*; .* missing, such as backbone') as error:
        GarmentInferencer(f'{other}.py', trained.checkpoint, device='cpu')
    assert str(error.value).startswith(trained.checkpoint)
    for change, message in (
        (lambda s: s.pop('head.final_layer.weight'),
         '1 missing, such as head.final_layer.weight'),
        (lambda s: s.update({'backbone.more': torch.zeros(2)}),
         "1 not in the config's model, such as backbone.more"),
        (lambda s: s.update({'head.final_layer.bias': torch.zeros(24)}),
         r'1 of another shape, such as head.final_layer.bias of \(24,\) in '
         r'the place of \(8,\)'),
    ):
        with pytest.raises(ValueError, match=message):
            GarmentInferencer(
                trained.config,
                changed(trained, tmp_path, change),
                device='cpu')
    # a loss with parameters of its own is no part of the prediction
    GarmentInferencer(
        trained.config,
        changed(trained, tmp_path,
                lambda s: s.update({'head.loss_module.flow': torch.zeros(2)})),
        device='cpu')


@pytest.mark.parametrize('name, content, message', [
    ('no.py', None, 'no.py: no such config'),
    ('bad.py', 'model = (', 'bad.py: cannot be read as a config: '),
    ('bad.py', 'a = 1', 'bad.py: a config with model and test_dataloader'),
    ('bad.txt', 'a = 1', 'bad.txt: cannot be read as a config: '),
    ('no.pth', None, 'no.pth: no such checkpoint'),
    ('bad.pth', '', 'bad.pth: not a checkpoint, or a broken one: '),
    ('bad.pth', 'text', 'bad.pth: not a checkpoint, or a broken one: '),
])
def test_what_is_no_config_or_checkpoint(name, content, message, trained,
                                         tmp_path):
    if content is not None:
        (tmp_path / name).write_text(content)
    path = str(tmp_path / name)
    pair = [trained.config, trained.checkpoint]
    pair[name.endswith('.pth')] = path
    with pytest.raises((ValueError, FileNotFoundError), match=message) as e:
        GarmentInferencer(*pair, device='cpu')
    assert '\n' not in str(e.value)
    # the same of the detector's, before it is built
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        GarmentInferencer(trained.config, trained.checkpoint, *pair)


def test_other_kinds_of_models_are_refused(trained, detector, tmp_path):
    cfg = Config.fromfile(trained.config)
    cfg.data_mode = 'bottomup'
    path = str(tmp_path / 'bottomup.py')
    cfg.dump(path)
    with pytest.raises(ValueError, match='a top-down model is needed'):
        GarmentInferencer(path, trained.checkpoint)
    # a detector of other things
    checkpoint = torch.load(detector[1], map_location='cpu')
    checkpoint['meta']['dataset_meta']['classes'] = ('cat', 'dog', 'cow')
    path = str(tmp_path / 'cats.pth')
    torch.save(checkpoint, path)
    with pytest.raises(
            ValueError,
            match='det.py: the detector finds cat, '
            'dog, cow, not the garment types'):
        GarmentInferencer(trained.config, trained.checkpoint, detector[0],
                          path)


def test_a_data_set_of_other_landmarks(trained, tmp_path):
    """Without a flip test nothing else would stop it."""
    cfg = Config.fromfile(trained.config)
    cfg.model.test_cfg.flip_test = False
    cfg.test_dataloader.dataset = dict(
        type='DeepFashionDataset', subset='lower')
    cfg.dump(tmp_path / 'config.py')
    weights = torch.load(trained.checkpoint)['state_dict']
    torch.save(weights, tmp_path / 'bare.pth')
    with pytest.raises(ValueError, match='bare.pth: the model predicts 8 '
                       'landmarks, and the data set has 4'):
        GarmentInferencer(
            str(tmp_path / 'config.py'), str(tmp_path / 'bare.pth'))


@pytest.mark.parametrize('options, message', [
    ({'convention': 'msra'}, "'half_pixel'.*reads them as of .*'msra'"),
    ({}, 'shift_heatmap is True, but'),
])
def test_heatmaps_are_read_as_they_were_drawn(trained, tmp_path, options,
                                              message):
    cfg = Config.fromfile(trained.config)
    for codec in (cfg.model.head.decoder,
                  cfg.train_dataloader.dataset.pipeline[-2].encoder):
        codec.update(options)
    cfg.model.test_cfg.shift_heatmap = True
    cfg.dump(tmp_path / 'config.py')
    with pytest.raises(ValueError, match=message):
        GarmentInferencer(str(tmp_path / 'config.py'), trained.checkpoint)
