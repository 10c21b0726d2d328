"""Trees that were unpacked one folder too deep, too shallow or not at all."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pcloss_mmpose.datasets.tree_check import check_tree
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
    assert hint(root / 'nowhere').endswith(f'check {root} instead')


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
        'a: 80,000', '    0', '    1', '    2', '    ...', 'b: 1', '    x'
    ]


def run(*arguments, code):
    done = subprocess.run([sys.executable,
                           str(TOOL), *map(str, arguments)],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          universal_newlines=True)
    assert done.returncode == code, done.stderr
    return done


def test_tool(make_fld):
    root = make_fld()
    good = run('fld', root, code=0)
    assert good.stdout.endswith(f'\n{root}: no errors\n') and not good.stderr
    (root / 'img/b.jpg').unlink()
    bad = run('fld', root, code=1)
    assert 'images that are not there: 1\n' in bad.stdout
    assert bad.stderr == f'{root}: errors, see above\n'
    assert "invalid choice: 'FLD'" in run('FLD', root, code=2).stderr
