"""The readers beside the slow ones: the same rows, or refused by both."""
import json
import os.path as osp
import warnings
from typing import Callable, NamedTuple

import mutations
import numpy as np
import slow_readers
from deepfashion2_tree import make_item
from toy_data import ROWS, landmark_line

from pcloss_mmpose.datasets import readers
from pcloss_mmpose.datasets.readers.deepfashion2_annos import (make_table,
                                                               read_annos)
from pcloss_mmpose.datasets.readers.fashionai_csv import HEADER, LANDMARKS


class Subject(NamedTuple):
    """A reader, and what to compare it with.

    Attributes:
        samples (list): Good files, bytes.
        mutations (list): What is done to them.
        read (Callable): (path, report) -> what the reader gives.
        rows (Callable): That -> rows as those of the slow reader.
        slow (Callable): bytes -> rows; raises Refused.
    """
    samples: list
    mutations: list
    read: Callable
    rows: Callable
    slow: Callable


class Wrong(Exception):
    """A file was read as what it does not say, or crashed the reader."""


def refuse(kind, message):
    raise ValueError(message)


def judge(subject, data, path):
    """Read a file, and compare.

    Returns:
        str: 'read' or 'refused'.

    Raises:
        Wrong: Of the kind 'crashed' or 'silently wrong', its first argument.
    """
    path.write_bytes(data)
    try:
        wanted = subject.slow(data)
    except slow_readers.Refused:
        wanted = None
    message = None
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        try:
            found = subject.rows(subject.read(str(path), refuse))
        except ValueError as e:
            found, message = None, str(e)
        except Exception as e:
            raise Wrong('crashed', f'{type(e).__name__}: {e}') from e
        reports = []
        try:  # what the check of a tree does
            subject.read(str(path), lambda *report: reports.append(report[1]))
        except ValueError as e:
            reports.append(str(e))
        except Exception as e:
            raise Wrong('crashed', f'{type(e).__name__}: {e}') from e
    if message is not None:
        if (not message.startswith(str(path)) or not message.isprintable()
                or len(message) > len(str(path)) + 400):
            raise Wrong('crashed', f'not a sentence: {message[:1000]!r}')
        if message not in reports:
            raise Wrong('crashed', f'{message!r} is not in {reports[:5]}')
    elif reports:
        raise Wrong('crashed', f'no error, but {reports[:5]}')
    if found != wanted:
        raise Wrong(
            'silently wrong' if found is not None else 'refused too much',
            f'{message or ""} read {found} instead of {wanted}')
    return 'refused' if found is None else 'read'


def _line(source):
    return int(source.rsplit(':', 1)[1])


def _table(table):
    return [(_line(source), name, category, points)
            for source, name, category, points in zip(
                table.sources, table.names, table.categories.tolist(),
                table.keypoints.tolist())]


def _json_table(table):
    return list(
        zip(table.ids.tolist(), table.image_ids.tolist(), table.names,
            table.categories.tolist(), table.keypoints.tolist(),
            table.boxes.tolist(), table.sizes.tolist()))


def _list(header, rows):
    return '\n'.join([str(len(rows)), header, *rows, '']).encode()


def _landmark_samples(variation):
    header = 'image_name  clothes_type  ' + 'variation_type  ' * variation
    header += '  '.join(f'landmark_visibility_{i} landmark_location_x_{i} '
                        f'landmark_location_y_{i}' for i in range(1, 9))
    return [
        _list(header,
              [landmark_line(r[0], r[1], r[4], variation) for r in ROWS])
    ]


def _csv_sample():
    rows = [','.join(HEADER)]
    for i, category in enumerate(('blouse', 'trousers', 'dress')):
        cells = ['-1_-1_-1'] * len(LANDMARKS)
        cells[i], cells[i + 9] = f'{100 + i}_{20 + i}_1', f'512_{i}_0'
        rows.append(','.join([f'Images/{category}/{i}.jpg', category, *cells]))
    return '\n'.join(rows + ['']).encode()


