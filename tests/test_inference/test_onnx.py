import json
import re

import cv2
import numpy as np
import pytest
import torch
from inference_tools import ROOT
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from mmpose.structures import PoseDataSample

from pcloss_mmpose.deploy import METADATA_KEY, OnnxModel
from pcloss_mmpose.inference import GarmentInferencer, Garments, onnx_export
from pcloss_mmpose.inference.onnx_export import (TOLERANCE, describe_model,
                                                 export_onnx)

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')

CONFIGS = ROOT / 'configs'
HEATMAP = CONFIGS / ('fashion_2d_keypoint/topdown_heatmap/fld/'
                     'td-hm_res18_pc_1xb32-18e_fld-96x64.py')
REGRESSION = CONFIGS / ('fashion_2d_keypoint/topdown_regression/fld/'
                        'td-reg_res18_pc_1xb32-18e_fld-96x64.py')


INFO = dict(
    dataset='fld', landmarks=list('abcdefgh'), types={}, skeleton=[],
    input_size=[64, 96], mean=[0., 0., 0.], std=[1., 1., 1.], rgb=True,
    padding=1.25, udp=False, codec={}, flip_test=True)  # yapf: disable


def build(config, **changes):
    init_default_scope('mmpose')
    torch.manual_seed(0)
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(changes)
    model = build_pose_estimator(cfg.model).eval()
    model.dataset_meta = dict(flip_indices=[1, 0, 3, 2, 5, 4, 7, 6])
    return model


def run(path, inputs):
    session = onnxruntime.InferenceSession(
        str(path), providers=['CPUExecutionProvider'])
    return session.run(None, {'inputs': inputs})


def test_export(trained, run_tool, tmp_path):
    """The tool; its file gives MMPose's heatmaps for any batch size."""
    out = tmp_path / 'model.onnx'
    threads = torch.get_num_threads()
    output = run_tool('tools/export_onnx.py', trained.config,
                      trained.checkpoint, out)
    assert 'inputs: (N, 3, 96, 64), RGB, (pixel - mean) / std, mean [123' in \
        output
    assert 'outputs: keypoints, scores, heatmaps; opset 17' in output
    assert 'onnxruntime differs from torch by ' in output
    assert re.search(r'a picture on one core: [\d.]+ ms by onnxruntime, '
                     r'[\d.]+ ms by torch\n', output)
    assert torch.get_num_threads() == threads
    assert [p.name for p in tmp_path.iterdir()] == ['model.onnx']
    onnx.checker.check_model(str(out))
    inferencer = GarmentInferencer(
        trained.config, trained.checkpoint, device='cpu')
    model = inferencer.model
    for number in (1, 5):
        inputs = torch.randn(number, 3, 96, 64)
        feats = [model.extract_feat(x) for x in (inputs, inputs.flip(-1))]
        sample = PoseDataSample(metainfo=dict(
            flip_indices=model.dataset_meta['flip_indices']))
        with torch.no_grad():
            preds, maps = model.head.predict(
                feats, [sample], dict(model.test_cfg, output_heatmaps=True))
        found = run(out, inputs.numpy())
        heatmaps = np.stack([m.heatmaps.numpy() for m in maps])
        assert found[2].shape == heatmaps.shape == (number, 8, 24, 16)
        assert np.abs(found[2] -
                      heatmaps).max() <= TOLERANCE * np.abs(heatmaps).max()
        keypoints = np.concatenate([p.keypoints for p in preds])
        # but where noise has two peaks of nearly one height
        assert np.median(np.abs(found[0] - keypoints)) < 1e-3
    info = json.loads({p.key: p.value
                       for p in onnx.load(str(out)).metadata_props}
                      [METADATA_KEY])  # yapf: disable
    assert info['landmarks'][:2] == ['left collar', 'right collar']
    assert info['types']['lower'] == [4, 5, 6, 7]
    assert info['input_size'] == [64, 96] and info['padding'] == 1.25
    assert info['codec']['type'] == 'SoftArgmaxHeatmap'
    assert info['flip_test'] and info['rgb'] and not info['udp']


@pytest.mark.parametrize('udp', [False, True])
def test_landmarks_are_those_of_mmpose(udp, trained, tmp_path):
    """To 0.01 pixels of the picture, in any box, from file to landmark."""
    inferencer = GarmentInferencer(
        trained.config, trained.checkpoint, device='cpu')
    affine = next(t for t in inferencer.pipeline.transforms
                  if hasattr(t, 'use_udp'))  # yapf: disable
    affine.use_udp = udp
    path = tmp_path / 'a.onnx'
    export_onnx(inferencer.model, describe_model(inferencer, True), str(path))
    model = OnnxModel(str(path), batch_size=2)
    boxes = [[10., 5., 80., 90.], [0., 0., 96., 40.], [30., 20., 60., 96.]]
    for picture in sorted((trained.data / 'img').glob('*.jpg'))[:4]:
        image = cv2.imread(str(picture))
        for given in (boxes, None):
            options = {} if given is None else dict(bboxes=[Garments(
                np.float32(given), np.ones(3, np.float32), [None] * 3)])
            result = next(inferencer([image], **options))['predictions'][0]
            found = model(image, given)
            assert len(found.points) == len(result)
            for instance, points, scores in zip(result, *found):
                assert np.abs(points - instance['keypoints']).max() < .01
                np.testing.assert_allclose(
                    scores, instance['keypoint_scores'], atol=1e-4)
    assert model(image, []).points.shape == (0, 8, 2)


