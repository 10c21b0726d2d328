"""A set on disk: its files, its resumption, what it refuses."""
import csv
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from pcloss_mmpose.rendering import contact_sheet
from pcloss_mmpose.rendering import dataset as module
from pcloss_mmpose.rendering import render_dataset
from pcloss_mmpose.rendering.layouts import LAYOUTS, BaseLayout, part_of
from pcloss_mmpose.rendering.scene import Recipe
from pcloss_mmpose.rendering.shape_model import figures, names

TOOL = Path(__file__).resolve().parents[2].joinpath(
    'tools', 'dataset_converters', 'render_garments.py')
POINTS = {'1': 6, '2': 4, '3': 8}


def tool(out, num, *more, layout='fld'):
    return [sys.executable, str(TOOL), '--layout', layout, '--num', str(num),
            '--seed', '4', '--size', '64', '--out', str(out), *more]


def test_stands_by_itself(tmp_path):
    """In the tool and its workers: MMPose takes seconds to import."""
    for name in ('torch', 'torchvision', 'mmcv', 'mmengine', 'mmpose'):
        (tmp_path / f'{name}.py').write_text(f'raise ImportError("{name}")')
    done = subprocess.run(
        tool(tmp_path / 'set', 17, '--workers', '2', '--contact-sheet',
             str(tmp_path / 'sheet.png')),
        env=dict(os.environ, PYTHONPATH=str(tmp_path)),
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '17 pictures, 17 of them new' in done.stdout


def digest(root):
    return {
        str(p.relative_to(root)): hashlib.md5(p.read_bytes()).hexdigest()
        for p in sorted(Path(root).rglob('*')) if p.is_file()
    }


@pytest.fixture(scope='module')
def fld(tmp_path_factory):
    root = tmp_path_factory.mktemp('fld') / 'set'
    assert render_dataset('fld', 40, 4, str(root), 64, workers=1) == 40
    return root


def test_fld_files(fld):
    lines = (fld / 'Anno/list_landmarks.txt').read_text().split('\n')
    assert lines[0] == '40' and len(lines) == 43 and lines[-1] == ''
    assert lines[1].split()[:6] == [
        'image_name', 'clothes_type', 'variation_type',
        'landmark_visibility_1', 'landmark_location_x_1',
        'landmark_location_y_1'
    ]
    assert len(lines[1].split()) == 3 + 3 * 8
    boxes = (fld / 'Anno/list_bbox.txt').read_text().split('\n')
    parts = (fld / 'Eval/list_eval_partition.txt').read_text().split('\n')
    assert boxes[:2] == ['40', 'image_name  x_1  y_1  x_2  y_2']
    assert parts[:2] == ['40', 'image_name  evaluation_status']
    kinds = set()
    for i, (line, box, part) in enumerate(
            zip(lines[2:-1], boxes[2:-1], parts[2:-1]), 1):
        t = line.split()
        assert t[0] == f'img/img_{i:08d}.jpg' == box.split()[0]
        assert part.split()[0] == t[0]
        assert part.split()[1] in ('train', 'val', 'test')
        image = cv2.imread(str(fld / t[0]))
        assert max(image.shape[:2]) == 64
        assert len(t) == 3 + 3 * POINTS[t[1]]
        kinds.add(t[1])
        x1, y1, x2, y2 = map(int, box.split()[1:])
        for v, x, y in zip(t[3::3], t[4::3], t[5::3]):
            assert len(x) == len(y) == 3 and v in '012'
            if v == '2':
                assert (x, y) == ('000', '000')
            else:
                assert x1 <= int(x) <= x2 < image.shape[1]
                assert y1 <= int(y) <= y2 < image.shape[0]
    assert kinds == {'1', '2', '3'}


def test_form_of_real_files(fld, shared, tmp_path):
    """Header, padding and trailing blank are those of the real lists."""
    def rows(path):
        return path.read_text().split('\n')

    real = rows(shared / 'data/fld_real/Anno/list_landmarks.txt')
    mine = rows(fld / 'Anno/list_landmarks.txt')
    assert mine[1].split() == real[1].split()
    upper = next(r for r in mine[2:] if r.split()[1] == '1')
    mask = str.maketrans('123456789', '0' * 9)
    assert upper.translate(mask) == real[2].translate(mask)
    render_dataset('deepfashion_c', 30, 4, str(tmp_path / 'c'), 64, workers=1)
    real = rows(shared / 'data/deepfashion_c_real/'
                'deepfashion_c_genuine_row.txt')[0]
    mine = rows(tmp_path / 'c/Anno/list_landmarks.txt')
    assert len(mine[1].split()) == 2 + 3 * 8
    upper = next(r for r in mine[2:] if r.split()[1] == '1')
    assert len(upper) == len(real)
    assert upper[72:].translate(mask) == real[72:].translate(mask)


def test_fashionai_files(tmp_path):
    split = dict(train=.5, val=.5)
    render_dataset('fashionai', 40, 4, str(tmp_path), 64, None, split, 1)
    seen = set()
    for part in split:
        with open(tmp_path / f'Annotations/{part}.csv', newline='') as file:
            rows = list(csv.reader(file))
        assert rows[0] == ['image_id', 'image_category'] + names()
        assert len(rows) == 21
        for row in rows[1:]:
            path, category = Path(row[0]), row[1]
            assert path.parts[:2] == ('Images', category)
            assert len(path.stem) == 32
            h, w = cv2.imread(str(tmp_path / path)).shape[:2]
            own = figures()['categories'][category]['landmark_indices']
            for k, field in enumerate(row[2:]):
                x, y, v = map(int, field.split('_'))
                assert (v == -1) == (x == -1) == (y == -1)
                assert v in ((-1, 0, 1) if k in own else (-1, ))
                assert x < w and y < h
            seen.add(path)
    assert len(seen) == 40
    assert not (tmp_path / 'Annotations/test.csv').exists()


def test_any_number_of_workers_gives_the_same_bytes(fld, tmp_path):
    out = tmp_path / 'set'
    done = subprocess.run(tool(out, 40, '--workers', '2'), check=True,
                          capture_output=True, text=True)
    assert '40 pictures, 40 of them new' in done.stdout
    assert digest(out) == digest(fld)
    again = subprocess.run(tool(out, 40), check=True, capture_output=True,
                           text=True)
    assert 'there already' in again.stdout


def test_a_killed_worker_is_not_waited_for(tmp_path):

    def kill(_):
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(RuntimeError, match='a process that painted ended'):
        render_dataset(
            'fld', 400, 4, str(tmp_path / 'set'), 64, workers=2, advance=kill)


def test_killed_run_is_no_set_and_goes_on(fld, tmp_path):
    out = tmp_path / 'set'
    run = subprocess.Popen(tool(out, 4000, '--workers', '1'),
                           stdout=subprocess.DEVNULL)
    limit = time.time() + 60
    while not (out / 'img/img_00000010.jpg').exists():
        assert time.time() < limit and run.poll() is None
        time.sleep(.01)
    run.kill()
    run.wait()
    assert not (out / 'Anno').exists() and not (out / 'Eval').exists()
    assert all(
        cv2.imread(str(p)) is not None for p in out.glob('img/*.jpg'))
    # the size that was asked for belongs to the set: start a smaller one anew
    with pytest.raises(ValueError, match='4000 pictures'):
        render_dataset('fld', 40, 4, str(out), 64)
    manifest = json.loads((out / module.MANIFEST).read_text())
    (out / module.MANIFEST).write_text(json.dumps(dict(manifest, num=20)))
    for picture in list(out.glob('img/*'))[40:]:
        picture.unlink()
    painted = render_dataset('fld', 40, 4, str(out), 64, workers=1)
    assert painted < 40
    for name, value in digest(fld).items():
        assert digest(out)[name] == value


def test_interruption_before_the_lists(tmp_path, monkeypatch):
    out = tmp_path / 'set'
    render_dataset('fld', 5, 4, str(out), 64, workers=1)
    before = digest(out)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, 'paint', stop)
    with pytest.raises(KeyboardInterrupt):
        render_dataset('fld', 9, 4, str(out), 64, workers=1)
    assert not list(out.glob('*/list_*'))
    monkeypatch.undo()
    assert render_dataset('fld', 9, 4, str(out), 64, workers=1) == 4
    after = digest(out)
    pictures = [n for n in before if n.startswith('img')]
    assert len(pictures) == 5
    assert all(before[n] == after[n] for n in pictures)


