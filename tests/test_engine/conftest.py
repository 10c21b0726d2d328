import pytest
from mmengine.runner import Runner

from pcloss_mmpose.rendering import render_dataset


@pytest.fixture(scope='package')
def fld(tmp_path_factory):
    """32 small pictures in the layout of FLD, 16 of them for training."""
    root = tmp_path_factory.mktemp('fld')
    render_dataset(
        'fld', 32, 0, root, 64, split=dict(train=.5, val=.25, test=.25),
        workers=1)
    return root


@pytest.fixture(scope='package', autouse=True)
def workers_end_with_their_training():
    """A process that only trains leaves its persistent workers to its exit.

    Here they would be left to the garbage collection, which takes the pipes
    of a data loader apart in any order, in the midst of a later test.
    """
    stock = Runner.train

    def train(runner):
        try:
            return stock(runner)
        finally:
            for loop in (runner.train_loop, runner.val_loop):
                iterator = loop.dataloader._iterator
                if iterator is not None:
                    iterator._shutdown_workers()
                    loop.dataloader._iterator = None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Runner, 'train', train)
        yield
