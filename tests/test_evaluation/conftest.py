import numpy as np
import pytest
from mmengine.registry import DefaultScope


def make_sample(pred, gt, code, bbox=(0, 0, 100, 100), category=1, name='a'):
    """A data sample as a dictionary, as Evaluator hands it to a metric."""
    pred, gt, code = (np.array(x, dtype=float) for x in (pred, gt, code))
    return dict(
        img_path=f'{name}.jpg',
        category_id=np.array(category),
        pred_instances=dict(keypoints=pred[None]),
        gt_instances=dict(
            keypoints=gt[None].astype(np.float32),
            keypoints_visible=np.minimum(1, code)[None],
            bboxes=np.array([bbox], dtype=np.float32)),
        raw_ann_info=dict(
            keypoints=np.concatenate([gt, code[:, None]],
                                     axis=1).ravel().tolist()))


def random_samples(num, num_landmarks=24, seed=0):
    """Samples with all visibility codes, coarse so that points coincide."""
    rng = np.random.default_rng(seed)
    samples = []
    for n in range(num):
        gt = rng.integers(0, 120, (num_landmarks, 2))
        pred = gt + rng.normal(0, 8, gt.shape)
        # Some predictions fall on the next landmark.
        moved = rng.random(num_landmarks) < 0.2
        pred[moved] = np.roll(pred, 1, axis=0)[moved]
        samples.append(
            make_sample(
                pred,
                gt,
                rng.choice(3, num_landmarks, p=[.15, .25, .6]),
                bbox=(5, 5, 5 + rng.integers(60, 150),
                      5 + rng.integers(60, 150)),
                category=n % 5 + 1,
                name=f'image_{n}'))
    return samples


@pytest.fixture(name='make_sample')
def make_sample_fixture():
    return make_sample


@pytest.fixture(name='random_samples')
def random_samples_fixture():
    return random_samples


@pytest.fixture(autouse=True)
def no_scope_of_other_tests():
    """A detector's, in which MMPose's metrics are not looked for."""
    DefaultScope._instance_dict.clear()
