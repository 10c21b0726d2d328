"""Exports of annotation tools become data sets that MMPose trains."""
import json
import re
import shlex
import shutil
from pathlib import Path
from string import Template

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from processes import run_python

from pcloss_mmpose.datasets.new_dataset.annotations import Annotations
from pcloss_mmpose.datasets.new_dataset.read import read_export
from pcloss_mmpose.datasets.new_dataset.sides import find_partners, mirrored
from pcloss_mmpose.datasets.new_dataset.write import metainfo_text

ROOT = Path(__file__).resolve().parents[2]
NUMBER = 12
WIDTH, HEIGHT = 80, 100
#: Of a picture's shirt; the right cuff is occluded.
TRUTH = dict(
    left_cuff=(10., 30., 2), right_cuff=(60., 32., 1), hem=(36., 90., 2))
BOX = (8., 20., 56., 72.)
WITHOUT_WORKERS = [
    f'{part}_dataloader.{setting}' for part in ('train', 'val')
    for setting in ('num_workers=0', 'persistent_workers=False')
]

# What each tool writes for one picture, after its documentation.
COCO_IMAGE = '{"id": "%d", "file_name": "%s", "width": 80, "height": 100}'
COCO_OBJECT = '''{"id": %d, "image_id": %d, "category_id": 1,
  "keypoints": [10, 30, 2, 60.0, 32, 1, 36, "90", 2], "num_keypoints": 3,
  "bbox": %s, "iscrowd": 0, "segmentation": null, "area": null}'''
LABEL_STUDIO = '''{"id": %d, "data": {"image": "/data/upload/3/0a1b2c3d-%s"},
 "annotations": [{"id": 7, "was_cancelled": false, "result": [
  {"id": "box", "type": "rectanglelabels", "from_name": "b", "to_name": "i",
   "original_width": 80, "original_height": 100, "image_rotation": 0,
   "value": {"x": 10, "y": 20, "width": 70, "height": 72, "rotation": 0,
             "rectanglelabels": ["shirt"]}},
  {"id": "k1", "type": "keypointlabels", "parentID": "box",
   "original_width": 80, "original_height": 100, "image_rotation": 0,
   "value": {"x": 12.5, "y": 30, "width": 0.6,
             "keypointlabels": ["left_cuff"]}},
  {"id": "k2", "type": "keypointlabels", "parentID": "box",
   "original_width": 80, "original_height": 100, "image_rotation": 0,
   "value": {"x": 75, "y": 32, "width": 0.6,
             "keypointlabels": ["right_cuff"]}},
  {"id": "k2", "type": "choices", "value": {"choices": ["occluded"]}},
  {"id": "k3", "type": "keypointlabels",
   "original_width": 80, "original_height": 100, "image_rotation": 0,
   "value": {"x": 45, "y": 90, "width": 0.6, "keypointlabels": ["hem"]}}
 ]}]}'''
CVAT = '''<image id="%d" name="%s" width="80" height="100">
  <box label="shirt" source="manual" occluded="0" xtl="8.00" ytl="20.00"
   xbr="64.00" ybr="92.00" z_order="0" group_id="1"/>
  <skeleton label="shirt" source="manual" z_order="0" group_id="1">
   <points label="hem" source="manual" outside="0" occluded="0"
    points="36.00,90.00"/>
   <points label="left_cuff" source="manual" outside="0" occluded="0"
    points="10.00,30.00"/>
   <points label="right_cuff" source="manual" outside="0" occluded="1"
    points="60.00,32.00"/>
  </skeleton></image>'''
CVAT_META = '''<meta><task><labels>
 <label><name>shirt</name><type>skeleton</type></label>
 <label><name>left_cuff</name><type>points</type><parent>shirt</parent></label>
 <label><name>right_cuff</name><type>points</type><parent>shirt</parent>
 </label><label><name>hem</name><type>points</type><parent>shirt</parent>
 </label></labels></task></meta>'''
LABELME = '''{"version": "5.4.1", "flags": {}, "shapes": [
 {"label": "shirt", "points": [[64.0, 20.0], [8.0, 92.0]], "group_id": 1,
  "shape_type": "rectangle", "flags": {}},
 {"label": "left_cuff", "points": [[10.0, 30.0]], "group_id": 1,
  "shape_type": "point", "flags": {}},
 {"label": "right_cuff", "points": [[60.0, 32.0]], "group_id": 1,
  "shape_type": "point", "flags": {"occluded": true}},
 {"label": "hem", "points": [[36.0, 90.0]], "group_id": null,
  "shape_type": "point", "flags": {}}],
 "imagePath": "..\\\\photos\\\\%s", "imageData": null,
 "imageHeight": 100, "imageWidth": 80}'''


