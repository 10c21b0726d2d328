import numpy as np
import pytest
import torch
from inference_tools import ROOT
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

from pcloss_mmpose.inference import GarmentInferencer, onnx_export
from pcloss_mmpose.inference.onnx_export import TOLERANCE, export_onnx

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')

CONFIGS = ROOT / 'configs'
FOLDER = CONFIGS / 'fashion_2d_keypoint/topdown_regression/fld'
REGRESSION = FOLDER / 'td-reg_res18_pc_1xb32-18e_fld-96x64.py'
DLAN = FOLDER / 'dlan_res18_pc_1xb32-18e_fld-96x96.py'


def build(config):
    init_default_scope('mmpose')
    torch.manual_seed(0)
    return build_pose_estimator(Config.fromfile(config).model).eval()


def run(path, inputs):
    session = onnxruntime.InferenceSession(
        str(path), providers=['CPUExecutionProvider'])
    return session.run(None, {'inputs': inputs})


def test_export(trained, run_tool, tmp_path):
    """The tool; its file gives MMPose's heatmaps for any batch size."""
    out = tmp_path / 'model.onnx'
    output = run_tool('tools/export_onnx.py', trained.config,
                      trained.checkpoint, out)
    assert 'inputs: (N, 3, 96, 64), RGB, (pixel - mean) / std, mean [123' in \
        output
    assert 'outputs: heatmaps; opset 17' in output
    assert 'onnxruntime differs from torch by ' in output
    assert [p.name for p in tmp_path.iterdir()] == ['model.onnx']
    onnx.checker.check_model(str(out))
    model = GarmentInferencer(
        trained.config, trained.checkpoint, device='cpu').model
    for number in (1, 5):
        inputs = torch.randn(number, 3, 96, 64)
        with torch.no_grad():
            heatmaps = model.head(model.extract_feat(inputs)).numpy()
        (found, ) = run(out, inputs.numpy())
        assert found.shape == heatmaps.shape == (number, 8, 24, 16)
        assert np.abs(found -
                      heatmaps).max() <= TOLERANCE * np.abs(heatmaps).max()


def test_the_constraint_leaves_no_trace(trained, tmp_path):
    """Node by node, weight by weight, that of the baseline."""
    graphs = []
    for config in (trained.config, trained.config.replace('_pc-skel', '')):
        model = GarmentInferencer(
            config, trained.checkpoint, device='cpu').model
        losses = type(model.head.loss_module).__name__
        path = tmp_path / f'{losses}.onnx'
        export_onnx(model, (64, 96), str(path))
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
    assert [o.name for o in ours.output] == ['heatmaps']


@pytest.mark.parametrize('config, width', [(REGRESSION, 64), (DLAN, 96)])
def test_coordinates(config, width, tmp_path):
    model = build(config)
    if config == DLAN:  # frames that have moved
        torch.nn.init.normal_(model.head.fc.weight, std=.1)
    path = tmp_path / 'a.onnx'
    exported = export_onnx(model, (width, 96), str(path))
    assert exported.outputs == ['coordinates']
    assert exported.difference < TOLERANCE
    found, = run(path, np.zeros((2, 3, 96, width), np.float32))
    assert found.shape == (2, 8, 2)


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
        export_onnx(model, (64, 96), str(path))
    assert path.read_text() == 'an earlier one'
    assert list(tmp_path.iterdir()) == [path]


def test_without_the_packages(tmp_path, monkeypatch):
    model = build(REGRESSION)
    real = onnx_export.find_spec
    monkeypatch.setattr(
        onnx_export, 'find_spec', lambda name: None
        if name == 'onnxruntime' else real(name))
    path = tmp_path / 'a.onnx'
    assert export_onnx(model, (64, 96), str(path)).difference is None
    assert path.exists()
    monkeypatch.setattr(onnx_export, 'find_spec', lambda name: None)
    with pytest.raises(ModuleNotFoundError, match='needs the package onnx'):
        export_onnx(model, (64, 96), str(path))


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
