"""Trees that were unpacked one folder too deep, too shallow or not at all."""
import functools
import os
import re
import shutil
from pathlib import Path

import pytest

from pcloss_mmpose.datasets.tree_check import check_tree, tree_formats
from pcloss_mmpose.datasets.tree_check.findings import Findings
from pcloss_mmpose.datasets.tree_check.images import MISSING

FILES = 'files missing or unreadable'
TOOL = Path(__file__).parents[2] / 'tools/check_dataset.py'


def hint(root, layout='fld', kind=FILES):
    return check_tree(layout, str(root)).errors.hints.get(kind)


def test_tree_one_folder_deeper(make_fld):
    root = make_fld()
    inner = root / 'Fashion Landmark Detection Benchmark'
    inner.mkdir()
    for name in ('Anno', 'Eval', 'img'):
        (root / name).rename(inner / name)
    assert hint(root) == (
        f'{inner}/Anno/list_landmarks.txt is there: check {inner} instead')


def test_folder_of_the_tree_itself(make_fld):
    root = make_fld()
    assert hint(root / 'Anno') == (
        f'{root}/Anno/list_landmarks.txt is there: check {root} instead')


@pytest.mark.parametrize('layout, other', [('fld', 'deepfashion_c'),
                                           ('deepfashion_c', 'fld')])
def test_two_trees_below(make_fld, tmp_path, layout, other):
    for name, kind in (('1', other), ('2', layout), ('3', layout)):
        make_fld(variation=kind == 'fld')
        (tmp_path / name).mkdir()
        for folder in ('Anno', 'Eval', 'img'):
            (tmp_path / folder).rename(tmp_path / name / folder)
    good = f'{tmp_path}/2/Anno/list_landmarks.txt is there: check '
    assert hint(tmp_path,
                layout) == (f'{good}{tmp_path}/2 or {tmp_path}/3 instead')
    shutil.rmtree(tmp_path / '3')
    assert hint(tmp_path, layout) == f'{good}{tmp_path}/2 instead'
    shutil.rmtree(tmp_path / '2')
    assert hint(tmp_path, layout) == (
        f'{tmp_path}/1/Anno/list_landmarks.txt is there, but {tmp_path}/1 '
        f'looks like {other}')


