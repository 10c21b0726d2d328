import logging

import pytest
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from toy_data import ROWS, landmark_line, write_image, write_list

import pcloss_mmpose  # noqa: F401


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
