"""docs/guides/predict.md is true: its commands run as written."""
import json
import re
import shlex
import shutil
from string import Template

import cv2
import numpy as np
import pytest
from inference_tools import ROOT, save_detector
from mmengine.config import Config
from mmpose.registry import KEYPOINT_CODECS

import pcloss_mmpose  # noqa: F401

PAGE = (ROOT / 'docs/guides/predict.md').read_text()

pytestmark = pytest.mark.filterwarnings('ignore:torch.meshgrid',
                                        'ignore:The current default scope')


def blocks(language):
    return re.findall(rf'```{language}\n(.*?)```', PAGE, flags=re.S)


def test_commands(trained, run_tool, tmp_path, capfd, monkeypatch):
    lines = [line for b in blocks('bash') for line in b.splitlines()]
    places = dict(
        line.split('=') for line in lines if re.match('[A-Z_]+=', line))
    lines = [line for line in lines if not re.match('[A-Z_]+=', line)]
    # what it brings: test_packaging.py; that the two are one: test_cli.py
    lines.remove("pip install '.[onnx]'")
    commands = [
        shlex.split(
            Template(line).substitute(places).replace(
                'pcloss-mmpose predict', 'python tools/predict.py'))
        for line in lines
    ]
    predict, export = 'tools/predict.py', 'tools/export_onnx.py'
    assert [c[1] for c in commands] == [predict] * 5 + [export] + [predict] * 3

    # what the page takes for granted
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    weights = tmp_path / places['WEIGHTS']
    weights.parent.mkdir(parents=True)
    shutil.copy(trained.checkpoint, weights)
    weights = tmp_path / places['DETECTOR_WEIGHTS']
    weights.parent.mkdir()
    _, made = save_detector(
        Config.fromfile(ROOT / places['DETECTOR']), tmp_path, 2)
    shutil.move(made, weights)
    (tmp_path / 'photos').mkdir()
    shutil.copy(
        next(trained.data.glob('img/*.jpg')), tmp_path / 'photos/shirt.jpg')
    (tmp_path / 'boxes.json').write_text(
        json.dumps(
            dict(
                images=[dict(id=1, file_name='shirt.jpg')],
                annotations=[dict(image_id=1, bbox=[1, 2, 50, 60])])))
    writer = cv2.VideoWriter(
        str(tmp_path / 'clip.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 5,
        (64, 64))
    writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.release()

    results = tmp_path / 'work_dirs/predict/predictions'
    kinds = [[None], ['upper'], [None], ['full'], ['full'], None, [None],
             ['upper'], [None]]
    for command, expected in zip(commands, kinds):
        if 'clip.mp4' not in command:
            shutil.rmtree(results.parent, ignore_errors=True)
        if command[1] == export:
            for package in 'onnx', 'onnxruntime':
                pytest.importorskip(package)
        output = run_tool(command[1], *command[2:], cwd=tmp_path)
        if command[1] == export:
            assert (tmp_path / 'model.onnx').stat().st_size > 1e6
            continue
        assert '1 of 1 file predicted' in output
        video = 'clip.mp4' in command
        name = 'clip.mp4' if video else 'shirt.jpg'
        found = json.loads((results / f'{name}.json').read_text())
        found = found[0]['instances'] if video else found
        assert {g.get('category') for g in found} == set(expected)

    monkeypatch.chdir(tmp_path)
    examples = blocks('python')
    assert len(examples) == 2
    for example in examples:
        exec(example, {})
        assert 'left collar: ' in capfd.readouterr().out


def test_the_codec_for_mmdeploy():
    """MMPose's takes the other one's arguments and reads its heatmaps."""
    assert "make `type='MSRAHeatmap'` of `SoftArgmaxHeatmap`" in PAGE
    cfg = Config.fromfile(ROOT / re.search('CONFIG=(.*)', PAGE)[1])
    assert cfg.codec == cfg.model.head.decoder
    ours = KEYPOINT_CODECS.build(cfg.codec)
    stock = KEYPOINT_CODECS.build(dict(cfg.codec, type='MSRAHeatmap'))
    cell = ours.scale_factor
    points = np.random.default_rng(0).uniform(3 * cell,
                                              ours.input_size - 3 * cell,
                                              (1, 100, 2))
    heatmaps = ours.encode(points)['heatmaps']
    found, expected = stock.decode(heatmaps)[0], ours.decode(heatmaps)[0]
    assert ((cell - 1) / 2 == 1.5).all() and '(1.5 for' in PAGE
    assert (np.abs(found + 1.5 - expected) < cell / 2).all()