def write(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('')


@pytest.mark.parametrize('layout', tree_formats())
def test_no_folder(tmp_path, layout):
    write(tmp_path / 'README.md')
    for name, what in (('nowhere', 'no such folder'), ('README.md',
                                                       'not a folder')):
        errors = check_tree(layout, str(tmp_path / name)).errors
        assert errors.messages == {FILES: [f'{tmp_path / name}: {what}']}
        assert not errors.hints


@pytest.mark.parametrize('layout', tree_formats())
def test_another_layout(make_fld, tmp_path, layout):
    json, csv = 'annotations/fld_full_val.json', 'Annotations/any.csv'
    make_fld()
    for found, file in (('fld', None), ('fashionai', csv), ('fld_json', json)):
        root = tmp_path / f'[{found}]'  # glob must not read the name
        if found == 'fld':
            root.mkdir()
            for folder in ('Anno', 'Eval', 'img'):
                (tmp_path / folder).rename(root / folder)
        else:
            write(root / file)
        errors = check_tree(layout, str(root)).errors
        expected = {
            FILES: [f'{root}: this looks like {found}, not like {layout}']
        }
        same = layout == found or {layout, found} == {'fld', 'deepfashion_c'}
        assert (errors.messages == expected) != same


def test_json_beside_lists(make_fld):
    root = make_fld()
    write(root / 'annotations/fld_full_val.json')
    assert not check_tree('fld', str(root)).errors
    assert check_tree('fashionai', str(root)).errors.messages == {
        FILES:
        [f'{root}: this looks like fld and fld_json, not like '
         'fashionai']
    }


def test_relative_path(make_fld, monkeypatch):
    monkeypatch.chdir(make_fld() / 'Anno')
    assert hint('.') == (
        '../Anno/list_landmarks.txt is there: check .. instead')


def test_annotations_elsewhere(make_fld):
    root = make_fld()
    (root / 'Anno').rename(root / 'Anno_coarse')
    assert hint(root) == (
        f'{root}/Anno_coarse/list_landmarks.txt is there, it belongs to '
        f'{root}/Anno/list_landmarks.txt')
    (root / 'Eval/list_eval_partition.txt').rename(root / 'partition.txt')
    assert 'Anno_coarse' in hint(root)


def test_archive(tmp_path):
    (tmp_path / 'Anno.tar.gz').write_text('')
    assert hint(tmp_path) == f'{tmp_path}/Anno.tar.gz is not unpacked, is it?'


@pytest.mark.parametrize('place', ['Img/img', 'img/img', 'Img', '.'])
def test_images_elsewhere(make_fld, place):
    root = make_fld()
    (root / 'img').rename(root / 'old')
    for image in sorted((root / 'old').iterdir()):
        target = root / place / image.name
        target.parent.mkdir(parents=True, exist_ok=True)
        image.rename(target)
    found = os.path.normpath(root / place / 'a.jpg')
    assert hint(
        root,
        kind=MISSING) == (f'{found} is there, it belongs to {root}/img/a.jpg')


def test_images_still_packed(make_fld):
    root = make_fld()
    (root / 'img').rename(root / 'Img')
    for image in (root / 'Img').iterdir():
        image.unlink()
    (root / 'Img/img.zip').write_text('')
    assert hint(
        root, kind=MISSING) == f'{root}/Img/img.zip is not unpacked, is it?'


def test_no_hint_for_a_few_images(make_fld):
    root = make_fld()
    (root / 'img/b.jpg').unlink()
    (root / 'img.zip').write_text('')
    assert hint(root, kind=MISSING) is None


def test_same_file_name_in_another_folder_is_no_hint(make_fld, edit):
    root = make_fld(variation=False)
    for name in ('Anno/list_landmarks.txt', 'Anno/list_bbox.txt',
                 'Eval/list_eval_partition.txt'):
        edit(root / name, 'img/a.jpg', 'img/One/a.jpg')
    (root / 'img/Two').mkdir()
    (root / 'img/a.jpg').rename(root / 'img/Two/a.jpg')
    assert hint(root, 'deepfashion_c', MISSING) is None
    (root / 'img/Two').rename(root / 'One')
    assert hint(root, 'deepfashion_c', MISSING).startswith(f'{root}/One/a.jpg')


def test_fashionai_and_json(tmp_path):
    for name in ('train/Annotations/train.csv', 'annotations.tar'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('')
    assert hint(tmp_path, 'fashionai') == (
        f'{tmp_path}/train/Annotations/train.csv is there: check '
        f'{tmp_path}/train instead')
    assert hint(tmp_path, 'fld_json').endswith('tar is not unpacked, is it?')


def test_findings_keep_few_examples():
    findings = Findings()
    for i in range(80000):
        findings('a', str(i))
    findings('b', 'x')
    findings.hint('b', None)
    assert list(findings.lines()) == [
        'a: 80,000', '    0', '    1', '    2',
        '    ... and 79,997 more, which --all lists', 'b: 1', '    x'
    ]
    every = list(findings.lines(every=True))
    assert len(every) == 80003 and not any('...' in line for line in every)


@pytest.mark.parametrize('place', ['a b.txt:{}', 'a.json: annotation {}'])
def test_examples_are_of_different_lines(place):
    findings = Findings()
    places = [place.format(n) for n in (3, 3, 3, 4, 4, 12)]
    for i, source in enumerate(places):
        findings('a', f'{source}: wrong {i}')
    assert list(findings.lines())[1:] == [
        f'    {places[0]}: wrong 0', f'    {places[3]}: wrong 3',
        f'    {places[5]}: wrong 5', '    ... and 3 more, which --all lists'
    ]
    repeated = Findings()
    for i in range(2):
        repeated('a', f'{places[0]}: wrong {i}')
    assert len(list(repeated.lines())) == 3  # no need to leave one out


@pytest.fixture
def run(run_tool):
    return functools.partial(run_tool, TOOL)


def test_tool(make_fld, run, run_tool):
    root = make_fld()
    assert run('fld', root).endswith(f'\n{root}: no errors\n')
    assert not run_tool.errors
    (root / 'img/b.jpg').unlink()
    bad = run('fld', root, code=1)
    assert 'images that are not there: 1\n' in bad
    assert run_tool.errors == f'{root}: errors, see above\n'
    for image in (root / 'img').iterdir():
        image.unlink()
    short, long = (
        run('fld', root, *option, code=1)
        for option in ((), ('--all', )))
    assert '... and 1 more, which --all lists\n' in short
    assert 'd.jpg' in long and 'd.jpg' not in short and '...' not in long
    run('FLD', root, code=2)
    assert "invalid choice: 'FLD'" in run_tool.errors


def test_help_and_page_say_the_same(run):
    page = (TOOL.parents[1] / 'docs/start/prepare_data.md').read_text()
    for text in (run('-h'), page):
        text = ' '.join(text.split())
        assert 'about a minute' in text and '--all' in text
        assert 'three examples of each kind' in text
    section = page.split('## FLD as MMPose prepares it')[1].split('##')[0]
    folders = set(re.findall(r'`(?:configs/\S+/)?(\w+)/`', section))
    heatmaps = TOOL.parents[1] / 'configs/fashion_2d_keypoint/topdown_heatmap'
    assert {'deepfashion', 'deepfashion_c'} <= folders
    assert all((heatmaps / name).is_dir() for name in folders)
