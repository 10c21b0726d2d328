"""Names of images: which stay in the data set, which files they find."""
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from test_check_trees import check, data_sets
from toy_data import LAYOUTS, write_image

from pcloss_mmpose.datasets.readers import find_missing, find_similar
from pcloss_mmpose.datasets.readers.image_names import find_bad_names
from pcloss_mmpose.datasets.tree_check import check_tree

TOOL = Path(__file__).parents[2] / 'tools/check_dataset.py'
LISTS = ('fld', 'deepfashion_c')
# The name of an image of the training set, and the folder names are below.
NAMES = dict(
    fld='img/b.jpg',
    deepfashion_c='img/b.jpg',
    fashionai='Images/blouse/b.jpg',
    fld_json='1.jpg')
UNUSABLE = 'image names that can not be used'
MISSING = 'images that are not there'


def rename(root, layout, new):
    """Give an image another name in each annotation file."""
    old = NAMES[layout]
    for file in [
            *root.glob('A*/*'), *root.glob('Eval/*'),
            *root.glob('annotations/*')
    ]:
        text = file.read_text(encoding='utf-8')
        if layout == 'fld_json':
            old_, new_ = json.dumps(old), json.dumps(new)
            text = text.replace(old_, new_)
        else:
            text = text.replace(old, new)
        file.write_text(text, encoding='utf-8')


def image(root, layout, name):
    return root / ('img' if layout == 'fld_json' else '') / name


