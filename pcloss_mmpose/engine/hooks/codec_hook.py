from mmengine.runner import BaseLoop
from mmpose.registry import HOOKS

from ...codecs.conventions import check_checkpoint_codec, check_codecs
from ..faults import Fault
from .fault_hook import FaultHook


@HOOKS.register_module()
class CodecHook(FaultHook):
    """Refuses heatmaps that are read other than they were drawn.

    Such a mistake shows nowhere: a model trains and is tested, and all its
    landmarks are a part of a heatmap's pixel off. For configs with
    :class:`~pcloss_mmpose.codecs.SoftArgmaxHeatmap`: the encoder of the
    training is the head's decoder, ``test_cfg.shift_heatmap`` is what the
    codec's convention needs, and a checkpoint that is tested or resumed was
    trained in that convention. A training may start from one of another
    convention, ``load_from``: then it is logged.

    Raises:
        Fault: Before the first step, naming both sides.
    """

    def before_run(self, runner) -> None:
        """Look at the config."""
        super().before_run(runner)
        try:
            check_codecs(runner.cfg)
        except ValueError as error:
            raise Fault(str(error)) from None

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Look at the config that a checkpoint carries."""
        try:
            check_checkpoint_codec(runner.cfg, checkpoint)
        except ValueError as error:
            starts = isinstance(runner._train_loop, BaseLoop)
            if not starts or runner._resume:
                raise Fault(str(error)) from None
            runner.logger.warning(f'{error}; this training unlearns it')
