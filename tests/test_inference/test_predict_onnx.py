"""tools/predict.py --onnx gives what it gives with MMPose."""
import json
import re
import shutil

import cv2
import mmcv
import mmengine
import numpy as np
import pytest
import torch
from inference_tools import BARE, ROOT
from processes import run_python

from pcloss_mmpose.deploy import (METADATA_KEY, OnnxInferencer, find_inputs,
                                  predict)

TOOL = 'tools/predict.py'


@pytest.fixture
def pictures(trained, tmp_path):
    """A folder of three, one of them in a folder below."""
    (tmp_path / 'in/b').mkdir(parents=True)
    for name, picture in zip(('a.jpg', 'b/a.jpg', 'c.jpg'),
                             sorted(trained.data.glob('img/*.jpg'))):
        shutil.copy(picture, tmp_path / 'in' / name)
    return tmp_path / 'in'


@pytest.fixture
def compare(trained, exported, run_tool, tmp_path):
    """Run the tool with MMPose and without; compare what they write."""

    def run(*arguments, bare=False):
        run_tool(TOOL, *arguments, '--config', trained.config, '--checkpoint',
                 trained.checkpoint, '--out', 'mmpose', cwd=tmp_path)
        command = (*arguments, '--onnx', exported, '--out', 'onnx')
        if bare:
            output = run_python('-c', BARE, ROOT / TOOL, *command,
                                cwd=tmp_path)
        else:
            output = run_tool(TOOL, *command, cwd=tmp_path)
        assert re.search(r'\n[\d.]+ ms a garment on \d+ cores?, ', output)
        files = [sorted(p.relative_to(tmp_path / out) for p in
                        (tmp_path / out).rglob('*.*'))
                 for out in ('mmpose', 'onnx')]  # yapf: disable
        assert files[0] == files[1]
        for name in files[0]:
            ours, stock = tmp_path / 'onnx' / name, tmp_path / 'mmpose' / name
            if name.suffix == '.json':
                assert_same(*(json.loads(f.read_text())
                              for f in (ours, stock)))
            elif name.suffix == '.jpg':
                drawn, expected = (
                    cv2.imread(str(f)).astype(int) for f in (ours, stock))
                assert drawn.shape == expected.shape
                if not bare:  # where it has another font
                    assert np.abs(drawn - expected).mean() < .5
        return {
            name.relative_to('predictions').as_posix()[:-5]:
            json.loads((tmp_path / 'onnx' / name).read_text())
            for name in files[1] if name.suffix == '.json'
        }

    return run


def assert_same(ours, stock):
    """Keys in the same order, landmarks to 0.01 pixels."""
    if isinstance(stock, list) and stock and isinstance(stock[0], dict):
        assert len(ours) == len(stock)
        for a, b in zip(ours, stock):
            assert list(a) == list(b)
            for key in a:
                assert_same(a[key], b[key])
    elif isinstance(stock, list):
        np.testing.assert_allclose(ours, stock, rtol=0, atol=.01)
    else:
        assert ours == stock


def test_where_nothing_of_mmpose_is_installed(pictures, compare, tmp_path):
    found = compare('in/a.jpg', '--box', 5, 6, 50, 80, '--garment', 'lower',
                    bare=True)  # yapf: disable
    (garment, ) = found['a.jpg']
    assert garment['bbox'] == [[5, 6, 55, 86]]
    assert garment['keypoint_scores'][:4] == [0] * 4
    drawn = cv2.imread(str(tmp_path / 'onnx/visualizations/a.jpg'))
    assert max(drawn.shape) == 720
    output = run_python('-c', BARE, ROOT / TOOL, 'in', '--config', 'a.py',
                        '--checkpoint', 'a.pth', cwd=tmp_path, code=1)
    assert output == ('predict.py: --config needs MMPose, which is not '
                      'installed: give --onnx\n')


def test_a_folder(pictures, compare):
    found = compare('in')
    assert {name: len(garments) for name, garments in found.items()} == {
        'a.jpg': 1, 'b/a.jpg': 1, 'c.jpg': 1}  # yapf: disable


def test_boxes_of_a_folder_and_types(pictures, compare, tmp_path):
    coco = dict(
        images=[dict(id=i, file_name=name)
                for i, name in enumerate(['b/a.jpg', 'a.jpg', 'c.jpg'])],
        annotations=[
            dict(image_id=0, bbox=[1, 2, 60, 50], category_id=1),
            dict(image_id=1, bbox=[3, 4, 40, 70]),
            dict(image_id=1, bbox=[20, 6, 30, 80], category_id=1),
            dict(image_id=2, bbox=[5, 6, 50, 80]),
        ],
        categories=[dict(id=1, name='upper')])  # yapf: disable
    (tmp_path / 'boxes.json').write_text(json.dumps(coco))
    found = compare('in', '--boxes', 'boxes.json', '--garment', 'full')
    assert {name: [g['category'] for g in garments]
            for name, garments in found.items()} == {
        'a.jpg': ['full', 'upper'], 'b/a.jpg': ['upper'], 'c.jpg': ['full']
    }  # yapf: disable