def _json_sample():
    images, annotations = [], []
    for i, (name, _, _, (x1, y1, x2, y2), points) in enumerate(ROWS):
        images.append(dict(id=i + 7, file_name=name, width=120, height=160))
        keypoints = [c for v, x, y in points for c in (x, y + .5, 2 - v)]
        annotations.append(
            dict(
                id=i,
                image_id=i + 7,
                category_id=1,
                bbox=[x1, y1, x2 - x1, y2 - y1],
                keypoints=keypoints))
    return json.dumps(dict(images=images, annotations=annotations)).encode()


def _annos_sample(*categories):
    rng = np.random.default_rng(0)
    items = {
        f'item{i}': make_item(rng, category)
        for i, category in enumerate(categories, 1)
    }
    return json.dumps(dict(source='shop', pair_id=7, **items)).encode()


def _read_annos(path, report):
    folder, name = osp.split(path)
    numbers = np.array([int(osp.splitext(name)[0])])
    return make_table(read_annos(folder, numbers, report), folder)


def _annos_table(table):
    return list(
        zip([int(s.rsplit(': item', 1)[1]) for s in table.sources],
            table.categories.tolist(), [k.tolist() for k in table.keypoints],
            table.boxes.tolist(), table.extras.tolist()))


SUBJECTS = {
    'FLD landmarks':
    Subject(
        _landmark_samples(True), mutations.LIST,
        lambda path, report: readers.read_landmark_list(path, True, report),
        _table, lambda data: slow_readers.read_landmarks(data, True)),
    'DeepFashion-C landmarks':
    Subject(
        _landmark_samples(False), mutations.LIST,
        lambda path, report: readers.read_landmark_list(path, False, report),
        _table, lambda data: slow_readers.read_landmarks(data, False)),
    'boxes':
    Subject(
        [
            _list(
                'image_name  x_1  y_1  x_2  y_2',
                [' '.join([r[0]] + [f'{c:03d}' for c in r[3]]) for r in ROWS])
        ], mutations.LIST, readers.read_bbox_list,
        lambda result: list(zip(result[0].names, result[1].tolist())),
        lambda data: [row[1:] for row in slow_readers.read_boxes(data)]),
    'partition':
    Subject(
        [
            _list('image_name  evaluation_status',
                  [f'{r[0]}   {r[2]}' for r in ROWS])
        ], mutations.LIST, readers.read_partition_list,
        lambda result: list(zip(result[0].names, result[1])),
        lambda data: [row[1:] for row in slow_readers.read_partition(data)]),
    'FashionAI csv':
    Subject([_csv_sample()], mutations.CSV, readers.read_fashionai_csv, _table,
            lambda data: slow_readers.read_csv(data, LANDMARKS)),
    'FLD json':
    Subject([_json_sample()], mutations.JSON, readers.read_fld_json,
            _json_table, slow_readers.read_json),
    'DeepFashion2':
    Subject([_annos_sample(9, 7), _annos_sample(3)], mutations.JSON,
            _read_annos, _annos_table, slow_readers.read_annos),
}


def add_real(data):
    """Add the first rows of real files to the samples."""

    def head(file, number):
        count, header, *rows = file.read_text().split('\n')
        return '\n'.join([str(number), header, *rows[:number], '']).encode()

    lists = data / 'garments_real'
    for name, files in (('FLD landmarks',
                         (data / 'fld_real/Anno/list_landmarks.txt',
                          lists / 'Anno/list_landmarks.txt')),
                        ('boxes', (lists / 'Anno/list_bbox.txt', )),
                        ('partition',
                         (data / 'fld_real/Eval/list_eval_partition.txt',
                          lists / 'Eval/list_eval_partition.txt'))):
        SUBJECTS[name].samples.extend(head(file, 6) for file in files)
    header = SUBJECTS['DeepFashion-C landmarks'].samples[0].split(b'\n')[1]
    row = (data / 'deepfashion_c_real/deepfashion_c_genuine_row.txt')
    SUBJECTS['DeepFashion-C landmarks'].samples.append(b'1\n' + header +
                                                       b'\n' +
                                                       row.read_bytes())
    csv = (data / 'fashionai_real/val_6415.csv').read_bytes().split(b'\n')
    SUBJECTS['FashionAI csv'].samples.append(b'\n'.join(csv[:5] + [b'']))
    SUBJECTS['FLD json'].samples.append(
        (data / 'mmpose_samples/fld/test_fld.json').read_bytes())
