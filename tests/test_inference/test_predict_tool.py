import json
import os
import shutil

import cv2
import numpy as np
import pytest

from pcloss_mmpose.inference import Input, predict

pytestmark = pytest.mark.filterwarnings('ignore:torch.meshgrid',
                                        'ignore:The current default scope')


def files(folder):
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob('*')
        if p.is_file())


def load(folder, name):
    return json.loads((folder / 'predictions' / f'{name}.json').read_text())


@pytest.fixture
def predict_files(trained, run_tool, tmp_path):

    def run(*arguments, code=0):
        return run_tool(
            'tools/predict.py',
            *arguments,
            '--config',
            trained.config,
            '--checkpoint',
            trained.checkpoint,
            cwd=tmp_path,
            code=code)

    return run


def write_video(path, number=4, size=(60, 44)):
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*'MJPG'), 5, size)
    for i in range(number):
        writer.write(np.full((size[1], size[0], 3), 40 * i, dtype=np.uint8))
    writer.release()


def test_a_folder(trained, predict_files, tmp_path):
    """Good and bad files, names that differ in ending or folder only."""
    photos = tmp_path / 'my photos'
    (photos / 'é').mkdir(parents=True)
    first, second = sorted(trained.data.glob('img/*.jpg'))[:2]
    shutil.copy(first, photos / 'a.jpg')
    shutil.copy(second, photos / 'é/a.jpg')
    image = cv2.imread(str(second))
    cv2.imwrite(str(photos / 'a.png'), image)
    cv2.imwrite(str(photos / 'a.tif'), image)
    write_video(photos / 'a.avi')
    (photos / 'b.jpg').write_bytes(b'')
    (photos / 'b.mp4').write_bytes(b'')
    (photos / 'notes.txt').write_text('none')
    output = predict_files(photos, '--out', photos / 'out', code=1)
    good = ['a.avi', 'a.jpg', 'a.png', 'a.tif', 'é/a.jpg']
    assert files(photos / 'out') == sorted(
        [f'predictions/{name}.json' for name in good] +
        [f'visualizations/{name}' for name in good[1:3] + good[4:]] +
        ['visualizations/a.avi.mp4', 'visualizations/a.tif.png'])
    lines = output.splitlines()
    assert f'5 of 8 files predicted, 8 garments: {photos}/out' in lines
    skipped = [line for line in lines if line.startswith('skipped: ')]
    assert [line.split(': ')[1] for line in skipped] == [
        f'{photos}/{name}' for name in ('b.jpg', 'b.mp4', 'notes.txt')
    ]
    assert lines[-1] == 'predict.py: 3 of 8 files were skipped, see above'
    out = photos / 'out'
    assert load(out, 'a.tif') == load(out, 'a.png')
    assert load(out, 'a.jpg') != load(out, 'é/a.jpg')

    # again, with the garment's type: replaced; the results are no input
    for name in ('b.jpg', 'b.mp4', 'notes.txt'):
        (photos / name).unlink()
    before = files(out)
    output = predict_files(photos, '--out', out, '--garment', 'lower')
    assert '5 of 5 files predicted' in output
    assert files(out) == before
    (garment, ) = load(out, 'a.jpg')
    assert garment['category'] == 'lower'
    assert garment['keypoint_scores'][:4] == [0] * 4
    assert garment['keypoints'][:4] == [[0, 0]] * 4
    assert set(garment) == {
        'keypoints', 'keypoint_scores', 'bbox', 'bbox_score', 'category'
    }


def test_a_video(trained, predict_files, tmp_path):
    write_video(tmp_path / 'clip.avi', 5)
    predict_files('clip.avi', '--box', 2, 3, 40, 30, '--box', 0, 0, 60, 44)
    out = tmp_path / 'work_dirs/predict'
    frames = load(out, 'clip.avi')
    assert [f['frame_id'] for f in frames] == list(range(5))
    for frame in frames:
        assert [i['bbox'] for i in frame['instances']] == [[[2, 3, 42, 33]],
                                                           [[0, 0, 60, 44]]]
    drawn = cv2.VideoCapture(str(out / 'visualizations/clip.avi.mp4'))
    read = [drawn.read()[0] for _ in range(6)]
    assert read == [True] * 5 + [False]


def test_boxes_of_a_folder(trained, predict_files, tmp_path):
    (tmp_path / 'in/b').mkdir(parents=True)
    image = np.full((40, 30, 3), 90, dtype=np.uint8)
    for name in ('a.png', 'b/a.png', 'c.png', 'd.png'):
        cv2.imwrite(str(tmp_path / 'in' / name), image)
    coco = dict(
        images=[
            dict(id=i, file_name=name)
            for i, name in enumerate(['b/a.png', 'a.png', 'd.png'])
        ],
        annotations=[
            dict(image_id=0, bbox=[1, 2, 20, 20], category_id=1),
            dict(image_id=1, bbox=[3, 4, 21, 22]),
            dict(image_id=1, bbox=[5, 6, 7, 8]),
            dict(image_id=2, bbox=[5, 6, 70, 8]),
        ],
        categories=[dict(id=1, name='upper')])
    (tmp_path / 'boxes.json').write_text(json.dumps(coco))
    output = predict_files(
        'in', '--boxes', 'boxes.json', '--garment', 'full', code=1)
    assert '2 of 4 files predicted, 3 garments' in output
    assert 'skipped: in/c.png: no box is given for it' in output
    assert ('skipped: in/d.png: the box x 5, y 6, width 70, height 8 reaches '
            'outside the picture of 30 x 40') in output
    out = tmp_path / 'work_dirs/predict'
    assert [i['bbox'] for i in load(out, 'a.png')] == [[[3, 4, 24, 26]],
                                                       [[5, 6, 12, 14]]]
    assert [i['category'] for i in load(out, 'a.png')] == ['full'] * 2
    assert [i['category'] for i in load(out, 'b/a.png')] == ['upper']


