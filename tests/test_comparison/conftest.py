import pickle

import cv2
import numpy as np
import pytest


def make_samples(errors, dataset='fld', codes=None, folder='data/img'):
    """Samples of one garment each, as ``test.py --dump`` gives them.

    Landmark k of image n is ``errors[n][k]`` percent of its box too low. The
    landmarks are ten pixels apart, at y = 50.
    """
    errors = np.asarray(errors, dtype=float)
    codes = np.full(errors.shape, 2) if codes is None else np.array(codes)
    samples = []
    for n, (error, code) in enumerate(zip(errors, codes)):
        gt = np.stack(
            [10. + 10 * np.arange(len(error)),
             np.full(len(error), 50.)], 1)
        gt[code == 0] = 0
        pred = gt + np.stack([np.zeros_like(error), error], 1)
        raw = np.concatenate([gt, code[:, None]], 1).ravel().tolist()
        kind = n % 3 + 1
        samples.append(
            dict(
                id=n,
                img_path=f'{folder}/{n:04d}.png',
                dataset_name=dataset,
                category_id=kind,
                raw_ann_info=dict(
                    keypoints=raw,
                    category=('upper', 'lower', 'full')[kind - 1]),
                pred_instances=dict(keypoints=pred[None].astype(np.float32)),
                gt_instances=dict(
                    keypoints=gt[None].astype(np.float32),
                    keypoints_visible=np.minimum(1, code)[None].astype(
                        np.float32),
                    bboxes=np.array([[0., 0., 100., 100.]], np.float32))))
    return samples


def random_samples(num, num_landmarks=8, dataset='fld', seed=0):
    """All visibility codes, coarse so that predictions coincide."""
    rng = np.random.default_rng(seed)
    shape = num, num_landmarks
    codes = np.random.default_rng(7).choice(3, shape, p=[.2, .2, .6])
    samples = make_samples(np.zeros(shape), dataset, codes)
    where = np.random.default_rng(8)
    for sample, code in zip(samples, codes):
        gt = where.integers(10, 150, (num_landmarks, 2)).astype(float)
        pred = gt + rng.normal(0, 8, gt.shape)
        moved = rng.random(num_landmarks) < 0.2
        pred[moved] = np.roll(pred, 1, 0)[moved]
        sample['category_id'] = sample['id'] % 5 + 1
        raw = np.concatenate([gt, code[:, None]], 1).ravel().tolist()
        sample['raw_ann_info'].update(keypoints=raw)
        sample['pred_instances']['keypoints'] = pred[None].astype(np.float32)
        sample['gt_instances'].update(
            keypoints=gt[None].astype(np.float32),
            bboxes=np.array([[5, 5, *where.integers(60, 160, 2)]], np.float32))
    return samples


@pytest.fixture(name='make_samples')
def make_samples_fixture():
    return make_samples


@pytest.fixture(name='random_samples', scope='session')
def random_samples_fixture():
    return random_samples


@pytest.fixture
def write(tmp_path):
    """Writes samples to a pickle."""

    def write(name, samples):
        file = tmp_path / name
        file.write_bytes(pickle.dumps(samples))
        return file

    return write


@pytest.fixture
def paint(tmp_path):
    """Gives samples their images, each of its own grey."""

    def paint(samples):
        for n, sample in enumerate(samples):
            file = tmp_path / f'{n:04d}.png'
            cv2.imwrite(str(file), np.full((120, 110, 3), 40 * n, np.uint8))
            sample['img_path'] = str(file)
        return samples

    return paint
