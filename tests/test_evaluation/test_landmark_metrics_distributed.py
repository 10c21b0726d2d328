import os
import pickle
import socket
from pathlib import Path

import numpy as np
import torch.distributed
import torch.multiprocessing

from pcloss_mmpose.evaluation import LandmarkFailures, NormalizedError

METRICS = [
    (NormalizedError, dict(norm='bbox')),
    (NormalizedError, dict(norm='fashionai')),
    (LandmarkFailures, dict(norm='fashionai')),
    (LandmarkFailures, dict(norm='bbox', collect_device='gpu')),
]


def evaluate(share, size):
    """Results of all metrics on this process's share of the samples."""
    results = []
    for metric_type, settings in METRICS:
        metric = metric_type(**settings)
        for start in range(0, len(share), 3):
            metric.process(None, share[start:start + 3])
        results.append(metric.evaluate(size))
    return results


def work(rank, folder, port):
    """One of two processes."""
    os.chdir(folder)  # mmengine exchanges results through a folder in here
    torch.distributed.init_process_group(
        'gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2)
    cases = pickle.loads(Path('cases.pkl').read_bytes())
    results = [evaluate(shares[rank], size) for shares, size in cases]
    Path(f'results_{rank}.pkl').write_bytes(pickle.dumps(results))


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def test_two_processes_equal_one(tmp_path, random_samples):
    """21 samples on two processes give the very numbers of one process.

    Once the processes have 11 and 10 samples, once the second repeats the
    first sample to have 11 too, as mmengine's sampler does. Once no process,
    and once only the second, has a landmark that is annotated as visible.
    """
    samples = random_samples(21)
    occluded = random_samples(21)
    for sample in occluded:
        codes = sample['raw_ann_info']['keypoints'][2::3]
        sample['raw_ann_info']['keypoints'][2::3] = np.minimum(codes, 1)
    mixed = [(occluded, samples)[n % 2][n] for n in range(21)]
    cases = [((all_[0::2], all_[1::2]), 21)
             for all_ in (samples, occluded, mixed)]
    cases.append(((samples[0::2], samples[1::2] + samples[:1]), 21))
    (tmp_path / 'cases.pkl').write_bytes(pickle.dumps(cases))

    torch.multiprocessing.spawn(work, (str(tmp_path), free_port()), nprocs=2)

    expected = [
        evaluate(all_, 21) for all_ in (samples, occluded, mixed, samples)
    ]
    numbers = [result[0]['NE/num_landmarks'] for result in expected]
    assert numbers[1] > numbers[0] > numbers[2] > 0
    for rank in range(2):
        results = pickle.loads((tmp_path / f'results_{rank}.pkl').read_bytes())
        assert results == expected
