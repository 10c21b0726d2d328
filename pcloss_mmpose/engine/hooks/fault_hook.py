from mmengine.hooks import Hook

from ..faults import show_as_before, show_in_one_line


class FaultHook(Hook):
    """Base of the hooks by which a run may end with one sentence."""

    def before_run(self, runner) -> None:
        """From here on, a fault of this run is shown without traceback."""
        show_in_one_line()

    def after_run(self, runner) -> None:
        """The run did not fail."""
        show_as_before()