def test_a_detector_that_finds_nothing(trained, detector, predict_files,
                                       tmp_path):
    shutil.copy(next(trained.data.glob('img/*.jpg')), tmp_path / 'a.jpg')
    options = ['--det-config', detector[0], '--det-checkpoint', detector[1]]
    output = predict_files('a.jpg', *options, '--det-thr', .999)
    assert ('no garment found in 1: a.jpg: the detector is sure of none by '
            'more than 0.999, --det-thr\n') in output
    out = tmp_path / 'work_dirs/predict'
    assert load(out, 'a.jpg') == []
    assert files(out / 'visualizations') == ['a.jpg']
    predict_files('a.jpg', *options)
    assert {i['category'] for i in load(out, 'a.jpg')} == {'lower'}


@pytest.mark.parametrize('arguments, message', [
    (['no.jpg'], 'no.jpg: no such picture, video or folder'),
    (['.', '--box', 1, 2, 3, 4], '--box is for one picture or video'),
    (['a.png', '--box', 1, 2, 0, 4], 'width 0, height 4 is empty'),
    (['a.png', '--boxes', 'no.json'], 'no.json: no such file'),
    (['a.png', '--garment', 'hat'], 'hat is no garment type of the model'),
    (['a.png', '--det-config', 'd.py'], '--det-config and --det-checkpoint '
     'go together'),
    (['a.png', '--det-config', 'd.py', '--det-checkpoint', 'd.pth'
      ], 'd.py: no such config'),
    ([
        'a.png', '--det-config', 'd', '--det-checkpoint', 'd', '--garment',
        'upper'
    ], '--garment: the detector tells the type'),
    (['a.png', '--out', 'a.png'], 'a.png'),
])
def test_refusals(arguments, message, predict_files, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((9, 9, 3), np.uint8))
    last = predict_files(*arguments, code=1).splitlines()[-1]
    assert last.startswith('predict.py: ') and message in last
    assert files(tmp_path) == ['a.png']


def test_two_drawings_of_one_name(tmp_path):
    """Found before the model is asked for anything."""
    pair = [Input('', 'a.tif', False), Input('', 'a.tif.png', False)]
    with pytest.raises(ValueError, match='would be drawn as a.tif.png'):
        predict(None, pair, str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_real_photographs(shared, trained, predict_files, tmp_path):
    """Whole pictures and given boxes, of photographs nobody here made."""
    data = shared / 'data/garments_real'
    if not data.is_dir():
        pytest.skip('no photographs of garments beside the project')
    rows = [
        line.split()
        for line in (data / 'Anno/list_bbox.txt').read_text().splitlines()[2:]
    ][:4]
    (tmp_path / 'photos').mkdir()
    images, annotations = [], []
    for i, (name, x1, y1, x2, y2) in enumerate(rows):
        shutil.copy(data / name, tmp_path / 'photos')
        images.append(dict(id=i, file_name=os.path.basename(name)))
        box = [int(x1), int(y1), int(x2) - int(x1), int(y2) - int(y1)]
        annotations.append(dict(image_id=i, bbox=box))
    (tmp_path / 'boxes.json').write_text(
        json.dumps(dict(images=images, annotations=annotations)))
    predict_files('photos', '--out', 'whole')
    predict_files('photos', '--out', 'boxes', '--boxes', 'boxes.json')
    for image, annotation in zip(images, annotations):
        name = image['file_name']
        height, width = cv2.imread(str(tmp_path / 'photos' / name)).shape[:2]
        x, y, w, h = annotation['bbox']
        for out, (bx, by, bw, bh) in (('whole', (0, 0, width, height)),
                                      ('boxes', (x, y, w, h))):
            (garment, ) = load(tmp_path / out, name)
            assert garment['bbox'] == [[bx, by, bx + bw, by + bh]]
            points = np.array(garment['keypoints'])
            # the model's window is the box, made 2:3 and a quarter larger
            side = 1.25 * max(bw, bh * 2 / 3), 1.25 * max(bh, bw * 1.5)
            centre = np.array([bx + bw / 2, by + bh / 2])
            assert (np.abs(points - centre) <= np.array(side) / 2 + 1).all()
            drawn = cv2.imread(str(tmp_path / out / 'visualizations' / name))
            assert max(drawn.shape) == 720
