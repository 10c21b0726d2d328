from collections import Counter
from typing import Optional

from mmpose.registry import HOOKS

from ...utils import counted
from ..notes import read_notes
from .fault_hook import FaultHook


@HOOKS.register_module()
class UnreadableImagesHook(FaultHook):
    """Names and counts the images that a training skipped.

    ``LoadGarmentImage(unreadable='skip')`` runs in the workers of the data
    loader and notes in the sample that takes its place which image could not
    be read. Each is logged once with the reason, and after each epoch how
    many samples were replaced since this start of the training. Counted in
    the main process, so in its share of the images where there are several.
    """

    def before_train(self, runner) -> None:
        self.counts: Counter = Counter()

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch: Optional[dict] = None) -> None:
        """Look for notes in the batch."""
        for sample in (data_batch or {}).get('data_samples') or []:
            for note in read_notes(sample.get('raw_ann_info')):
                if note not in self.counts:
                    runner.logger.warning(f'skipped: {note}')
                self.counts[note] += 1

    def after_train_epoch(self, runner) -> None:
        """Log the count, if there is any."""
        if self.counts:
            runner.logger.warning(
                f'{counted(sum(self.counts.values()), "sample")} replaced so '
                f'far, for {counted(len(self.counts), "image")} that cannot '
                'be read')
