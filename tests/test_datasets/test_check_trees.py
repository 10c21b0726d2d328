"""What the check of a tree calls an error is what the data sets refuse."""
import json
import random
import re

import cv2
import pytest
from PIL import Image
from toy_data import ALL_LAYOUTS, HEIGHT, ROWS, WIDTH, write_image

from pcloss_mmpose.datasets import (DeepFashion2AnnosDataset,
                                    DeepFashionCDataset, FashionAIDataset,
                                    FLDDataset)
from pcloss_mmpose.datasets.readers import landmark_table
from pcloss_mmpose.datasets.readers.deepfashion2_annos import CATEGORIES
from pcloss_mmpose.datasets.readers.fashionai_csv import HEADER
from pcloss_mmpose.datasets.tree_check import check_tree, images

LANDMARK_TXT = 'Anno/list_landmarks.txt'
BBOX_TXT = 'Anno/list_bbox.txt'
PARTITION_TXT = 'Eval/list_eval_partition.txt'
MISSING = 'images that are not there'
BROKEN = 'broken images'


def data_sets(layout, root):
    """The data sets that read a tree, one a split, and their arguments."""
    if layout == 'fashionai':
        for split in ('train', 'val'):
            yield FashionAIDataset, dict(ann_file=f'Annotations/{split}.csv')
    elif layout == 'deepfashion2':
        for split in ('train', 'validation'):
            yield DeepFashion2AnnosDataset, dict(
                ann_file=f'{split}/annos',
                data_prefix=dict(img=f'{split}/image'),
                cache=False)
    elif layout == 'fld_json':
        for split in ('train', 'val', 'test'):
            yield FLDDataset, dict(
                ann_file=f'annotations/fld_upper_{split}.json',
                data_prefix=dict(img='img/'))
    else:
        cls = dict(fld=FLDDataset, deepfashion_c=DeepFashionCDataset)[layout]
        for split in ('train', 'val', 'test'):
            yield cls, dict(split=split)


def refusals(layout, root):
    """Why data sets can't be built, or samples not be loaded."""
    for cls, kwargs in data_sets(layout, root):
        try:
            dataset = cls(
                data_root=str(root),
                pipeline=[dict(type='LoadImage')],
                serialize_data=False,  # which collects garbage, slowly
                **kwargs)
            for i in range(len(dataset)):
                dataset[i]
        except Exception as e:
            yield repr(e)


def check(layout, root):
    """The report, after a comparison with what the data sets do."""
    report = check_tree(layout, str(root))
    refused = list(refusals(layout, root))
    assert bool(refused) == bool(report.errors), f'{refused}\n{report}'
    return report


def the_only(findings):
    """Kind, count and first example."""
    kind, = findings.counts
    return kind, findings.counts[kind], findings.messages[kind][0]


@pytest.mark.parametrize('layout', ALL_LAYOUTS)
def test_good_tree(make_tree, layout):
    report = check(layout, make_tree(layout))
    assert not report.errors
    assert set(report.remarks.counts) == {
        'fashionai': set(),
        'fld_json': set(),
        'deepfashion2': set(),
    }.get(layout, {'splits that are not as large as the official ones'})


def test_table(make_fld):
    assert str(check('fld', make_fld())).splitlines()[:5] == [
        '       train  val  test  visible  occluded  absent',
        'upper      1    0     1        9         2       1',
        'lower      1    0     0        3         1       0',
        'full       0    1     0        6         1       1',
        'all        2    1     1       18         4       2',
    ]