def test_lost_picture_is_painted_again(tmp_path):
    out = tmp_path / 'set'
    render_dataset('fld', 5, 4, str(out), 64, workers=1)
    before = digest(out)
    os.remove(out / 'img/img_00000003.jpg')
    assert render_dataset('fld', 5, 4, str(out), 64, workers=1) == 1
    assert digest(out) == before


def test_emptied_files_are_written_again(tmp_path):
    """As a power cut leaves those whose data was not on the disk yet."""
    out = tmp_path / 'set'
    render_dataset('deepfashion2', 5, 4, str(out), 64, workers=1)
    before = digest(out)
    for name, painted in (('train/image/000001.jpg', 1),
                          ('train/annos/000001.json', 0)):
        (out / name).write_bytes(b'')
        assert render_dataset(
            'deepfashion2', 5, 4, str(out), 64, workers=1) == painted
        assert digest(out) == before


def test_manifest_and_lists_are_on_the_disk_before_their_names(
        tmp_path, monkeypatch):
    events = []
    replace, fsync = os.replace, os.fsync
    monkeypatch.setattr(
        os, 'replace', lambda part, path:
        (events.append(Path(path).suffix), replace(part, path)))
    monkeypatch.setattr(
        os, 'fsync', lambda file: (events.append('fsync'), fsync(file)))
    render_dataset('fld', 2, 4, str(tmp_path), 64, workers=1)
    lists = ['fsync', '.txt'] * 3
    assert events == ['fsync', '.json', '.jpg', '.jpg', *lists]


