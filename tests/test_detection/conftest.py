import pytest
from mmengine.registry import init_default_scope

import pcloss_mmpose.detection  # noqa: F401
from pcloss_mmpose.rendering import render_dataset


@pytest.fixture(autouse=True)
def mmdet_scope():
    init_default_scope('mmdet')
    yield
    init_default_scope('mmpose')


@pytest.fixture(scope='session')
def rendered(tmp_path_factory):
    """A few garments in the layout of FLD."""
    folder = tmp_path_factory.mktemp('fld')
    render_dataset(
        'fld',
        16,
        seed=0,
        out=folder,
        size=96,
        split=dict(train=.5, val=.25, test=.25),
        workers=1)
    return folder
