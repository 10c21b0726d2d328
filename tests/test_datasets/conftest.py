import json
import logging

import pytest
from deepfashion2_tree import write_split
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from toy_data import (HEIGHT, ROWS, WIDTH, landmark_line, write_image,
                      write_list)

import pcloss_mmpose  # noqa: F401
from pcloss_mmpose.datasets.readers.fashionai_csv import HEADER, LANDMARKS


@pytest.fixture(autouse=True)
def mmpose_scope():
    init_default_scope('mmpose')


@pytest.fixture
def log():
    """Messages logged during the test, as (level, text)."""
    messages = []
    handler = logging.Handler(logging.INFO)
    handler.emit = lambda r: messages.append((r.levelno, r.getMessage()))
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)


@pytest.fixture
def make_fld(tmp_path):
    """Write a data set in the layout of FLD or, without, DeepFashion-C."""

    def make(variation=True, rows=ROWS):
        header = 'image_name  clothes_type  ' + 'variation_type  ' * variation
        write_list(
            tmp_path / 'Anno/list_landmarks.txt',
            header + 'landmark_visibility_1 landmark_location_x_1 '
            'landmark_location_y_1',
            [landmark_line(r[0], r[1], r[4], variation) for r in rows])
        write_list(
            tmp_path / 'Anno/list_bbox.txt', 'image_name  x_1  y_1  x_2  y_2',
            [' '.join([r[0]] + [f'{c:03d}' for c in r[3]]) for r in rows])
        write_list(tmp_path / 'Eval/list_eval_partition.txt',
                   'image_name  evaluation_status',
                   [f'{r[0]} {r[2]}' for r in rows])
        for row in rows:
            write_image(tmp_path / row[0])
        return tmp_path

    return make


@pytest.fixture
def edit():
    """Replace text in a file, once."""

    def replace(path, old, new):
        text = path.read_text()
        assert text.count(old), f'{old!r} is not in {path}'
        path.write_text(text.replace(old, new, 1))
        return path

    return replace


@pytest.fixture
def make_csv(tmp_path):

    def make():
        for split, ids in (('train', 'abc'), ('val', 'd')):
            lines = [','.join(HEADER)]
            for i in ids:
                cells = ['-1_-1_-1'] * len(LANDMARKS)
                cells[5], cells[6] = '10_20_1', '50_21_0'  # the armpits
                lines.append(','.join(
                    [f'Images/blouse/{i}.jpg', 'blouse', *cells]))
                write_image(tmp_path / f'Images/blouse/{i}.jpg')
            file = tmp_path / f'Annotations/{split}.csv'
            file.parent.mkdir(exist_ok=True)
            file.write_text('\n'.join(lines) + '\n')
        return tmp_path

    return make


@pytest.fixture
def make_json(tmp_path):

    def make():
        (tmp_path / 'annotations').mkdir()
        _, _, _, (x1, y1, x2, y2), points = ROWS[0]
        for split, ids in (('train', (0, 1)), ('val', (2, )), ('test', (3, ))):
            images = [
                dict(id=i, file_name=f'{i}.jpg', width=WIDTH, height=HEIGHT)
                for i in ids
            ]
            annotations = [
                dict(
                    id=i,
                    image_id=i,
                    bbox=[x1, y1, x2 - x1, y2 - y1],
                    keypoints=[c for v, x, y in points for c in (x, y, 2 - v)])
                for i in ids
            ]
            for i in ids:
                write_image(tmp_path / f'img/{i}.jpg')
            (tmp_path / f'annotations/fld_upper_{split}.json').write_text(
                json.dumps(dict(images=images, annotations=annotations)))
        return tmp_path

    return make


@pytest.fixture
def make_annos(tmp_path):
    """Write a small tree of DeepFashion2."""

    def make():
        for seed, split in enumerate(('train', 'validation')):
            write_split(tmp_path, split, 3, seed)
        return tmp_path

    return make


@pytest.fixture
def make_tree(make_fld, make_csv, make_json, make_annos):
    return lambda layout: {
        'fld': make_fld,
        'deepfashion_c': lambda: make_fld(variation=False),
        'fashionai': make_csv,
        'fld_json': make_json,
        'deepfashion2': make_annos
    }[layout]()
