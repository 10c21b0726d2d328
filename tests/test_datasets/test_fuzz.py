"""Mutated files are read as a slow, strict reader does, or refused."""
import json
import os
import random
import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import mutations
import numpy as np
import pytest
from fuzzing import SUBJECTS, Wrong, judge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_check_trees import check

from pcloss_mmpose.datasets.readers import (read_bbox_list, read_fashionai_csv,
                                            read_fld_json, read_landmark_list)

TREES = dict(
    fld=(mutations.LIST, ('Anno/*', 'Eval/*')),
    deepfashion_c=(mutations.LIST, ('Anno/*', 'Eval/*')),
    fashionai=(mutations.CSV, ('Annotations/*', )),
    fld_json=(mutations.JSON, ('annotations/*', )),
    deepfashion2=(mutations.JSON, ('*/annos/*', )))
SETTINGS = dict(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck))


@pytest.fixture(scope='module')
def file(tmp_path_factory):
    # DeepFashion2 numbers its files
    return tmp_path_factory.mktemp('fuzz') / '000001.json'


@pytest.mark.parametrize('name', SUBJECTS)
@given(seeds=st.integers(0, 2**64))
@settings(max_examples=200, **SETTINGS)
def test_mutated_files(file, name, seeds):
    subject, rng = SUBJECTS[name], random.Random(seeds)
    sample = rng.choice(subject.samples)
    judge(subject, mutations.mutate(sample, rng, subject.mutations), file)


@pytest.mark.parametrize('name', SUBJECTS)
@given(data=st.binary(max_size=200))
@settings(max_examples=50, **SETTINGS)
def test_arbitrary_bytes(file, name, data):
    assert judge(SUBJECTS[name], data, file) == 'refused'


def test_the_judge_sees_a_wrong_landmark_and_a_crash(file):
    good = SUBJECTS['boxes']
    wrong = good._replace(
        read=lambda path, report:
        (SimpleNamespace(names=['img/a.jpg']), np.ones((1, 4))))
    with pytest.raises(Wrong, match='silently wrong'):
        judge(wrong, good.samples[0], file)
    broken = good._replace(read=lambda path, report: 1 / 0)
    with pytest.raises(Wrong, match='crashed'):
        judge(broken, good.samples[0], file)


@pytest.mark.parametrize('layout', TREES)
def test_the_check_of_a_tree_agrees_with_the_data_sets(make_tree, layout):
    root = make_tree(layout)
    kind, patterns = TREES[layout]
    files = sorted(f for pattern in patterns for f in root.glob(pattern))
    found = Counter()
    for seed in range(40):
        rng = random.Random(seed)
        file = rng.choice(files)
        data = file.read_bytes()
        file.write_bytes(mutations.mutate(data, rng, kind))
        found[bool(check(layout, root).errors)] += 1
        file.write_bytes(data)
    assert found[False] and found[True]


@pytest.mark.parametrize('name', SUBJECTS)
def test_cut_off_at_each_byte(file, name):
    """What is read of a part of a file has no row that the whole has not."""
    subject = SUBJECTS[name]
    data = subject.samples[0]
    whole = subject.slow(data)
    step = 1 if len(data) < 200 else 29
    for end in {*range(0, len(data), step), *range(len(data) - 60, len(data))}:
        if judge(subject, data[:end], file) == 'read':
            rows = subject.slow(data[:end])
            assert rows == whole[:len(rows)]
            # only a csv does not tell how many rows it has
            assert len(rows) == len(whole) or name == 'FashionAI csv'


def list_of(*rows, header='image_name  x_1  y_1  x_2  y_2'):
    return '\n'.join([str(len(rows)), header, *rows])


@pytest.mark.parametrize('text, message', [
    (list_of('a.jpg 1 2 3 4', header='image_name x_1 x_2 y_1 y_2'),
     'txt:2: column 3 is x_2, which must be column 4'),
    (list_of('a.jpg 100 200 300 400', 'b.jpg 100 200 300 40'),
     "txt:4: the file seems to be cut off in '40'; if it is not, end the"),
    (list_of('a.jpg 1 2 3 16777217'),
     "txt:3: '16777217' in column 5 is not a number below ten million"),
    (list_of('a.jpg 1 2 3 ' + '9' * 400), r"txt:3: '9+\.\.\. in column 5"),
    (list_of('a.jpg 1 2 3 4').replace('1', '9' * 5000, 1),
     'txt:1: the row count is a number of 5000 digits, but 1 row follows'),
    (list_of('a.jpg 1 2 3 4').replace(
        '1', '\u0661', 1), 'txt:1: the row count must be a whole number'),
    (list_of('a.jpg\xa01 2 3 4'), 'txt:3: 4 tokens, a row has 5'),
])
def test_mistakes_of_lists(tmp_path, text, message):
    file = tmp_path / 'a.txt'
    file.write_text(text, encoding='utf-8')
    with pytest.raises(ValueError, match=message):
        read_bbox_list(str(file))