def load(layout, root):
    """The names of images in the training set."""
    cls, kwargs = next(data_sets(layout, root))
    dataset = cls(
        data_root=str(root), pipeline=[dict(type='LoadImage')], **kwargs)
    for i in range(len(dataset)):
        assert dataset[i]['img'].shape == (160, 120, 3)
    return [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('name, message', [
    ('../b.jpg', "has a '..', it must stay below"),
    ('img/../../b.jpg', "has a '..', it must stay below"),
    ('img/../img/b.jpg', "has a '..', it must stay below"),
    ('{root}/img/b.jpg', 'is an absolute path'),
    ('C:/img/b.jpg', 'is an absolute path'),
    ('c:\\b.jpg', 'is an absolute path'),
    ('img\\b.jpg', 'has a backslash, folders are separated by /'),
    ('https://host/b.jpg', 'is a URL'),
    ('img/b\x00.jpg', 'has a control character'),
    ('img/\x1b[2Jb.jpg', 'has a control character'),
    ('img/' + 'n' * 256, 'is longer than file systems take'),
    ('d/' * 2100 + 'b.jpg', 'is longer than file systems take'),
])
def test_refused_with_file_and_line(make_tree, layout, name, message):
    root = make_tree(layout)
    rename(root, layout, name.format(root=root))
    place = dict(
        fashionai='train.csv:3',
        fld_json='train.json: annotation 1').get(layout,
                                                 'list_landmarks.txt:4')
    with pytest.raises(ValueError) as e:
        load(layout, root)
    text = str(e.value)
    assert f'{place}: the image name ' in text and message in text
    assert text.isprintable() and len(text) < 400
    errors = check(layout, root).errors
    assert text in errors.messages[UNUSABLE]


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('name', [
    '\u5f35/\xe9t\xe9 \U0001f455.jpg', 'b..jpg', '.../b.jpg', './b.jpg',
    'e\u0301.jpg', 'B.JPG', '\xa0b.jpg', 'n' * 251 + '.jpg', '~b,$%20.jpg'
])
def test_names_that_are_read(make_tree, layout, name):
    root = make_tree(layout)
    if layout in LISTS:
        name = name.replace(' ', '_')
    if layout == 'fashionai':
        name = name.replace(',', '_')
    folder = '' if layout == 'fld_json' else 'img/'
    rename(root, layout, folder + name)
    write_image(image(root, layout, folder + name))
    assert str(image(root, layout, folder)) in load(layout, root)[1]
    assert os.path.samefile(
        load(layout, root)[1], image(root, layout, folder + name))
    assert not check(layout, root).errors


@pytest.mark.parametrize('layout', LAYOUTS)
def test_blanks_in_names(make_tree, layout):
    root = make_tree(layout)
    name = NAMES[layout].replace('.jpg', ' 1.jpg')
    image(root, layout, NAMES[layout]).rename(image(root, layout, name))
    rename(root, layout, name)
    if layout in LISTS:  # blanks separate their columns
        with pytest.raises(
                ValueError, match=r'list_landmarks.txt:4: .*1\.jpg'):
            load(layout, root)
        assert check(layout, root).errors
    else:
        assert load(layout, root)[1] == str(image(root, layout, name))
        assert not check(layout, root).errors


@pytest.mark.parametrize('layout', LAYOUTS)
def test_links_to_images_elsewhere(make_tree, layout, tmp_path):
    root = make_tree(layout)
    folder = root / NAMES[layout].split('/')[0]
    if layout == 'fld_json':
        folder = root / 'img'
    elsewhere = tmp_path / 'big disk'
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    assert len(load(layout, root)) > 1
    assert not check(layout, root).errors

    file = image(root, layout, NAMES[layout])
    moved = file.rename(tmp_path / 'moved.jpg')
    file.symlink_to(moved)
    assert not check(layout, root).errors
    for target in ('nowhere.jpg', file.name, str(tmp_path)):
        file.unlink()
        file.symlink_to(target)  # dangling, a loop, a folder
        with pytest.raises(FileNotFoundError, match='1 of . images are not'):
            load(layout, root)
        assert check(layout, root).errors.counts == {MISSING: 1}


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('listed, there', [('\xe9.jpg', 'e\u0301.jpg'),
                                           ('e\u0301.jpg', '\xe9.jpg'),
                                           ('b.jpg', 'B.JPG')])
def test_names_that_differ_in_case_or_accents(make_tree, layout, listed,
                                              there):
    root = make_tree(layout)
    old = NAMES[layout]
    folder = old[:-len(old.split('/')[-1])]
    rename(root, layout, folder + listed)
    image(root, layout, old).rename(image(root, layout, folder + there))
    if image(root, layout, folder + listed).exists():
        pytest.skip('the file system takes the two for one')
    found = ascii(str(image(root, layout, folder + there)))
    with pytest.raises(FileNotFoundError) as e:
        load(layout, root)
    assert str(e.value).endswith(f'; there is {found}')
    assert check(layout, root).errors.hints[MISSING] == (
        f'{found} is there, which differs in case or accents')


def test_names_equal_but_for_case_are_two(make_fld):
    root = make_fld()
    rename(root, 'fld', 'img/A.jpg')
    if (root / 'img/A.jpg').exists():
        pytest.skip('the file system takes the two for one')
    write_image(root / 'img/A.jpg')
    assert not check('fld', root).errors


def test_find_bad_names():
    good = ['img/a.jpg', '\u5f35.jpg', 'a..b', '-', 'a b', '\udce9.jpg']
    assert find_bad_names(good) == find_bad_names([]) == {}
    bad = [
        '', '..', 'a/..', '/', 'a\nb', '\x7f', '\ud800', 'x://y', '\xe9' * 128
    ]
    for i, name in enumerate(bad):
        assert list(find_bad_names([*good, name])) == [len(good)], name
    assert list(find_bad_names(bad)) == list(range(len(bad)))


def test_find_missing_follows_links(tmp_path):
    (tmp_path / 'a.jpg').write_text('')
    (tmp_path / 'link.jpg').symlink_to('a.jpg')
    (tmp_path / 'loop.jpg').symlink_to('loop.jpg')
    (tmp_path / 'folder.jpg').mkdir()
    names = ['a.jpg', 'link.jpg', 'loop.jpg', 'folder.jpg', '', 'n' * 300]
    assert find_missing([str(tmp_path / n) for n in names]) == [2, 3, 4, 5]


def test_find_similar(tmp_path):
    (tmp_path / unicodedata.normalize('NFD', '\xe9.JPG')).write_text('')
    assert find_similar(str(tmp_path / '\xe9.jpg')).endswith('e\u0301.JPG')
    assert find_similar(str(tmp_path / 'e.jpg')) is None
    assert find_similar(str(tmp_path / 'no/e.jpg')) is None


def test_names_that_a_terminal_can_not_show(make_json):
    root = make_json()
    rename(root, 'fld_json', '\udce9\u5f35.jpg')
    done = subprocess.run([sys.executable,
                           str(TOOL), 'fld_json',
                           str(root)],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          env={
                              **os.environ, 'PYTHONIOENCODING': 'ascii'
                          })
    assert done.returncode == 1
    assert b'Traceback' not in done.stderr
    assert b'\\udce9\\u5f35.jpg' in done.stdout


def test_brackets_in_the_name_of_the_folder(make_csv, tmp_path):
    root = make_csv()
    inner = root / 'data [1]'
    inner.mkdir()
    for name in ('Annotations', 'Images'):
        (root / name).rename(inner / name)
    assert not check_tree('fashionai', str(inner)).errors