def coco(names, folder):
    objects = (COCO_OBJECT % (i, i, list(BOX)) for i in range(len(names)))
    images = (COCO_IMAGE % item for item in enumerate(names))
    path = folder / '_annotations.coco.json'
    # with a byte order mark, and a category that is none, as Roboflow's
    path.write_text(
        '{"images": [%s], "annotations": [%s], "categories": ['
        '{"id": 0, "name": "shirts", "supercategory": "none"}, {"id": 1, '
        '"name": "shirt", "keypoints": ["left_cuff", "right_cuff", "hem"], '
        '"skeleton": [[1, 3], [2, 3]]}]}' %
        (','.join(images), ','.join(objects)),
        encoding='utf-8-sig')
    return path


def label_studio(names, folder):
    path = folder / 'project-1.json'
    tasks = (LABEL_STUDIO % item for item in enumerate(names))
    path.write_text(f'[{",".join(tasks)}]')
    return path


def cvat(names, folder):
    path = folder / 'annotations.xml'
    images = ''.join(CVAT % item for item in enumerate(names))
    path.write_text('<?xml version="1.0" encoding="utf-8"?><annotations>'
                    f'<version>1.1</version>{CVAT_META}{images}'
                    '</annotations>')
    return path


def labelme(names, folder):
    path = folder / 'labels'
    path.mkdir()
    for name in names:
        (path / f'{Path(name).stem}.json').write_text(LABELME % name)
    return path


TOOLS = [coco, label_studio, cvat, labelme]


@pytest.fixture
def photos(tmp_path):
    """Names of pictures, of which two each show one garment."""
    folder = tmp_path / 'photos'
    folder.mkdir()
    generator = np.random.default_rng(0)
    names = [f'garment{i // 2}_{i % 2}.jpg' for i in range(NUMBER)]
    for name in names:
        image = generator.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        cv2.imwrite(str(folder / name), image)
    return names


@pytest.fixture
def new_dataset(run_tool, tmp_path):

    def run(export, *options, **kwargs):
        return run_tool('tools/new_dataset.py', export, '--images',
                        tmp_path / 'photos', '--out', tmp_path / 'shirts',
                        *options, **kwargs)

    return run


def edit(path, change):
    content = json.loads(path.read_text(encoding='utf-8-sig'))
    change(content)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize('tool', TOOLS)
def test_what_each_tool_exports(tool, photos, tmp_path, new_dataset):
    export = tool(photos, tmp_path)
    read = read_export(export)
    assert sorted(read.names) == ['hem', 'left_cuff', 'right_cuff']
    instance, = read.pictures[3].instances
    assert instance.category == 'shirt'
    assert instance.points == TRUTH
    assert instance.box == BOX
    output = new_dataset(export)
    assert 'shirt: 12 objects, 3 landmarks: ' in output
    assert 'mirrored: left_cuff - right_cuff' in output
    written = [
        json.loads((tmp_path / f'shirts/annotations/{part}.json').read_text())
        for part in ('train', 'val', 'test')
    ]
    assert [len(content['images']) for content in written] == [10, 1, 1]
    files = [i['file_name'] for content in written for i in content['images']]
    assert sorted(files) == sorted(photos)
    names = written[0]['categories'][0]['keypoints']
    points = np.reshape(written[0]['annotations'][0]['keypoints'], (-1, 3))
    assert {n: tuple(p) for n, p in zip(names, points.tolist())} == TRUTH
    assert written[0]['annotations'][0]['bbox'] == list(BOX)
    info = parse_pose_metainfo(
        dict(from_file=str(tmp_path / 'shirts/metainfo.py')))
    assert info['dataset_name'] == 'shirts'
    assert [info['keypoint_id2name'][i] for i in range(3)] == names
    left = names.index('left_cuff')
    assert names[info['flip_indices'][left]] == 'right_cuff'
    assert len(info['skeleton_links']) == (2 if tool is coco else 1)