@pytest.mark.parametrize('file, old, new, kind, example', [
    (LANDMARK_TXT, '4\n', '5\n', 'headers', 'txt:1: the row count is 5, but'),
    (LANDMARK_TXT, '4\n', 'four\n', 'headers', "txt:1: .* found 'four'"),
    (LANDMARK_TXT, 'image_name', 'name', 'headers', 'txt:2: the first col'),
    (LANDMARK_TXT, 'clothes_t', 't', 'headers', 'txt:2: the columns must'),
    (LANDMARK_TXT, '040 030', '040', 'rows that', 'txt:3: 20 tokens'),
    (LANDMARK_TXT, '040 030', '040 nan', 'rows that', "txt:3: 'nan' in col"),
    (LANDMARK_TXT, '1 1 0 040', '4 1 0 040', 'rows that', "txt:3: .*'4'"),
    (LANDMARK_TXT, '\nimg/b', '\n\nimg/b', 'rows that', 'txt:4: blank line'),
    (LANDMARK_TXT, '0 040 030', '3 040 030', 'unknown', 'txt:3: landmark 1'),
    (BBOX_TXT, '090 150', '090', 'rows that', 'bbox.txt:4: 4 tokens'),
    (BBOX_TXT, '090 150', '090 x', 'rows that', "bbox.txt:4: 'x' in column"),
    (BBOX_TXT, '090 150', '010 150', 'empty boxes', 'txt:4: the box 030 015'),
    (PARTITION_TXT, 'd.jpg test', 'd.jpg', 'rows that', 'ion.txt:6: 1 tok'),
    (PARTITION_TXT, 'd.jpg test', 'd.jpg dev', 'rows that', "found 'dev'"),
])
def test_one_mistake_is_one_error(make_fld, edit, file, old, new, kind,
                                  example):
    root = make_fld()
    edit(root / file, old, new)
    found, count, text = the_only(check('fld', root).errors)
    assert found.startswith(kind) and count == 1
    assert re.search(example, text), text


def test_all_mistakes_of_all_files_are_found(make_fld, edit):
    root = make_fld()
    edit(root / LANDMARK_TXT, '0 040 030', '3 040 030')
    edit(root / LANDMARK_TXT, '080 021', '080 y')
    edit(root / LANDMARK_TXT, '0 045 010', '7 045 010')
    edit(root / BBOX_TXT, 'img/a', 'img/z')
    edit(root / BBOX_TXT, '090 150', '090 0')
    edit(root / PARTITION_TXT, ' val', ' dev')
    (root / 'img/a.jpg').unlink()
    (root / 'img/b.jpg').write_text('nothing')
    report = check('fld', root)
    assert report.errors.counts == {
        'unknown visibility codes': 2,
        'rows that break the format': 2,
        'images in one list only': 2,  # a.jpg has no box, a box no image
        'empty boxes': 1,
        MISSING: 1,
        BROKEN: 1
    }
    text, = report.errors.messages[BROKEN]
    assert 'list_landmarks.txt:4: ' in text and 'b.jpg: not an image' in text
    # rows that could not be read do not count
    assert re.search(r'all +0 +1 +5 +1 +0\n', str(report))


def test_a_tree_of_the_other_layout(make_fld):
    root = make_fld()
    kinds = check('deepfashion_c', root).errors.counts
    assert kinds == {'headers and row counts': 1}


def test_an_image_in_two_rows(make_fld, edit):
    root = make_fld()
    edit(root / LANDMARK_TXT, 'img/b', 'img/a')
    errors = check('fld', root).errors
    text, = errors.messages['images listed twice']
    assert 'list_landmarks.txt:4: img/a.jpg is already in line 3' in text
    assert errors.counts['images in one list only'] == 2


@pytest.mark.parametrize('layout, file', [
    ('fld', LANDMARK_TXT),
    ('fld', BBOX_TXT),
    ('deepfashion_c', PARTITION_TXT),
    ('fashionai', 'Annotations/train.csv'),
    ('fashionai', 'Annotations/val.csv'),
    ('fld_json', 'annotations/fld_upper_train.json'),
    ('fld_json', 'annotations/fld_upper_test.json'),
])
def test_absent_file(make_tree, layout, file):
    root = make_tree(layout)
    (root / file).unlink()
    kind, count, text = the_only(check(layout, root).errors)
    assert kind == 'files missing or unreadable' and count == 1
    assert f'{root / file}: no such file' in text


