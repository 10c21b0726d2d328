import pytest
from mmengine.logging import MessageHub


@pytest.fixture(autouse=True)
def no_training_around(request):
    """Before a share of a training, the loss is its base alone.

    A run that another test has seen refused has left its first iteration.
    """
    MessageHub.get_instance(request.node.nodeid)
