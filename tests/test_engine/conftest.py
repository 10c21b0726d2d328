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
def workers_end_with_their_loop():
    """A process that only trains leaves its persistent workers to its exit.

    Here the garbage collection would find them, in the midst of a later test:
    it finalises what is in a cycle in any order, a pipe before the thread
    that writes to it.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ('train', 'val'):
            patch.setattr(Runner, name, _ending_workers(getattr(Runner, name)))
        yield


def _ending_workers(stock):

    def run(runner):
        try:
            return stock(runner)
        finally:
            for loop in (runner._train_loop, runner._val_loop):
                loader = getattr(loop, 'dataloader', None)
                iterator = getattr(loader, '_iterator', None)
                if iterator is not None:
                    iterator._shutdown_workers()
                    loader._iterator = None

    return run