def test_it_trains_with_nothing_else(photos, tmp_path, new_dataset, run_tool,
                                     monkeypatch):
    monkeypatch.chdir(tmp_path)
    output = new_dataset(coco(photos, tmp_path))
    commands = [
        line.split()[2] for line in output.splitlines()
        if line.startswith('python tools/train.py')
    ]
    assert len(commands) == 4
    for config in commands:
        cfg = Config.fromfile(config)
        assert cfg.model.head.out_channels == 3
        assert Path(cfg.train_dataloader.dataset.data_root).is_absolute()
        assert cfg.model.head.loss.type == ('PCLoss' if '_pc_' in config else
                                            'KeypointMSELoss')
        assert cfg.param_scheduler[-1].get('end') in (None, 210)
    config = next(c for c in commands if 'res18_pc_' in c)
    run_tool('tools/train.py', config, '--work-dir', tmp_path / 'work',
             '--cfg-options', 'train_cfg.max_epochs=1',
             'train_cfg.val_interval=1', *WITHOUT_WORKERS)
    assert list((tmp_path / 'work').glob('best_NE_epoch_1.pth'))


def test_the_page_as_written(photos, tmp_path, run_tool):
    """docs/guides/own_data.md: every command, but two epochs for 120."""
    page = (ROOT / 'docs/guides/own_data.md').read_text()
    lines = [
        line for block in re.findall('```bash\n(.*?)```', page, flags=re.S)
        for line in block.splitlines()
    ]
    places = dict(
        line.split('=') for line in lines if not line.startswith('python '))
    commands = [
        shlex.split(
            Template(line).substitute(places).replace('epoch_120', 'epoch_2'))
        for line in lines if line.startswith('python ')
    ]
    assert [Path(command[1]).stem for command in commands] == [
        'new_dataset', 'train', 'train', 'compare', 'predict', 'export_onnx',
        'predict'
    ]
    make, *training, compare, predict, export, onnx = (
        command[1:] for command in commands)

    coco(photos, tmp_path).rename(tmp_path / 'shirts.json')
    shutil.copy(tmp_path / 'photos' / photos[0], tmp_path / 'new.jpg')
    output = run_tool(*make, cwd=tmp_path)
    for command in (*training, compare):  # the page says what it prints
        assert f'python {" ".join(command)}\n' in output
    (tmp_path / 'tools').symlink_to(ROOT / 'tools')
    for command in training:  # a process has one visualizer
        run_python(
            *command, '--cfg-options', 'train_cfg.max_epochs=2',
            'train_cfg.val_interval=2', 'default_hooks.checkpoint.interval=2',
            *WITHOUT_WORKERS, cwd=tmp_path)
    table = run_tool(*compare, cwd=tmp_path)
    assert 'left_cuff' in table and places['MODEL'] in table
    assert (tmp_path / 'work_dirs/report.html').exists()
    run_tool(*predict, cwd=tmp_path)
    results = tmp_path / 'work_dirs/predict/predictions/new.jpg.json'
    garment, = json.loads(results.read_text())
    assert len(garment['keypoints']) == 3

    pytest.importorskip('onnxruntime')
    run_tool(*export, cwd=tmp_path)
    if '--onnx' in (ROOT / predict[0]).read_text():
        run_tool(*onnx, cwd=tmp_path)


def test_one_garment_is_in_one_part(photos, tmp_path, new_dataset):
    more = [f'garment{i}_0.jpg' for i in range(6, 14)]
    for name in more:
        (tmp_path / 'photos' / name).write_bytes(
            (tmp_path / 'photos' / photos[0]).read_bytes())
    export = coco(photos + more, tmp_path)
    new_dataset(export, '--group-pattern', r'(garment\d+)_', '--seed', '3')

    def groups(part):
        path = tmp_path / f'shirts/annotations/{part}.json'
        return {
            i['file_name'].split('_')[0]
            for i in json.loads(path.read_text())['images']
        }

    train, val, test = map(groups, ('train', 'val', 'test'))
    assert train and val and test
    assert not train & val and not train & test and not val & test
    assert len(train | val | test) == 14
    first = (tmp_path / 'shirts/annotations/train.json').read_bytes()
    (tmp_path / 'shirts').rename(tmp_path / 'first')
    new_dataset(export, '--group-pattern', r'(garment\d+)_', '--seed', '3')
    again = (tmp_path / 'shirts/annotations/train.json').read_bytes()
    assert again == first