@pytest.mark.parametrize('layout', ALL_LAYOUTS)
def test_nothing_there(tmp_path, layout):
    for root in (tmp_path, tmp_path / 'nowhere'):
        report = check(layout, root)
        assert set(report.errors.counts) == {'files missing or unreadable'}
        assert report.tree is None


def test_lists_without_rows(make_fld):
    root = make_fld(rows=[])
    assert set(check('fld', root).errors.counts) == {
        'files without readable annotations', 'splits without an image'
    }


def test_split_without_an_image(make_fld, edit):
    root = make_fld()
    edit(root / PARTITION_TXT, ' val', ' test')
    assert the_only(check('fld', root).errors) == ('splits without an image',
                                                   1, 'val')


def test_not_utf8(make_fld):
    root = make_fld()
    path = root / BBOX_TXT
    path.write_bytes(path.read_bytes().replace(b'img/b', b'img/\xe9'))
    assert 'byte 0xe9' in the_only(check('fld', root).errors)[2]


@pytest.mark.parametrize('layout', ALL_LAYOUTS)
@pytest.mark.parametrize(
    'damage', [
        lambda data: b'', lambda data: b'<html>', lambda data: data[:100],
        lambda data: data[:len(data) // 2],
        lambda data: data.replace(b'\xff\xdb', b'\xff\xfe')
    ],
    ids=('empty', 'text', 'header', 'half', 'tables'))
def test_broken_image(make_tree, layout, damage):
    root = make_tree(layout)
    image = sorted(root.rglob('*.jpg'))[-1]
    image.write_bytes(damage(image.read_bytes()))
    kind, count, text = the_only(check(layout, root).errors)
    assert (kind, count) == (BROKEN, 1)
    assert str(image) in text and ':' in text.split(str(image))[0]


@pytest.mark.parametrize('kind', ['JPEG', 'WEBP', 'PNG'])
@pytest.mark.parametrize('layout', ALL_LAYOUTS)
def test_turned_image(make_tree, layout, kind):
    """Landmarks of the pixels that a training sees are not outside."""
    root = make_tree(layout)
    image = sorted(root.rglob('*.jpg'))[-1]
    exif = Image.Exif()
    exif[0x0112] = 6
    for size in ((WIDTH, HEIGHT), (HEIGHT, WIDTH)):
        Image.new('RGB', size).save(image, kind, exif=exif)
        if cv2.imread(str(image)).shape == (HEIGHT, WIDTH, 3):
            break
    report = check(layout, root)
    assert not report.errors
    assert not {k for k in report.remarks.counts if 'outside' in k}
    assert not {k for k in report.remarks.counts if 'another size' in k}


@pytest.mark.parametrize('layout', ALL_LAYOUTS)
def test_format_that_opencv_does_not_read(make_tree, layout):
    root = make_tree(layout)
    image = sorted(root.rglob('*.jpg'))[-1]
    Image.new('RGB', (WIDTH, HEIGHT)).save(image, format='PCX')
    text = the_only(check(layout, root).errors)[2]
    assert 'OpenCV does not read PCX' in text
    Image.new('RGB', (WIDTH, HEIGHT)).save(image, format='PNG')
    assert not check(layout, root).errors


def test_remarks_are_no_errors(make_fld, edit):
    root = make_fld()
    edit(root / LANDMARK_TXT, '040 030', '122 030')
    edit(root / LANDMARK_TXT, '040 020', '-05 020')
    edit(root / BBOX_TXT, '010 020 110 140', '010 020 110 999')
    write_image(root / 'img/e.jpg')
    for i, (v, x, y) in enumerate(ROWS[1][4]):  # nothing left of b.jpg
        x = -5 if i == 0 else x
        edit(root / LANDMARK_TXT, f'{v} {x:03d} {y:03d} ', '2 000 000 ')
    remarks = check('fld', root).remarks
    assert remarks.counts == {
        'landmarks more than a pixel outside their image': 1,
        'boxes more than a pixel outside their image': 1,
        'garments without a labelled landmark, left out': 1,
        'images that no annotation names': 1,
        'splits that are not as large as the official ones': 3,
    }
    outside, = remarks.messages[
        'landmarks more than a pixel outside their image']
    assert outside.endswith('list_landmarks.txt:3: left collar at (122, 30) '
                            'in an image of 120 x 160')


def test_outside_is_named_by_landmark_and_line_of_the_box(make_fld, edit):
    root = make_fld()
    edit(root / LANDMARK_TXT, '0 085 141', '0 125 141')  # the 4th of b
    file = root / BBOX_TXT  # another order, and the box of b outside
    lines = file.read_text().splitlines()
    lines[2:] = [lines[4], lines[2], lines[5], lines[3]]
    file.write_text('\n'.join(lines))
    edit(file, '030 015 090 150', '030 015 090 170')
    messages = check('fld', root).remarks.messages
    assert messages['landmarks more than a pixel outside their image'] == [
        f'{root / LANDMARK_TXT}:4: right hem at (125, 141) in an image of '
        '120 x 160'
    ]
    assert messages['boxes more than a pixel outside their image'] == [
        f'{file}:6: the box 30 15 90 170 in an image of 120 x 160'
    ]


def test_images_in_one_list_only_are_all_named(make_fld, edit):
    root = make_fld()
    edit(root / BBOX_TXT, 'img/b', 'img/y')
    edit(root / BBOX_TXT, 'img/c', 'img/z')
    landmarks, boxes = root / LANDMARK_TXT, root / BBOX_TXT
    assert check('fld', root).errors.messages == {
        'images in one list only': [
            f'{landmarks}:4: img/b.jpg is not in {boxes}',
            f'{landmarks}:5: img/c.jpg is not in {boxes}',
            f'{boxes}:4: img/y.jpg is not in {landmarks}',
            f'{boxes}:5: img/z.jpg is not in {landmarks}',
        ]
    }


@pytest.mark.parametrize('layout, file, old, new', [
    ('fashionai', 'Annotations/train.csv', 'center_front', 'belly'),
    ('fld_json', 'annotations/fld_upper_val.json', '{', '['),
    ('fld_json', 'annotations/fld_upper_train.json', '"bbox"', '"box"'),
])
def test_unread_annotations_are_no_unnamed_images(make_tree, edit, layout,
                                                  file, old, new):
    root = make_tree(layout)
    edit(root / file, old, new)
    report = check(layout, root)
    assert the_only(report.errors)[1] == 1
    assert not report.remarks


def test_split_without_landmarks(make_fld, edit):
    root = make_fld()
    for v, x, y in ROWS[3][4]:
        edit(root / LANDMARK_TXT, f'{v} {x:03d} {y:03d} ', '2 000 000 ')
    kind, _, text = the_only(check('fld', root).errors)
    assert kind == 'splits without a labelled landmark'
    assert text.endswith('txt:6: test')


@pytest.mark.parametrize('old, new, kind, example', [
    ('center_front', 'belly', 'files mis', "csv:1: column 5 .* found 'belly'"),
    (',bottom_right_out', '', 'files mis', 'csv:1: 25 columns'),
    (',-1_-1_-1', '', 'rows that', 'csv:2: 25 columns'),
    ('jpg,blouse', 'jpg,sock', 'rows that', "csv:2: .* found 'sock'"),
    ('10_20_1', '10_20_2', 'rows that', "csv:2: armpit_left is '10_20_2'"),
    ('\nImages/blouse/b', '\n\nImages/blouse/b', 'rows that', 'csv:3: blank'),
    ('blouse/a', 'blouse/z', MISSING, 'csv:2: .*/Images/blouse/z.jpg'),
])
def test_fashionai_errors(make_csv, edit, old, new, kind, example):
    root = make_csv()
    edit(root / 'Annotations/train.csv', old, new)
    errors = check('fashionai', root).errors
    found, count, text = the_only(errors)
    assert found.startswith(kind) and count == 1
    assert re.search(example, text), text


def test_fashionai_csv_without_rows(make_csv):
    root = make_csv()
    (root / 'Annotations/val.csv').write_text(','.join(HEADER) + '\n')
    kind, _, text = the_only(check('fashionai', root).errors)
    assert kind == 'files without readable annotations' and text.endswith(
        'val.csv')


def test_fashionai_remarks(make_csv, edit):
    root = make_csv()
    train, val = (root / f'Annotations/{s}.csv' for s in ('train', 'val'))
    text = train.read_text()
    train.write_text(text + text.splitlines()[1] + '\n')  # a twice
    edit(val, 'blouse/d', 'blouse/b')  # b in both
    edit(train, '10_20_1', '-1_-1_-1')  # no reference
    edit(train, ',-1_-1_-1\n', ',9_9_1\n')  # not of a blouse
    remarks = check('fashionai', root).remarks
    texts = {kind[:12]: remarks.messages[kind][0] for kind in remarks.counts}
    assert texts.pop('image ids in').endswith(
        f'train.csv:5: Images/blouse/a.jpg is in {train}:2')
    assert texts.pop('images in tw').endswith(
        f'val.csv:2: Images/blouse/b.jpg is in {train}:3')
    assert texts.pop('rows without').endswith(
        'train.csv:2: armpit_left and armpit_right are not both annotated')
    assert texts.pop('landmarks th').endswith(
        'train.csv:2: blouse with bottom_right_out')
    assert texts.pop('images that ').endswith('d.jpg')
    assert not texts


def test_reference_landmarks_in_one_place_stop_the_metric(make_csv, edit):
    root = make_csv()
    edit(root / 'Annotations/val.csv', '50_21_0', '10_20_0')
    kind, count, text = the_only(check_tree('fashionai', str(root)).errors)
    assert kind.endswith('which stops NormalizedError') and count == 1
    assert 'val.csv:2: armpit_left and armpit_right are at the same' in text


@pytest.mark.parametrize('old, new, kind, example', [
    ('"bbox"', '"box"', 'rows that', 'annotation 0: the key bbox is missing'),
    ('"id": 0, "image', '"id": "x", "image', 'rows that', "found 'x'"),
    ('"image_id": 0', '"image_id": 7', 'rows that', 'no image has the id 7'),
    ('[10, 20, 100', '[10, 20, 0', 'empty boxes', 'annotation 0: the box'),
    ('[10, 20, 100', '[10, 20', 'rows that', r'bbox \(4\) .* numbers'),
    ('[40, 30, 2', '[40, 30, 3', 'unknown vis', 'annotation 0: x, y, v = '),
    ('[40, 30, 2', '[40, null, 2', 'rows that', 'must be numbers'),
    ('[40, 30, 2', '[40, "a", 2', 'rows that', 'must be numbers'),
    ('[40, 30, 2, ', '[', 'rows that', '15 numbers in keypoints'),
    ('"0.jpg"', '5', 'rows that', 'file_name must be a text'),
    ('"0.jpg"', '"z.jpg"', MISSING, 'annotation 0: .*/img/z.jpg'),
    ('"images": [{', '"images": [1, {', 'files missing', 'images and annot'),
    ('}', ']', 'files missing', 'not a json file'),
])
def test_json_errors(make_json, edit, old, new, kind, example):
    root = make_json()
    edit(root / 'annotations/fld_upper_train.json', old, new)
    found, count, text = the_only(check('fld_json', root).errors)
    assert found.startswith(kind) and count == 1
    assert re.search(example, text), text


def test_json_ids_types_and_sizes(make_json, edit):
    root = make_json()
    file = root / 'annotations/fld_upper_train.json'
    coco = json.loads(file.read_text())
    coco['annotations'] *= 2
    coco['images'][0]['width'] = 60
    file.write_text(json.dumps(coco))
    report = check('fld_json', root)
    assert the_only(report.errors)[:2] == ('annotation ids used twice', 2)
    assert report.remarks.counts[
        'images of another size than the annotations say'] == 2
    file.rename(root / 'annotations/fld_full_train.json')
    errors = check_tree('fld_json', str(root)).errors
    assert errors.counts['garments of another type than the file names'] == 4


@pytest.mark.parametrize('layout', ALL_LAYOUTS)
def test_a_character_changed_at_random(make_tree, layout):
    """Both refuse, or both accept."""
    root = make_tree(layout)
    files = sorted(
        f for f in root.rglob('*') if f.suffix in ('.txt', '.csv', '.json'))
    chance = random.Random(0)
    verdicts = []
    for _ in range(50):
        file = chance.choice(files)
        text = file.read_text()
        i = chance.randrange(len(text))
        new = chance.choice('0123456789 \n,._-x"[')
        file.write_text(text[:i] + new + text[i + 1:])
        verdicts.append(bool(check(layout, root).errors))
        file.write_text(text)
    assert 5 < sum(verdicts) < 50


def change(root, number=2, **values):
    """Change the first item of an image of DeepFashion2."""
    file = root / f'train/annos/{number:06d}.json'
    content = json.loads(file.read_text())
    content['item1'].update(values)
    file.write_text(json.dumps(content))


def test_deepfashion2_table(make_annos, monkeypatch):
    """Whatever number of rows is looked at together."""
    root = make_annos()
    whole = str(check('deepfashion2', root))
    header, *rows, total = [
        re.split('  +', line) for line in whole.splitlines()
    ]
    assert header == ['', 'train', 'validation', 'visible', 'occluded',
                      'absent']
    assert [row[0] for row in rows] == list(CATEGORIES)
    assert total[:3] == ['all', '6', '6']
    items = [
        item for file in root.glob('*/annos/*.json')
        for item in json.loads(file.read_text()).values()
        if isinstance(item, dict)
    ]
    codes = [v for item in items for v in item['landmarks'][2::3]]
    assert total[3:] == [str(codes.count(v)) for v in (2, 1, 0)]
    monkeypatch.setattr(landmark_table, '_BLOCK', 5)
    assert str(check('deepfashion2', root)) == whole


def test_deepfashion2_all_mistakes_are_found(make_annos):
    root = make_annos()
    change(root, 1, scale=4)
    change(root, 2, bounding_box=[5, 5, 5, 9])
    change(root, 3, landmarks=[1, 2, 2])
    (root / 'train/image/000002.jpg').write_text('nothing')
    annos = root / 'validation/annos'
    text = (annos / '000001.json').read_text()
    (annos / '000001.json').write_text(text[:-9])
    (annos / '000003.json').unlink()
    (root / 'validation/image/000002.jpg').unlink()
    report = check('deepfashion2', root)
    found = report.errors.messages
    assert report.errors.counts == {
        'rows that break the format': 3,
        'empty boxes': 1,
        'files missing or unreadable': 1,
        MISSING: 1,  # though it has three items
        BROKEN: 1,
    }
    train = root / 'train/annos'
    one, two, three = found['rows that break the format']
    assert one.startswith(f'{train}/000001.json: item1: scale must be')
    assert two.startswith(f'{train}/000003.json: item1: landmarks of a ')
    assert three.startswith(f'{annos}/000001.json: not a json file: ')
    assert found['empty boxes'][0].startswith(f'{train}/000002.json: item1: ')
    assert found['files missing or unreadable'] == [
        f'{annos}/000003.json: no such file, but {root}/validation/image/'
        '000003.jpg'
    ]
    assert found[MISSING] == [
        f'{annos}/000002.json: item1: {root}/validation/image/000002.jpg'
    ]
    assert found[BROKEN][0].startswith(f'{train}/000002.json: item2: ')
    assert not report.remarks


def test_deepfashion2_remarks(make_annos):
    root = make_annos()
    file = root / 'train/annos/000002.json'
    landmarks = json.loads(file.read_text())['item1']['landmarks']
    change(root, 1, landmarks=[0] * 75)
    change(root, 2, landmarks=[999, 5, 2] + landmarks[3:])
    report = check('deepfashion2', root)
    assert not report.errors
    assert report.remarks.messages == {
        'garments without a labelled landmark, left out':
        [f'{root}/train/annos/000001.json: item1'],
        'landmarks more than a pixel outside their image': [
            f'{file}: item1: long sleeve top 1 at (999, 5) in an image of '
            '96 x 128'
        ]
    }


@pytest.mark.parametrize('name', ['annos/cover.json', 'image/cover.jpg'])
def test_deepfashion2_names(make_annos, name):
    root = make_annos()
    (root / 'train' / name).touch()
    _, count, text = the_only(check('deepfashion2', root).errors)
    assert count == 1
    assert text.startswith(f'{root}/train/{name}: the name must be the number')


def test_deepfashion2_folders(make_annos):
    root = make_annos()
    (root / 'validation').rename(root / 'elsewhere')
    errors = check('deepfashion2', root).errors
    assert errors.messages == {
        'files missing or unreadable':
        [f'{root}/validation/annos/: no such folder']
    }
    (root / 'elsewhere').rename(root / 'validation')
    inner = root / 'DeepFashion2'
    inner.mkdir()
    for name in ('train', 'validation'):
        (root / name).rename(inner / name)
    for folder in (root, inner / 'train'):
        assert check('deepfashion2', folder).errors.hints == {
            'files missing or unreadable':
            f'{inner}/train/annos is there: check {inner} instead'
        }
    root = inner
    for file in (root / 'train/annos').iterdir():
        file.unlink()
    text = the_only(check('deepfashion2', root).errors)[2]
    assert text.startswith(f'{root}/train/annos: has no annotations')


def test_an_image_is_decoded_once(make_annos, monkeypatch):
    root, decoded, done = make_annos(), [], []
    size = images._size
    monkeypatch.setattr(images, '_size',
                        lambda path: decoded.append(path) or size(path))
    check_tree('deepfashion2', str(root), done.append, done.append)
    assert sorted(decoded) == sorted(map(str, root.rglob('*.jpg')))
    assert done[0] == sum(done[1:]) == 12


def test_real_files(shared, tmp_path):
    data = shared / 'data'
    report = check('fld', data / 'garments_real')
    assert not report.errors
    assert re.search(r'all +77 +17 +23 +648 +0 +0\n', str(report))

    (tmp_path / 'Annotations').mkdir()
    (tmp_path / 'Annotations/val.csv').write_bytes(
        (data / 'fashionai_real/val_6415.csv').read_bytes())
    report = check_tree('fashionai', str(tmp_path))
    assert report.errors.counts == {
        MISSING: 6412,  # of 6415 rows, each once
        'files missing or unreadable': 1  # train.csv
    }
    assert report.remarks.counts == {
        'image ids in two rows of a csv, of which the first counts':
        3,
        'rows without their two reference landmarks, which NormalizedError '
        'leaves out':
        40
    }

    samples = data / 'mmpose_samples/fld'
    (tmp_path / 'annotations').mkdir()
    for split in ('train', 'val', 'test'):
        (tmp_path / f'annotations/fld_full_{split}.json').write_bytes(
            (samples / 'test_fld.json').read_bytes())
    (tmp_path / 'img').symlink_to(samples)
    report = check_tree('fld_json', str(tmp_path))
    assert not report.errors
    assert report.remarks.counts == {'images in two splits': 4}
