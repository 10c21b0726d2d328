"""Images that can be read are those of LoadImage, others are named."""
import io

import cv2
import numpy as np
import pytest
from mmpose.datasets import CombinedDataset
from mmpose.datasets.transforms import LoadImage
from PIL import Image
from test_check_trees import data_sets
from toy_data import LAYOUTS

from pcloss_mmpose.datasets import FashionAIDataset, LoadGarmentImage
from pcloss_mmpose.datasets.readers import image_size
from pcloss_mmpose.engine.faults import Fault
from pcloss_mmpose.engine.notes import read_notes

RNG = np.random.default_rng(0)
PICTURE = Image.fromarray(
    cv2.resize(RNG.integers(0, 256, (12, 9, 3), dtype=np.uint8), (60, 80)))


def encode(image, kind, **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


JPEG = encode(PICTURE, 'JPEG')
PNG = encode(PICTURE, 'PNG')
TURNED = Image.Exif()
TURNED[0x0112] = 6
READ = dict(
    jpeg=JPEG,
    progressive=encode(PICTURE, 'JPEG', progressive=True),
    turned=encode(PICTURE, 'JPEG', exif=TURNED),
    gray=encode(PICTURE.convert('L'), 'JPEG'),
    cmyk=encode(PICTURE.convert('CMYK'), 'JPEG'),
    tail=JPEG + b'bytes after the end',
    png=PNG,
    rgba=encode(PICTURE.convert('RGBA'), 'PNG'),
    deep=cv2.imencode('.png', np.asarray(PICTURE).astype(np.uint16) *
                      257)[1].tobytes(),
    webp=encode(PICTURE, 'WEBP'),
    one=encode(PICTURE.resize((1, 1)), 'PNG'))
REFUSED = dict(
    empty=(b'', 'an empty file'),
    text=(b'404 not found', 'not an image'),
    cut_jpeg=(JPEG[:len(JPEG) * 9 // 10], 'a broken one'),
    cut_jpeg_early=(JPEG[:len(JPEG) // 2], 'a broken one'),
    cut_jpeg_header=(JPEG[:100], 'a broken one'),
    cut_jpeg_end=(JPEG[:-2], 'a broken one'),
    cut_png=(PNG[:len(PNG) // 2], 'a broken one'))


@pytest.mark.parametrize('name', READ)
def test_reads_as_the_stock_transform(tmp_path, name):
    file = tmp_path / 'image with blänks.jpg'
    file.write_bytes(READ[name])
    ours, stock = (
        transform.transform(dict(img_path=str(file)))
        for transform in (LoadGarmentImage(), LoadImage()))
    assert ours.keys() == stock.keys()
    np.testing.assert_array_equal(ours['img'], stock['img'])
    assert ours['img'].dtype == np.uint8 and ours['img'].shape[2] == 3
    # what the data sets take for the size, and labels refer to
    height, width = ours['ori_shape']
    assert ours['img_shape'] == (height, width)
    assert image_size(str(file)) == (width, height)


@pytest.mark.parametrize('name', REFUSED)
def test_names_what_it_cannot_read(tmp_path, name, capfd):
    content, reason = REFUSED[name]
    file = tmp_path / 'a.jpg'
    file.write_bytes(content)
    with pytest.raises(Fault, match=f'a.jpg: .*{reason}') as fault:
        LoadGarmentImage().transform(dict(img_path=str(file)))
    assert '\n' not in str(fault.value)


def test_no_file_or_a_folder(tmp_path):
    for path, reason in ((tmp_path / 'a.jpg', 'No such file'),
                         (tmp_path, 'Is a directory')):
        with pytest.raises(Fault, match=reason):
            LoadGarmentImage().transform(dict(img_path=str(path)))


def test_an_array_stays_as_it_is():
    image = np.zeros((3, 4, 3), np.uint8)
    loaded = LoadGarmentImage().transform(dict(img=image))
    assert loaded['img'] is image and loaded['ori_shape'] == (3, 4)


def test_skips_and_notes(tmp_path):
    good, bad = tmp_path / 'good.jpg', tmp_path / 'bad.jpg'
    good.write_bytes(JPEG)
    bad.write_bytes(b'')
    load = LoadGarmentImage(unreadable='skip')
    assert load.transform(dict(img_path=str(bad))) is None
    for notes in ([f'{bad}: an empty file'], None):
        results = load.transform(dict(img_path=str(good), raw_ann_info={}))
        assert results['raw_ann_info'].get('unreadable') == notes


def empty(path):
    path.write_bytes(b'')


def half(path):
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])


def text(path):
    path.write_text('404 not found')


def folder(path):
    path.unlink()
    path.mkdir()


def broken_link(path):
    path.unlink()
    path.symlink_to('nowhere.jpg')


DAMAGES = {
    empty: 'an empty file',
    half: 'not an image that OpenCV reads, or a broken one',
    text: 'not an image that OpenCV reads, or a broken one',
    folder: 'Is a directory',
    broken_link: 'No such file or directory'
}


@pytest.mark.parametrize('damage', DAMAGES)
@pytest.mark.parametrize('layout', LAYOUTS)
def test_no_image_that_is_skipped_ends_a_data_set(make_tree, layout, damage):
    root = make_tree(layout)
    image, *others = sorted(root.rglob('*.jpg'))
    damage(image)
    cls, kwargs = next(iter(data_sets(layout, root)))  # the first: train

    def build(*pipeline, **more):
        return cls(
            data_root=str(root), pipeline=list(pipeline), **kwargs, **more)

    dataset = build(LoadGarmentImage('skip'))
    loaded = [dataset[i] for i in range(len(dataset))]
    assert len(loaded) == len(dataset) > 1
    assert str(image) not in {sample['img_path'] for sample in loaded}
    first, *rest = [s['raw_ann_info'].get('unreadable') for s in loaded]
    assert set(first) == {f'{image}: {DAMAGES[damage]}'} and not any(rest)
    if cls is FashionAIDataset:
        for sample in loaded:
            height, width = sample['img_shape']
            assert sample['bbox'].tolist() == [[0, 0, width - 1, height - 1]]

    # else it is named, by the data set or by the transform
    with pytest.raises((OSError, ValueError, Fault), match=image.name):
        dataset = build(LoadGarmentImage())
        for i in range(len(dataset)):
            dataset[i]
    with pytest.raises(Exception, match=f'{image.name}|Test time pipline'):
        dataset = build(LoadGarmentImage('skip'), test_mode=True)
        for i in range(len(dataset)):
            dataset[i]

    # not one left
    for path in others:
        damage(path)
    if damage in (folder, broken_link):
        with pytest.raises(FileNotFoundError, match='images are not there'):
            build(LoadGarmentImage('skip'))


def test_parts_of_a_combined_data_set(make_csv):
    root = make_csv()
    empty(root / 'Images/blouse/a.jpg')
    part = dict(
        type='FashionAIDataset',
        ann_file='Annotations/train.csv',
        data_root=str(root),
        pipeline=[dict(type='LoadGarmentImage', unreadable='skip')])
    dataset = CombinedDataset(
        FashionAIDataset.METAINFO, [part, part],
        pipeline=[dict(type='LoadImage')])
    assert len(dataset) == 6
    for i in range(6):
        assert not dataset[i]['img_path'].endswith('a.jpg')


@pytest.mark.parametrize('kind', ['JPEG', 'WEBP', 'PNG'])
@pytest.mark.parametrize('transform', [LoadImage, LoadGarmentImage])
@pytest.mark.parametrize('options', [
    dict(),
    dict(color_type='color_ignore_orientation'),
    dict(color_type='unchanged'),
    dict(imdecode_backend='pillow')
])
def test_boxes_of_turned_pictures(make_csv, kind, transform, options):
    """Of FashionAI, where the box is the picture as the pipeline reads it."""
    root = make_csv()
    for path in (root / 'Images/blouse').iterdir():
        PICTURE.resize((100, 40)).save(path, kind, exif=TURNED)
    dataset = FashionAIDataset(
        'Annotations/train.csv',
        data_root=str(root),
        pipeline=[transform(**options)])
    sample = dataset[0]
    height, width = sample['img'].shape[:2]
    assert {height, width} == {40, 100}
    assert sample['bbox'].tolist() == [[0, 0, width - 1, height - 1]]
    assert sample['raw_ann_info']['bbox'] == [0, 0, width - 1, height - 1]


def test_notes_of_an_image_with_several_objects(tmp_path):
    good, bad = tmp_path / 'good.jpg', tmp_path / 'bad.jpg'
    good.write_bytes(JPEG)
    bad.write_bytes(b'')
    load = LoadGarmentImage(unreadable='skip')
    for _ in range(2):
        assert load.transform(dict(img_path=str(bad))) is None
    # nowhere to note it yet
    for annotation in (None, []):
        load.transform(dict(img_path=str(good), raw_ann_info=annotation))
    objects = [dict(id=1), dict(id=2)]
    load.transform(dict(img_path=str(good), raw_ann_info=objects))
    for left in (objects, objects[1:]):  # after a crop
        assert read_notes(left) == [f'{bad}: an empty file'] * 2
    results = load.transform(dict(img_path=str(good), raw_ann_info=[{}]))
    assert read_notes(results['raw_ann_info']) == []


def test_settings():
    with pytest.raises(ValueError, match="'stop' or 'skip', found 'ignore'"):
        LoadGarmentImage(unreadable='ignore')