def test_refusals(fld, tmp_path):
    before = digest(fld)

    def run(num=40, seed=4, out=fld, size=64, layout='fld', **more):
        return render_dataset(layout, num, seed, str(out), size, **more)

    for settings, message in (
        (dict(seed=5), 'a set of another seed'),
        (dict(size=128), 'a set of another size'),
        (dict(layout='deepfashion_c'), 'a set of another layout'),
        (dict(split=dict(train=.5, test=.5)), 'a set of another split'),
        (dict(clutter=.5), 'a set of another clutter'),
        (dict(clutter=1.5), 'clutter is 1.5, a share from 0 to 1'),
        (dict(num=10), 'more than the 10 asked for'),
        (dict(num=0), 'num is 0, at least 1'),
        (dict(seed=-1), 'seed is -1, at least 0'),
        (dict(size=32), 'size is 32, at least 64'),
        (dict(size=1000), 'size is 1000, at most 999'),
        (dict(workers=0), 'workers is 0, at least 1'),
        (dict(split=dict(train=.5)), 'add up to 1'),
        (dict(split=dict(train=.5, dev=.5)), 'train, val and test'),
        (dict(layout='coco'), "layout is 'coco'"),
    ):
        with pytest.raises(ValueError, match=message):
            run(**settings)
    assert digest(fld) == before
    (tmp_path / 'mine.txt').write_text('precious')
    with pytest.raises(ValueError, match='not of a rendered set'):
        run(out=tmp_path)
    with pytest.raises(ValueError, match='is a file'):
        run(out=tmp_path / 'mine.txt')
    bad = subprocess.run(tool(tmp_path, 3), capture_output=True, text=True)
    assert bad.returncode == 1 and 'Traceback' not in bad.stderr
    assert bad.stderr.strip().splitlines()[-1].startswith('render_garments')
    assert digest(tmp_path) == {
        'mine.txt': hashlib.md5(b'precious').hexdigest()}


def test_parts_are_spread_evenly():
    split = dict(train=.8, val=.1, test=.1)
    for num in (10, 100, 1000):
        parts = [part_of(i, split) for i in range(num)]
        for part, share in split.items():
            assert abs(parts.count(part) - share * num) <= 2


def test_contact_sheet(fld, tmp_path):
    contact_sheet(str(fld), 'fld', str(tmp_path / 'sheet.png'), 9)
    assert cv2.imread(str(tmp_path / 'sheet.png')).shape == (512, 2048, 3)


def test_the_data_set_classes_read_it(fld, tmp_path):
    from pcloss_mmpose.datasets import (DeepFashionCDataset, FashionAIDataset,
                                        FLDDataset)
    lists, table = tmp_path / 'lists', tmp_path / 'table'
    render_dataset('deepfashion_c', 20, 4, str(lists), 64, workers=1)
    render_dataset('fashionai', 20, 4, str(table), 64, workers=1)
    for cls, root, num in ((FLDDataset, fld, 40),
                           (DeepFashionCDataset, lists, 20)):
        sizes = [
            len(cls(data_root=str(root), split=part, pipeline=[]))
            for part in ('train', 'val', 'test')
        ]
        assert sum(sizes) == num and min(sizes) > 0
    files = [f'Annotations/{part}.csv' for part in ('train', 'val', 'test')]
    data = FashionAIDataset(
        ann_file=files, data_root=str(table), pipeline=[])
    assert len(data) == 20


def test_unreadable_manifest(tmp_path):
    (tmp_path / module.MANIFEST).write_text('{')
    with pytest.raises(ValueError, match='cannot be read'):
        render_dataset('fld', 3, 4, str(tmp_path), 64)


def test_a_layout_is_one_class(tmp_path, monkeypatch):
    """Its names and its texts; all else, resumption too, is there."""

    class Skirts(BaseLayout):
        recipe = Recipe(dict(skirt=1.))

        def image(self, seed, index, category, split):
            return f'{part_of(index, split)}/{category}{index}.jpg'

        def files(self, num, split):
            return ['boxes.json']

        def texts(self, seed, records, split):
            return {'boxes.json': json.dumps([r.box for r in records])}

    monkeypatch.setitem(LAYOUTS, 'skirts', Skirts())
    assert render_dataset('skirts', 4, 0, str(tmp_path), 64, workers=1) == 4
    assert len(json.loads((tmp_path / 'boxes.json').read_text())) == 4
    assert len(list(tmp_path.glob('*/skirt?.jpg'))) == 4
    assert render_dataset('skirts', 4, 0, str(tmp_path), 64, workers=1) == 0
