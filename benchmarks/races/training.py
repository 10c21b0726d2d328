"""A whole training step, with the constraint and without."""
import copy
import os
from typing import Iterator

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.logging import MessageHub
from mmpose.models import build_pose_estimator
from mmpose.registry import KEYPOINT_CODECS, OPTIM_WRAPPERS
from mmpose.testing import get_packed_inputs
from racing import Race

STOCK = ('mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
         'td-hm_{}_8xb64-210e_deepfashion_full-256x192.py')
MODELS = ('res50', 'hrnet-w32')


def _step(cfg: Config, state: dict, batch: dict, device: str):
    """A training step of a model on a batch."""
    model = build_pose_estimator(cfg.model).to(device).train()
    model.load_state_dict(state)
    # A step that leaves the weights as they are, so that each is alike.
    optimizer = torch.optim.Adam(model.parameters(), lr=0.)
    wrapper = OPTIM_WRAPPERS.build(
        dict(type='OptimWrapper'), default_args=dict(optimizer=optimizer))
    return lambda: model.train_step(batch, wrapper)


def _batch(number: int, codec: dict) -> dict:
    """Noise for images, but the heatmaps of landmarks."""
    batch = get_packed_inputs(number, num_keypoints=8)
    encoder = KEYPOINT_CODECS.build(codec)
    rng = np.random.default_rng(0)
    for sample in batch['data_samples']:
        points = rng.uniform(0, codec['input_size'], (1, 8, 2))
        heatmaps = encoder.encode(points.astype(np.float32))['heatmaps']
        sample.gt_fields.heatmaps = torch.from_numpy(heatmaps)
    return batch


def step_races(device: str, models=MODELS) -> Iterator[Race]:
    batch = 8 if device == 'cpu' else 64
    for name in models:
        stock = get_config(STOCK.format(name))
        stock.model.backbone.init_cfg = None  # no download
        cfg = Config(copy.deepcopy(stock._cfg_dict))
        cfg.model.head.loss = dict(
            type='PCLoss',
            base=cfg.model.head.loss,
            groups='left-right',
            metainfo='configs/_base_/datasets/deepfashion_full.py')
        torch.manual_seed(0)
        state = build_pose_estimator(stock.model).state_dict()
        data = _batch(batch, cfg.codec)
        ours, theirs = (_step(c, state, data, device) for c in (cfg, stock))

        def check(ours=ours, theirs=theirs):
            hub = MessageHub.get_instance('speed')
            loss = ours()['loss_kpt']
            parts = [
                hub.get_scalar(f'train/loss_{part}').current()
                for part in ('base', 'pc')
            ]
            assert parts[1] > 0 and abs(sum(parts) - float(loss)) < 1e-6
            assert abs(parts[0] / float(theirs()['loss_kpt']) - 1) < 1e-3

        yield Race(
            part='a training step',
            against='the stock config',
            size=f'{name}, B={batch}, 256x192',
            ours=ours,
            theirs=theirs,
            check=check,
            threads=os.cpu_count() or 1)
