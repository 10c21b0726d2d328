import sys
from traceback import walk_tb
from typing import Callable

from mmengine.hooks import Hook

from ..faults import sentence_of


class FaultHook(Hook):
    """Base of the hooks by which a run may end with one sentence.

    Python then shows the sentence alone, whichever script it is that runs,
    MMPose's own ones too; the exit code is 1, as ever. What else a process
    may end with is shown as before.
    """

    def before_run(self, runner) -> None:
        """From here on, a fault of this run is shown without traceback."""
        if not isinstance(sys.excepthook, _InOneLine):
            sys.excepthook = _InOneLine(sys.excepthook)

    def after_run(self, runner) -> None:
        """The run did not fail."""
        if isinstance(sys.excepthook, _InOneLine):
            sys.excepthook = sys.excepthook.before


class _InOneLine:
    """A ``sys.excepthook`` for errors that come out of a runner.

    After a run that failed it is still there, and must not speak for what
    the process does next.
    """

    def __init__(self, before: Callable) -> None:
        self.before = before

    def __call__(self, kind, error, traceback) -> None:
        of_a_run = any(
            frame.f_globals.get('__name__', '').startswith('mmengine.runner.')
            for frame, _ in walk_tb(traceback))
        told = sentence_of(error) if of_a_run else None
        if told is None:
            self.before(kind, error, traceback)
        else:
            print(told, file=sys.stderr)
