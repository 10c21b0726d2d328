"""Faults that end a run with one sentence."""
import errno
from typing import Optional

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Fault(RuntimeError):
    """What ends a training or a test: its message is for the user.

    Raised in a worker of a data loader, it arrives without the worker's
    traceback.
    """

    def __init__(self, message: str) -> None:
        # torch makes one of a traceback, whose last line is of the first one
        marker = f'{__name__}.{type(self).__name__}: '
        super().__init__(message.rsplit(marker)[-1].strip())


def is_disk_full(error: BaseException) -> bool:
    """Whether a file could not grow."""
    return isinstance(error, OSError) and error.errno in _FULL


def sentence_of(error: BaseException) -> Optional[str]:
    """What a user is told of an error instead of its traceback.

    A sentence for a :class:`Fault` and a full disk, None for what is no fault
    of the data or the machine.
    """
    if isinstance(error, Fault):
        return str(error)
    if isinstance(error, OSError) and is_disk_full(error):
        name = f' ({error.filename})' if error.filename else ''
        return (f'a file could not be written{name}: {error.strerror}; free '
                'some space and run the same command, a training with '
                '--resume')
    return None
