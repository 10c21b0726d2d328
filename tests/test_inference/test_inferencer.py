import json

import mmcv
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import inference_topdown, init_model
from mmpose.apis.inferencers import Pose2DInferencer

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


def changed(trained, folder, change):
    checkpoint = torch.load(trained.checkpoint, map_location='cpu')
    change(checkpoint['state_dict'])
    path = str(folder / 'changed.pth')
    torch.save(checkpoint, path)
    return path


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