def test_a_video(pictures, compare, tmp_path):
    writer = cv2.VideoWriter(
        str(tmp_path / 'a.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 5, (64, 96))
    for picture in sorted(pictures.rglob('*.jpg')):
        writer.write(cv2.resize(cv2.imread(str(picture)), (64, 96)))
    writer.release()
    found = compare('a.avi', '--box', 3, 4, 50, 80)
    assert [frame['frame_id'] for frame in found['a.avi']] == [0, 1, 2]


def test_pictures_run_together(pictures, exported, tmp_path):
    inferencer = OnnxInferencer(exported, batch_size=2)
    session, sizes = inferencer.model.session, []

    class Counting:

        def run(self, names, inputs):
            sizes.append(len(inputs['inputs']))
            return session.run(names, inputs)

    inferencer.model.session = Counting()
    outcome = predict(inferencer, find_inputs(str(pictures), ''),
                      str(tmp_path / 'out'))
    assert sizes == [2, 1]
    assert list(outcome.garments) == ['a.jpg', 'b/a.jpg', 'c.jpg']


class Fake:
    """Keeps what it is given, and finds what it is told."""
    batch_size = 2

    def __init__(self, *instances):
        self.images, self.instances = [], list(instances)

    def __call__(self, inputs, bboxes, return_vis):
        self.images += inputs
        for image in inputs:
            yield dict(
                predictions=[self.instances], visualization=[image])


def test_files_are_as_mmpose_writes_them(pictures, tmp_path):
    instance = dict(
        keypoints=[[1.5, .1]], bbox=([1., 2., 3., 4.], ),
        bbox_score=np.float32(.3), category='größe')  # yapf: disable
    predict(Fake(instance, instance),
            find_inputs(str(pictures / 'a.jpg'), ''), str(tmp_path / 'out'))
    mmengine.dump([instance] * 2, tmp_path / 'a.json', indent='  ')
    assert (tmp_path / 'out/predictions/a.jpg.json').read_bytes() == (
        tmp_path / 'a.json').read_bytes()


@pytest.mark.parametrize('name, codec', [('a.avi', 'MJPG'), ('a.mp4', 'mp4v')])
def test_frames_are_those_that_mmcv_reads(name, codec, tmp_path):
    path = str(tmp_path / name)
    rng = np.random.default_rng(0)
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*codec), 5, (64, 48))
    for _ in range(7):
        writer.write(
            cv2.resize(rng.integers(0, 256, (6, 8, 3), np.uint8), (64, 48)))
    writer.release()
    fake = Fake()
    predict(fake, find_inputs(path, ''), str(tmp_path / 'out'))
    expected = list(mmcv.VideoReader(path))
    assert len(fake.images) == len(expected) == 7
    assert np.array_equal(fake.images, expected)


@pytest.mark.parametrize('options, message', [
    (['--onnx', 'no.onnx'], 'no.onnx: no such model'),
    (['--onnx', 'a.jpg'], 'a.jpg: onnxruntime cannot read it: it is no ONNX '
     'model, a file that tools/export_onnx.py has written is needed'),
    (['--onnx', 'a.pth'], 'a.pth: onnxruntime cannot read it: it is a '
     'checkpoint of PyTorch, a file that tools/export_onnx.py'),
    (['--onnx', 'bare.onnx'], 'bare.onnx: does not say how to run it, in the '
     "metadata 'pcloss_mmpose': write it with tools/export_onnx.py"),
    (['--onnx', 'text.onnx'], 'text.onnx: does not say how to run it'),
    (['--onnx', 'less.onnx'], 'less.onnx: does not say how to run it'),
    (['--onnx', 'good.onnx', '--garment', 'hat'],
     'hat is no garment type of the model, which knows upper, lower, full'),
    (['--onnx', 'good.onnx', '--box', 0, 0, 0, 9], 'width 0, height 9 is'),
    (['--onnx', 'good.onnx', '--config', 'a.py'],
     '--onnx does not go with --config'),
    (['--onnx', 'good.onnx', '--checkpoint', 'a.pth'],
     '--onnx does not go with --checkpoint'),
    (['--onnx', 'good.onnx', '--det-config', 'a.py'],
     '--onnx does not go with --det-config'),
    (['--onnx', 'good.onnx', '--det-thr', .5],
     '--onnx does not go with --det-thr'),
])  # yapf: disable
def test_refusals(options, message, pictures, exported, run_tool):
    import onnx
    shutil.copy(exported, pictures / 'good.onnx')
    torch.save({}, pictures / 'a.pth')
    model = onnx.load(exported)
    for name, props in (('bare', {}), ('text', {METADATA_KEY: 'text'}),
                        ('less', {METADATA_KEY: '{"landmarks": []}'})):
        del model.metadata_props[:]
        onnx.helper.set_model_props(model, props)
        onnx.save(model, str(pictures / f'{name}.onnx'))
    output = run_tool(TOOL, 'a.jpg', *options, cwd=pictures, code=1)
    assert output.startswith('predict.py: ') and message in output
    assert output.count('\n') == 1
    assert not (pictures / 'work_dirs').exists()
