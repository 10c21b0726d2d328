"""Faults that end a run with one sentence."""
import errno
import sys

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Fault(RuntimeError):
    """What ends a training or a test: its message is for the user.

    Raised in a worker of a data loader, it arrives without the worker's
    traceback.

    Example:
        >>> from pcloss_mmpose.engine.faults import Fault
        >>> print(Fault('a.jpg: an empty file'))
        a.jpg: an empty file
    """

    def __init__(self, message: str) -> None:
        # torch makes one of a traceback, whose last line is of the first one
        marker = f'{__name__}.{type(self).__name__}: '
        super().__init__(message.rsplit(marker)[-1].strip())


def is_disk_full(error: BaseException) -> bool:
    """Whether a file could not grow."""
    return isinstance(error, OSError) and error.errno in _FULL


def show_in_one_line() -> None:
    """Have Python end with the sentence alone, not with a traceback.

    This holds for a :class:`Fault` and for a full disk, whichever script
    runs, MMPose's own ones too. The exit code is 1, as ever.
    """
    show = sys.excepthook

    def show_fault(kind, error, traceback):
        if isinstance(error, Fault):
            print(error, file=sys.stderr)
        elif is_disk_full(error):
            name = f' ({error.filename})' if error.filename else ''
            print(
                f'a file could not be written{name}: {error.strerror}; free '
                'some space and run the same command, a training with '
                '--resume',
                file=sys.stderr)
        else:
            show(kind, error, traceback)

    sys.excepthook = show_fault
