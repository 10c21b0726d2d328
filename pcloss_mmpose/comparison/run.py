"""One trained model's predictions and what they are worth."""
import json
import math
import pickle
from pathlib import Path
from typing import Dict, List, NamedTuple

import numpy as np

from ..datasets.metainfo import FLD_LANDMARKS
from ..evaluation.functional import normalized_distance
from ..evaluation.metrics import LandmarkFailures, NormalizedError
from ..evaluation.metrics.norms import NORMS
from ..evaluation.metrics.samples import LandmarkBatch, read_samples


class Run(NamedTuple):
    """A model on a test set.

    Attributes:
        name (str): How tables and pictures call it.
        samples (list[dict]): Its data samples, one an image.
        batch (LandmarkBatch): The arrays in them.
        results (dict): What ``NormalizedError`` and ``LandmarkFailures``
            say of them, fractions.
        train_seconds (float): Time spent in training steps, waiting for
            data included; NaN where there is no log.
    """
    name: str
    samples: List[dict]
    batch: LandmarkBatch
    results: Dict[str, float]
    train_seconds: float

    @property
    def image_errors(self) -> np.ndarray:
        """Mean normalised error (N,) of each image's visible landmarks."""
        batch = self.batch
        distances = normalized_distance(batch.pred, batch.gt,
                                        NORMS['bbox'].size(batch))
        number = batch.visible.sum(1)
        total = np.where(batch.visible, distances, 0).sum(1)
        return total / np.maximum(number, 1)


def read_run(name: str, predictions: Path, work_dir: Path) -> Run:
    """Read what MMPose's ``test.py --dump`` and ``train.py`` left.

    Args:
        name (str): How tables and pictures call the run.
        predictions (Path): The pickle of ``--dump``.
        work_dir (Path): Folder that the model was trained in.

    Raises:
        ValueError: If the pickle holds no samples or what the metrics
            refuse.
    """
    with open(predictions, 'rb') as file:
        samples = pickle.load(file)
    if not samples:
        raise ValueError(f'{predictions}: no samples')
    results = {}
    for metric in (NormalizedError(), LandmarkFailures()):
        metric.dataset_meta = dict(
            dataset_name='fld',
            keypoint_id2name=dict(enumerate(FLD_LANDMARKS)))
        metric.process(None, samples)
        results.update(metric.evaluate(len(samples)))
    return Run(name, samples, read_samples(samples), results,
               train_seconds(work_dir))


def train_seconds(work_dir: Path) -> float:
    """Time in training steps, from mmengine's logs of all resumptions."""
    step_time = {}
    for log in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        for line in log.read_text().splitlines():
            entry = json.loads(line)
            if 'lr' in entry and 'time' in entry:  # a training step's
                step_time[entry['iter']] = entry['time']
    if not step_time:
        return math.nan
    # Each entry is the mean of the steps since the one before.
    return float(np.mean(list(step_time.values()))) * max(step_time)
