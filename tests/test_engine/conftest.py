import pytest

from pcloss_mmpose.rendering import render_dataset


@pytest.fixture(scope='package')
def fld(tmp_path_factory):
    """32 small pictures in the layout of FLD, 16 of them for training."""
    root = tmp_path_factory.mktemp('fld')
    render_dataset(
        'fld', 32, 0, root, 64, split=dict(train=.5, val=.25, test=.25),
        workers=1)
    return root
