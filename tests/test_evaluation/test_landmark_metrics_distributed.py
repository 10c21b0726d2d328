import os
import pickle
import socket
from pathlib import Path

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
    first sample to have 11 too, as mmengine's sampler does.
    """
    samples = random_samples(21)
    first, second = samples[0::2], samples[1::2]
    cases = [((first, second), 21), ((first, second + samples[:1]), 21)]
    (tmp_path / 'cases.pkl').write_bytes(pickle.dumps(cases))

    torch.multiprocessing.spawn(work, (str(tmp_path), free_port()), nprocs=2)

    expected = evaluate(samples, 21)
    for rank in range(2):
        results = pickle.loads((tmp_path / f'results_{rank}.pkl').read_bytes())
        assert results == [expected, expected]