def test_the_file_says_what_is_known_of_the_model(tmp_path):
    """Names in any letters; what is not a plain number becomes one."""
    info = dict(INFO, landmarks=['Ärmel', '袖口'], types={'größe': [0, 1]})
    path = tmp_path / 'a.onnx'
    export_onnx(build(REGRESSION), info, str(path))
    model = OnnxModel(str(path))
    assert model.info == info
    assert model.names == ['Ärmel', '袖口']


def test_without_the_flip_test(trained, run_tool, tmp_path):
    sizes = []
    for name, more in (('a', ()), ('b', ('--no-flip-test', ))):
        out = tmp_path / f'{name}.onnx'
        run_tool('tools/export_onnx.py', trained.config, trained.checkpoint,
                 out, *more)
        sizes.append(len(onnx.load(str(out)).graph.node))
    both, one = sizes
    assert one < .7 * both


def test_the_constraint_leaves_no_trace(trained, tmp_path):
    """Node by node, weight by weight, that of the baseline."""
    graphs = []
    for config in (trained.config, trained.config.replace('_pc-skel', '')):
        inferencer = GarmentInferencer(
            config, trained.checkpoint, device='cpu')
        model = inferencer.model
        losses = type(model.head.loss_module).__name__
        path = tmp_path / f'{losses}.onnx'
        export_onnx(model, describe_model(inferencer, True), str(path))
        graphs.append(onnx.load(str(path)).graph)
    assert {p.stem
            for p in tmp_path.iterdir()} == {'PCLoss', 'KeypointMSELoss'}
    ours, stock = graphs
    assert len(ours.node) == len(stock.node) > 20
    for a, b in zip(ours.node, stock.node):
        assert a == b
    assert len(ours.initializer) == len(stock.initializer) > 20
    for a, b in zip(ours.initializer, stock.initializer):
        assert a == b
    assert ours == stock
    assert [o.name for o in ours.output] == [
        'keypoints', 'scores', 'heatmaps'
    ]


_SIMCC = dict(
    type='SimCCLabel', input_size=(64, 96), sigma=2., simcc_split_ratio=2.)
_LABEL = dict(type='RegressionLabel', input_size=(64, 96))
_GLOBAL = {'model.neck': dict(type='GlobalAveragePooling')}
#: Head -> overrides of a model of heatmaps, and the raw outputs.
HEADS = {
    'soft-argmax': ({}, ['heatmaps']),
    'msra': ({
        'model.head.decoder': dict(
            type='MSRAHeatmap', input_size=(64, 96), heatmap_size=(16, 24),
            sigma=1., _delete_=True),
        'model.test_cfg.shift_heatmap': True,
    }, ['heatmaps']),
    'regression': ({
        **_GLOBAL,
        'model.head': dict(
            type='RegressionHead', in_channels=128, num_joints=8,
            loss=dict(type='L1Loss'), decoder=_LABEL, _delete_=True),
    }, ['coordinates']),
    'rle': ({
        **_GLOBAL,
        'model.head': dict(
            type='RLEHead', in_channels=128, num_joints=8,
            loss=dict(type='RLELoss'), decoder=_LABEL, _delete_=True),
    }, ['coordinates']),
    'integral': ({
        'model.head': dict(
            type='IntegralRegressionHead', in_channels=128, num_joints=8,
            in_featuremap_size=(4, 6), deconv_out_channels=(32, ),
            deconv_kernel_sizes=(4, ), loss=dict(type='L1Loss'),
            decoder=_LABEL, _delete_=True),
    }, ['coordinates']),
    'simcc': ({
        'model.head': dict(
            type='SimCCHead', in_channels=128, out_channels=8,
            input_size=(64, 96), in_featuremap_size=(4, 6),
            simcc_split_ratio=2., deconv_out_channels=None,
            loss=dict(type='KLDiscretLoss'), decoder=_SIMCC, _delete_=True),
    }, ['simcc_x', 'simcc_y']),
}  # yapf: disable


