"""What the tests of the configs share."""
import copy
import functools
import re
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator
from mmpose.registry import DATASETS
from unformatted import unformatted

CONFIGS = Path(__file__).parents[1] / 'configs'
ALL_FILES = sorted(
    f.relative_to(CONFIGS).as_posix() for f in CONFIGS.rglob('*.py')
    if '_base_' not in f.parts)
# those of mmdet, and those of MMPose
DETECTORS = [f for f in ALL_FILES if f.split('/')[0].endswith('_detection')]
FILES = [f for f in ALL_FILES if f not in DETECTORS]
VARIANT = re.compile(r'[_-](pc-skel|pc)(?=[_-])')


@functools.lru_cache(maxsize=4)
def _load(file):
    return unformatted(
        Config.fromfile(CONFIGS / file) if file in
        ALL_FILES else get_config(f'mmpose::{file}'))


def load(file):
    cfg = copy.deepcopy(_load(file))
    init_default_scope(cfg.default_scope)
    return cfg


def variant(file):
    """'pc-skel', 'pc', or None for a baseline."""
    found = VARIANT.search(Path(file).name)
    return found and found[1]


def own_data_set(file):
    """Name of the plugin's class that the config's folder is called after."""
    name = Path(file).parent.name.replace('_', '') + 'dataset'
    for cls in DATASETS.module_dict.values():
        if (cls.__module__.startswith('pcloss_mmpose.')
                and cls.__name__.lower() == name):
            return cls.__name__
    return None


def load_baseline(file):
    """The config without the constraint: the project's, or MMPose's."""
    return load(VARIANT.sub('', file))


def walk(node):
    """Every dict in a config."""
    if isinstance(node, dict):
        yield node
        node = node.values()
    if not isinstance(node, str) and hasattr(node, '__iter__'):
        for value in node:
            yield from walk(value)


def find(node, kind):
    return [d for d in walk(node) if d.get('type') == kind]


def plain(node):
    """Settings alone: no scope marks, and a list for each sequence."""
    if isinstance(node, dict):
        return {k: plain(v) for k, v in node.items() if k != '_scope_'}
    if isinstance(node, (list, tuple)):
        return [plain(v) for v in node]
    return node


def without_constraint(node):
    """Settings with each PCLoss replaced by its base."""
    if isinstance(node, dict):
        if node.get('type') == 'PCLoss' and 'base' in node:
            return without_constraint(node['base'])
        return {k: without_constraint(v) for k, v in node.items()}
    return [without_constraint(v)
            for v in node] if isinstance(node, list) else node


def shrink(cfg):
    """Inputs of 128 pixels, where the model takes any; load no weights.

    DFA's layers of 4096 units and its 20 pseudo-labels become few, VGGs of
    any input shallow.
    """
    keys = {'input_size', 'heatmap_size', 'in_featuremap_size', 'img_size'}
    fixed = cfg.model.backbone.get('num_classes', -1) > 0  # VGG's classifier
    factor = max(1, max(cfg.codec.input_size) // 128)
    seen = {}
    for node in walk(cfg._cfg_dict):
        if id(node) in seen:
            continue
        seen[id(node)] = node  # an id is unique while its object lives
        for key in ('init_cfg', 'fc_init_cfg'):
            if node.get(key) and 'checkpoint' in node[key]:
                node[key] = None
        if node.get('type') == 'DFAHead':
            node.update(fc_channels=16, num_clusters=2)
        if node.get('type') == 'VGG' and not fixed:
            node['depth'] = 11
        for key in keys & set(node):
            if not fixed:
                node[key] = tuple(side // factor for side in node[key])
    return cfg


def build(cfg):
    torch.manual_seed(0)
    return build_pose_estimator(cfg.model)


def samples(cfg, split, number=2):
    """Random pictures, boxes and landmarks, through a loader's pipeline."""
    settings = copy.deepcopy(cfg[f'{split}_dataloader'].dataset)
    settings.pipeline = settings.pipeline[1:]  # without LoadImage
    dataset = DATASETS.build({**settings, 'lazy_init': True})
    landmarks = len(dataset.metainfo['keypoint_id2name'])
    rng = np.random.default_rng(0)
    np.random.seed(0)
    packed = []
    for number in range(1, number + 1):
        keypoints = rng.uniform(20, 100, (1, landmarks, 2))
        visible = rng.random((1, landmarks)) < 0.8
        visible[:, ::2] = True
        packed.append(
            dataset.pipeline(
                dict(
                    copy.deepcopy({
                        k: dataset.metainfo[k]
                        for k in ('dataset_name', 'upper_body_ids',
                                  'lower_body_ids', 'flip_pairs',
                                  'dataset_keypoint_weights', 'flip_indices',
                                  'skeleton_links')
                    }),
                    img=rng.integers(0, 256, (140, 120, 3), dtype=np.uint8),
                    img_path='',
                    img_shape=(140, 120),
                    ori_shape=(140, 120),
                    img_id=number,
                    id=number,
                    category_id=1,
                    iscrowd=0,
                    num_keypoints=landmarks,
                    bbox=np.array([[15., 15., 105., 105.]], dtype=np.float32),
                    bbox_score=np.ones(1, dtype=np.float32),
                    keypoints=keypoints.astype(np.float32),
                    keypoints_visible=visible.astype(np.float32),
                    raw_ann_info={})))
    return pseudo_collate(packed)


def training_loss(model, data):
    """As a training step gets it."""
    data = model.data_preprocessor(copy.deepcopy(data), training=True)
    loss, log = model.parse_losses(model(**data, mode='loss'))
    return loss, log