@pytest.mark.parametrize('old, new, message', [
    ('0 040 030', '00 040 030', 'txt:3: landmark 1 has the visibility 00'),
    ('0 040 030', '1.00000000001 040 030', 'txt:3: landmark 1 has the vis'),
    ('1 1 0 040', '1 x 0 040', "txt:3: 'x' in column 3 is not a number"),
    ('location_x_1 landmark_location_y_1',
     'location_y_1 landmark_location_x_1',
     'txt:2: column 5 is landmark_location_y_1, which must be column 6'),
    ('clothes_type  variation_type  landmark_visibility_1',
     'clothes_type  landmark_visibility_1  variation_type',
     'txt:2: column 3 is landmark_visibility_1, which must be column 4'),
])
def test_mistakes_of_landmarks(make_fld, edit, old, new, message):
    file = edit(make_fld() / 'Anno/list_landmarks.txt', old, new)
    with pytest.raises(ValueError, match=message):
        read_landmark_list(str(file))


@pytest.mark.parametrize('key, value', [
    ('bbox', [5]),
    ('bbox', ['1', '2', '3', '4']),
    ('bbox', [float('nan'), 0, 1, 1]),
    ('bbox', [0, 0, float('inf'), 1]),
    ('bbox', [9e6, 0, 0.01, 1]),
    ('keypoints', ['1'] * 12),
    ('keypoints', [True] * 12),
    ('keypoints', [10**400] * 12),
    ('keypoints', [1e39, 1, 2] * 4),
    ('keypoints', [1, 1, 1.00000001] * 4),
    ('id', 10**30),
    ('id', True),
    ('image_id', '7'),
])
def test_values_of_a_json(tmp_path, key, value):
    image = dict(id=7, file_name='a.jpg', width=120, height=160)
    ann = dict(id=7, image_id=7, bbox=[1, 2, 3, 4], keypoints=[1, 2, 2] * 4)
    file = tmp_path / 'a.json'

    def write(**changed):
        file.write_text(
            json.dumps(dict(images=[image], annotations=[{
                **ann,
                **changed
            }])))

    write()
    assert read_fld_json(str(file)).boxes.tolist() == [[1, 2, 4, 6]]
    write(**{key: value})
    with pytest.raises(ValueError, match='a.json: annotation .*: .*'):
        read_fld_json(str(file))


def test_images_of_a_json(tmp_path):
    image = dict(id=7, file_name='a.jpg', width=120, height=160)
    file = tmp_path / 'a.json'
    for other, message in ((dict(image, file_name='b.jpg'),
                            'image 7: another image has the same id'),
                           (dict(image, id=8, width=0), 'latter above 0'),
                           (dict(image, id=8, width=None), 'must be numbers'),
                           (dict(image, id=8, height='9'), 'must be numbers')):
        ann = dict(
            id=1,
            image_id=other['id'],
            bbox=[1, 2, 3, 4],
            keypoints=[1, 2, 2] * 4)
        file.write_text(
            json.dumps(dict(images=[image, other], annotations=[ann])))
        with pytest.raises(ValueError, match=message):
            read_fld_json(str(file))
    file.write_text('[' * 100_000)
    with pytest.raises(ValueError, match='a.json: not a json file'):
        read_fld_json(str(file))


def test_what_is_not_a_file(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'loop').symlink_to('loop')
    (tmp_path / 'dangling').symlink_to('nothing')
    for read in (read_bbox_list, read_landmark_list, read_fashionai_csv,
                 read_fld_json):
        for name in ('pipe', 'loop', 'dangling', '.', 'a\0b', 'n' * 300):
            with pytest.raises(FileNotFoundError):
                read(str(tmp_path / name))


def test_no_warning_of_large_numbers(tmp_path):
    file = Path(tmp_path / 'a.txt')
    file.write_text(list_of('a.jpg 1 2 3 ' + '9' * 60))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        with pytest.raises(ValueError, match='a.txt:3'):
            read_bbox_list(str(file))