@pytest.mark.parametrize('head', HEADS)
def test_each_head_is_read_as_its_codec_does(head, tmp_path):
    changes, raw = HEADS[head]
    model = build(HEATMAP, **changes)
    path = tmp_path / 'a.onnx'
    exported = export_onnx(model, INFO, str(path))
    assert exported.outputs == ['keypoints', 'scores', *raw]
    assert exported.difference < TOLERANCE
    inputs = torch.randn(4, 3, 96, 64)
    feats = [model.extract_feat(x) for x in (inputs, inputs.flip(-1))]
    sample = PoseDataSample(metainfo=dict(
        flip_indices=model.dataset_meta['flip_indices'], input_size=(64, 96)))
    with torch.no_grad():
        expected = model.head.predict(
            feats, [sample] * 4, dict(model.test_cfg, flip_test=True))
    keypoints, scores = run(path, inputs.numpy())[:2]
    for i, instance in enumerate(expected):
        near = np.abs(keypoints[i] - instance.keypoints[0]) < 1e-2
        assert near.mean() > .9  # noise has peaks of nearly one height
        np.testing.assert_allclose(
            scores[i], instance.keypoint_scores[0], atol=1e-4)


@pytest.mark.parametrize('codec', [
    dict(type='MSRAHeatmap', unbiased=True),
    dict(type='UDPHeatmap'),
])
def test_what_is_not_decoded(codec, tmp_path):
    size = dict(input_size=(64, 96), heatmap_size=(16, 24), sigma=1.)
    model = build(HEATMAP, **{
        'model.head.decoder': dict(size, **codec, _delete_=True)})
    path = tmp_path / 'a.onnx'
    info = dict(INFO, codec=codec)
    assert export_onnx(model, info, str(path)).outputs == ['heatmaps']
    with pytest.raises(
            ValueError, match='a.onnx: its outputs are heatmaps, without '
            f'keypoints: {codec["type"]} is not decoded'):
        OnnxModel(str(path))


@pytest.mark.parametrize('name, size, output, shape', [
    ('regression/fld/td-reg_dfa-res18', (64, 96), 'coordinates', (8, 2)),
    ('heatmap/fld/td-hm_fgn-res18', (64, 96), 'heatmaps', (8, 12, 8)),
    ('regression/fld/dlan_res18', (96, 96), 'coordinates', (8, 2)),
])
def test_peers(name, size, output, shape, tmp_path):
    """The cascade, the chains, the frames, each in one graph."""
    width, height = size
    file, = (CONFIGS / 'fashion_2d_keypoint').glob(
        f'topdown_{name}_1xb32-18e_fld-*.py')
    model = build(file)
    if 'dlan' in name:  # frames that have moved
        torch.nn.init.normal_(model.head.fc.weight, std=.1)
    path = tmp_path / 'a.onnx'
    exported = export_onnx(model, dict(INFO, input_size=size), str(path))
    assert exported.outputs == ['keypoints', 'scores', output]
    assert exported.difference < TOLERANCE
    found = run(path, np.zeros((3, 3, height, width), np.float32))
    assert found[2].shape == (3, *shape)


def test_what_differs_is_not_written(tmp_path, monkeypatch):
    """A network that is not the same twice, as one that depends on time."""
    model = build(REGRESSION)
    path = tmp_path / 'a.onnx'
    path.write_text('an earlier one')
    model.head.fc.register_forward_hook(
        lambda module, args, output: output + torch.rand(()).item())
    with pytest.raises(
            ValueError,
            match='a.onnx: not written, onnxruntime '
            'differs from torch by .* allowed is 1e-04'):
        export_onnx(model, INFO, str(path))
    assert path.read_text() == 'an earlier one'
    assert list(tmp_path.iterdir()) == [path]


def test_without_the_packages(tmp_path, monkeypatch):
    model = build(REGRESSION)
    real = onnx_export.find_spec
    monkeypatch.setattr(
        onnx_export, 'find_spec', lambda name: None
        if name == 'onnxruntime' else real(name))
    path = tmp_path / 'a.onnx'
    assert export_onnx(model, INFO, str(path)).difference is None
    assert path.exists()
    monkeypatch.setattr(onnx_export, 'find_spec', lambda name: None)
    with pytest.raises(ModuleNotFoundError, match='needs the package onnx'):
        export_onnx(model, INFO, str(path))


def test_refusals(trained, run_tool, tmp_path):
    for out, message in (('a.pt', 'a.pt: must end in .onnx'),
                         ('no/a.onnx', 'no/a.onnx: there is no folder no')):
        output = run_tool(
            'tools/export_onnx.py',
            trained.config,
            trained.checkpoint,
            out,
            cwd=tmp_path,
            code=1)
        assert output == f'export_onnx.py: {message}\n'
    output = run_tool(
        'tools/export_onnx.py', trained.config, 'no.pth', 'a.onnx',
        cwd=tmp_path, code=1)  # yapf: disable
    assert output == 'export_onnx.py: no.pth: no such checkpoint\n'
