import random
from functools import partial

import numpy as np
import torch
from mmengine.dataset import worker_init_fn
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Random numbers of an epoch that depend on the seed and the epoch alone.

    A resumed training then draws what the undisturbed one would have drawn,
    and ends with the same weights: mmengine stores no states of random
    generators, and starts those of a data loader's workers with the same
    numbers at each resumption. Each process, and each worker, has numbers of
    its own.

    Persistent workers are started anew for each epoch, or else they would go
    on with their own states. A ``worker_init_fn`` of the config's is left
    alone. For loops over epochs; in one over iterations mmengine skips what
    was trained already.
    """

    priority = 'HIGH'  # before the epoch's first batch is asked for

    def before_train_epoch(self, runner) -> None:
        """Seed this process and the workers to come."""
        seed = epoch_seed(runner.seed, runner.epoch)
        loader = runner.train_dataloader
        of_rank = (seed + get_rank()) % 2**32
        random.seed(of_rank)
        np.random.seed(of_rank)
        torch.manual_seed(of_rank)  # of all devices
        sampler = getattr(loader.sampler, 'seed', None)
        if sampler is not None and not runner._randomness_cfg.get(
                'diff_rank_seed'):
            # A resumed run has a seed of the checkpoint's, which came after
            # the sampler was built.
            loader.sampler.seed = runner.seed
        start = loader.worker_init_fn
        if getattr(start, 'func', None) is worker_init_fn:
            loader.worker_init_fn = partial(
                worker_init_fn, **{
                    **start.keywords, 'seed': seed
                })
        loader._iterator = None  # ends persistent workers


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed of 31 bits, which leaves room for ranks and workers."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0]) >> 1