def test_group_column(photos, tmp_path, new_dataset):

    def color(content):
        for i, image in enumerate(content['images']):
            image['sku'] = i // 1

    export = edit(coco(photos, tmp_path), color)
    new_dataset(export, '--group-column', 'sku')
    (tmp_path / 'shirts').rename(tmp_path / 'first')
    output = new_dataset(export, '--group-column', 'color', code=1)
    assert "the export has no 'color' for it, but id, file_name" in output


def test_categories_share_landmarks_of_one_name(photos, tmp_path, new_dataset):

    def trousers(content):
        content['categories'].append(
            dict(id=2, name='trousers', keypoints=['hem', 'waist']))
        content['annotations'][0].update(
            category_id=2, keypoints=[20, 80, 2, 30, 30, 2])

    new_dataset(edit(coco(photos, tmp_path), trousers))
    objects = {}
    for part in ('train', 'val', 'test'):
        path = tmp_path / f'shirts/annotations/{part}.json'
        content = json.loads(path.read_text())
        assert content['categories'][1]['keypoints'] == [
            'left_cuff', 'right_cuff', 'hem', 'waist'
        ]
        files = {i['id']: i['file_name'] for i in content['images']}
        objects.update(
            {files[o['image_id']]: o
             for o in content['annotations']})
    assert objects[photos[0]]['keypoints'] == [
        0, 0, 0, 0, 0, 0, 20, 80, 2, 30, 30, 2
    ]
    assert objects[photos[0]]['category_id'] == 2
    assert objects[photos[1]]['num_keypoints'] == 3


def test_boxes_that_are_absent(photos, tmp_path, new_dataset):

    def change(content):
        content['annotations'][0]['bbox'] = None
        del content['annotations'][1]['bbox']
        content['annotations'][2]['bbox'] = [0, 0, 0, 0]

    output = new_dataset(edit(coco(photos, tmp_path), change))
    assert 'boxes from the landmarks, 10% wider on each side: 3' in output
    boxes = []
    for part in ('train', 'val', 'test'):
        path = tmp_path / f'shirts/annotations/{part}.json'
        boxes += [o['bbox'] for o in json.loads(path.read_text())
                  ['annotations']]  # yapf: disable
    # from 10 to 60 and from 30 to 90, six pixels more
    assert boxes.count([4., 24., 62., 72.]) == 3
    assert boxes.count(list(BOX)) == NUMBER - 3


def one(key, index=0, **values):
    return lambda content: content[key][index].update(values)


@pytest.mark.parametrize('change, message', [
    (one('annotations', keypoints=[1, 2]),
     r"annotations\[0\]: keypoints must be x, y, v of its category's 3 "
     'landmarks, found 2 numbers'),
    (one('annotations', keypoints=[1, 2, 3, 0, 0, 0, 0, 0, 0]),
     r'annotations\[0\]: keypoints, left_cuff: v must be 0, 1 or 2, found 3'),
    (one('annotations', keypoints=['a', 2, 2, 0, 0, 0, 0, 0, 0]),
     "left_cuff: must be a number, found 'a'"),
    (one('annotations', category_id=9),
     r'annotations\[0\]: category_id 9 is not among the categories, which '
     'are 0, 1'),
    (one('annotations', image_id=99),
     r'annotations\[0\]: image_id 99 is not among the images'),
    (one('annotations', category_id=0),
     'has keypoints, but its category names none'),
    (one('annotations', bbox=[1, 2, 3]), 'bbox must be x, y, width, height'),
    (one('annotations', bbox=[20, 20, 56, 72]),
     r'annotations\[0\] \(left_cuff\): a box that does not hold its '
     'landmarks: mend it, or give --grow-boxes'),
    (one('images', 1, id='0'),
     r'images\[1\]: another image has the id 0 too: merge exports'),
    (one('annotations', keypoints=[None, 2, 2, 0, 0, 0, 0, 0, 0]),
     'left_cuff: must be a number, found None'),
    (one('images', file_name='no.jpg'),
     'no.jpg: not below .*photos, or of several folders: give the folder'),
    (one('images', 1, file_name='garment0_0.jpg'),
     'garment0_0.jpg: annotated twice: merge the annotations'),
    (one('images', width=160, height=200),
     'garment0_0.jpg is 80 x 100, annotated at 160 x 200: of another size'),
    (one('categories', 1, keypoints=['cuff', 'right_cuff', 'hem']),
     "'right_cuff' has no partner 'left_cuff': rename one .* or give --pair "
     '"right_cuff:NAME", or --pair "right_cuff:" if it has none'),
    (one('categories', 1, keypoints=['a', 'b', 'hem']),
     'no name tells a side: a, b, hem.*give --pair A:B for each pair, or '
     '--no-mirror'),
    (one('categories', 0, name='hat', keypoints=['brim']),
     "'brim': in no picture: give --drop NAME"),
    (lambda content: content.update(images={}),
     'images must be a list of objects'),
    (lambda content: content.update(annotations=[]),
     'no object has a landmark'),
    (lambda content: content['annotations'].__delitem__(slice(3, None)),
     '3 pictures or groups with an object are too few'),
])  # yapf: disable
def test_wrong_input_is_named_and_nothing_written(change, message, photos,
                                                  tmp_path, new_dataset):
    export = edit(coco(photos, tmp_path), change)
    output = new_dataset(export, code=1)
    assert re.search(message, output), output
    assert 'Traceback' not in output
    assert not (tmp_path / 'shirts').exists()
    assert not list(tmp_path.glob('.part-*'))


