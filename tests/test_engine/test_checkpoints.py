import builtins
import collections
import os

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub

import pcloss_mmpose  # noqa: F401

protected = pytest.mark.skipif(
    not hasattr(torch.serialization, 'add_safe_globals'),
    reason='this torch loads checkpoints without protection')


def test_what_mmengine_saves_is_loaded(tmp_path):
    hub = MessageHub('test_checkpoints')
    for value in (1., 2., 4.):
        hub.update_scalar('train/loss', value)
    hub.update_info('iter', 3)
    file = str(tmp_path / 'epoch_1.pth')
    torch.save(
        dict(
            state_dict=collections.OrderedDict(w=torch.ones(2)),
            message_hub=hub.state_dict(),
            meta=dict(seed=np.int64(7))), file)
    loaded = torch.load(file)
    again = MessageHub('test_checkpoints_again')
    again.load_state_dict(loaded['message_hub'])
    assert again.get_scalar('train/loss').mean() == pytest.approx(7 / 3)
    assert again.get_info('iter') == 3 and loaded['meta']['seed'] == 7


@protected
@pytest.mark.parametrize('function, arguments', [
    (os.system, ('true', )),
    (builtins.getattr, (HistoryBuffer, '__init__')),
    (builtins.getattr, (dict, 'fromkeys')),
    (builtins.eval, ('1', )),
])
def test_code_in_a_checkpoint_is_still_refused(function, arguments, tmp_path):

    class Payload:

        def __reduce__(self):
            return function, arguments

    file = str(tmp_path / 'payload.pth')
    torch.save(dict(state_dict=Payload()), file)
    with pytest.raises(Exception, match='[Ww]eights'):
        torch.load(file)