def test_fixes_that_are_offered(photos, tmp_path, new_dataset):

    def change(content):
        content['categories'][0].update(name='hat', keypoints=['brim'])
        content['categories'][1]['keypoints'] = ['a', 'b', 'hem']
        content['annotations'][0]['bbox'] = [20, 20, 30, 40]

    export = edit(coco(photos, tmp_path), change)
    output = new_dataset(export, '--drop', 'brim', '--grow-boxes', '--pair',
                         'a:b')
    assert 'mirrored: a - b' in output
    assert 'boxes made to hold their landmarks: 1' in output


def test_without_sides_nothing_is_mirrored(photos, tmp_path, new_dataset):
    change = one('categories', 1, keypoints=['a', 'b', 'c'])
    export = edit(coco(photos, tmp_path), change)
    assert 'mirrored: nothing' in new_dataset(export, '--no-mirror')
    for config in (tmp_path / 'shirts/configs').glob('*.py'):
        cfg = Config.fromfile(config)
        assert not cfg.model.test_cfg.flip_test
        flip, = (t for t in cfg.train_dataloader.dataset.pipeline
                 if t.type == 'RandomFlip')  # yapf: disable
        assert flip.prob == 0


@pytest.mark.parametrize('name', ['half.jpg', 'a.pcx'])
def test_pictures_that_training_would_stop_at(name, photos, tmp_path,
                                              new_dataset):
    from PIL import Image
    path = tmp_path / 'photos' / name
    whole = (tmp_path / 'photos' / photos[0]).read_bytes()
    if name == 'a.pcx':
        Image.new('P', (WIDTH, HEIGHT)).save(path)
    else:
        path.write_bytes(whole[:len(whole) // 2])
    export = edit(coco(photos, tmp_path), one('images', file_name=name))
    output = new_dataset(export, code=1)
    assert re.search(f'{name}: not an image|{name}: OpenCV does not', output)
    assert 'cannot be read: replace it' in output


def test_repeated_objects_and_annotators(photos, tmp_path, new_dataset):
    export = edit(
        coco(photos, tmp_path), lambda content: content['annotations'].append(
            dict(content['annotations'][0], id=99)))
    assert 'objects that repeat another one: 1' in new_dataset(export)
    (tmp_path / 'shirts').rename(tmp_path / 'first')

    def change(tasks):
        tasks[0]['annotations'] *= 2
        tasks[1]['annotations'] = None

    output = new_dataset(edit(label_studio(photos, tmp_path), change))
    assert 'tasks with several annotations, of which the last' in output
    assert 'tasks without an annotation: 1' in output
    (tmp_path / 'shirts').rename(tmp_path / 'second')
    output = new_dataset(export, '--group-pattern', '(', code=1)
    assert "new_dataset.py: --group-pattern '(': no regular expression" in \
        output


@pytest.mark.parametrize('name, content, message', [
    ('a.json', '{', 'a.json: not json'),
    ('a.json', '{"shapes": []}', 'for one picture: give the folder'),
    ('a.json', '[]', "neither COCO's key points .* nor a list of tasks"),
    ('a.json', '[{"image": "a.jpg", "label": []}]',
     "task 0: has no 'annotations': export as JSON, not as JSON-MIN"),
    ('a.xml', '<annotations><track/></annotations>',
     'must hold <annotations> with <image>: export as "CVAT for images 1.1"'),
    ('a.xml', '<annotations>', 'a.xml: not XML'),
    ('no.json', None, 'no.json: no such file or folder'),
])
def test_files_that_are_no_export(name, content, message, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        read_export(path)


@pytest.mark.parametrize('old, new, message', [
    ('"group_id": null', '"group_id": 2', None),
    ('"shape_type": "rectangle"', '"shape_type": "polygon"',
     r'shapes\[0\]: shape_type must be point or rectangle'),
    ('"left_cuff"', '"right_cuff"', "has the landmark 'right_cuff' twice"),
])
def test_shapes_of_labelme(old, new, message, photos, tmp_path):
    folder = labelme(photos, tmp_path)
    path = folder / 'garment0_0.json'
    path.write_text(path.read_text().replace(old, new))
    if message is None:  # a landmark by itself is an object without a box
        first = read_export(folder).pictures[0].instances
        assert [i.category for i in first] == ['shirt', 'object']
        return
    with pytest.raises(ValueError, match=f'garment0_0.json: .*{message}'):
        read_export(folder)


def test_a_landmark_in_two_boxes_needs_a_group(photos, tmp_path):
    folder = labelme(photos, tmp_path)
    path = folder / 'garment0_0.json'

    def second(content):
        content['shapes'].append(dict(content['shapes'][0], group_id=2))

    edit(path, second)
    with pytest.raises(
            ValueError, match="landmark 'hem' lies in 2 boxes and has no "):
        read_export(folder)


@pytest.mark.parametrize('name, other', [
    ('left_cuff', 'right_cuff'),
    ('cuffLeft', 'cuffRight'),
    ('L-hem', 'R-hem'),
    ('RIGHT HEM', 'LEFT HEM'),
    ('hemL', 'hemR'),
    ('collar', 'collar'),
    ('leftover', 'leftover'),
])
def test_mirrored_names(name, other):
    assert mirrored(name) == other
    assert mirrored(other) == name


def test_given_pairs():
    names = ['a', 'b', 'left_hem']
    partners, wrong = find_partners(names, [('a', 'b'), ('left_hem', '')])
    assert (partners, wrong) == ({'a': 'b', 'b': 'a'}, [])
    _, wrong = find_partners(names, [('a', 'c')])
    assert "--pair a:c: there is no landmark 'c', but a, b, left_hem" in wrong
    _, wrong = find_partners(names, [('a', 'b'), ('b', 'left_hem')])
    assert wrong[0] == ('--pair b:left_hem: a landmark has one partner, '
                        'another than itself')


@pytest.mark.parametrize('names, sides', [
    (['r_x', 'l_x', 'mid'], 'right left none'),
    (['cuffR', 'cuffL'], 'right left'),
    (['bright_right', 'bright_left'], 'right left'),
    (['upright', 'down'], 'left right'),  # no words: by their order
    (['a', 'left_hem'], 'right left'),
])
def test_colours_follow_the_sides(names, sides):
    green, orange, blue = [0, 255, 0], [255, 128, 0], [51, 153, 255]
    colours = dict(left=green, right=orange, none=blue)
    partners = dict([names[:2], names[1::-1]])
    annotations = Annotations(dict(coat=names), [], [], [])
    found = {}
    exec(metainfo_text('toy', annotations, partners), found)
    info = found['dataset_info']['keypoint_info'].values()
    assert [p['color'] for p in info] == [colours[s] for s in sides.split()]


def test_real_exports(shared, tmp_path, run_tool):
    for name in ('train', 'test'):
        data = shared / 'data/bodies_real'
        output = run_tool('tools/new_dataset.py',
                          data / f'annotations/bodies_{name}.json', '--images',
                          data / 'img', '--out', tmp_path / name)
        assert '14 landmarks' in output
        written = [
            json.loads((tmp_path / name /
                        f'annotations/{part}.json').read_text())['annotations']
            for part in ('train', 'val', 'test')
        ]
        expected = json.loads(
            (data /
             f'annotations/bodies_{name}.json').read_text())['annotations']
        assert sum(map(len, written)) == len(expected)
    data = shared / 'data/mmpose_samples/coco'
    output = run_tool(
        'tools/new_dataset.py',
        data / 'test_coco.json',
        '--images',
        data,
        '--out',
        tmp_path / 'coco',
        code=1)
    assert 'a box that does not hold its landmarks' in output
