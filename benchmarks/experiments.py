"""What is compared: grids of a config, its overrides, and data."""
import copy
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from mmengine.config import Config

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'

HEATMAP = 'fashion_2d_keypoint/topdown_heatmap/fld/td-hm_res18_1xb32-18e_fld-96x64.py'  # noqa: E501
REGRESSION = 'fashion_2d_keypoint/topdown_regression/fld/td-reg_res18_1xb32-18e_fld-96x64.py'  # noqa: E501
FACES = 'face_2d_keypoint/topdown_heatmap/300w/td-hm_res18_1xb32-16e_300w-64x64.py'  # noqa: E501
BODIES = '../benchmarks/configs/td-hm_res18_bodies-96x64.py'
FGN = 'fashion_2d_keypoint/topdown_heatmap/fld/td-hm_fgn-res18_1xb32-18e_fld-96x64.py'  # noqa: E501
DFA = 'fashion_2d_keypoint/topdown_regression/fld/td-reg_dfa-res18{}_1xb32-18e_fld-96x64.py'  # noqa: E501
DLAN = 'fashion_2d_keypoint/topdown_regression/fld/dlan_res18_1xb32-18e_fld-96x96.py'  # noqa: E501
DEEPFASHION2 = 'fashion_2d_keypoint/topdown_heatmap/deepfashion2_annos/td-hm_res18_1xb32-18e_deepfashion2-96x64.py'  # noqa: E501


class Rendered(NamedTuple):
    """Rendered garments, the arguments of render_garments.py.

    Training, validation and test pictures are sets of their own, whose seeds
    are ``seed``, ``seed + 1`` and ``seed + 2``. A training uses the first
    pictures of its set.
    """
    layout: str
    seed: int
    train: int
    val: int
    test: int
    clutter: float
    size: int = 128


class Photos(NamedTuple):
    """Photographs with landmarks in a json of COCO's format.

    Files and the images' folder are below that given with ``--photos``.
    """
    train: str
    test: str
    # A file, or how many of the first training images, of other people.
    val: Union[str, int]
    img: str
    shift: float = 0.  # pixels, added to x and y
    landmarks: Optional[Tuple[int, ...]] = None  # the others are absent


class Tree(NamedTuple):
    """Photographs in FLD's layout, in the folder given with ``--photos``."""
    layout: str = 'fld'


class Row(NamedTuple):
    """One trained model, but for its seed.

    ``pc`` are the settings of the constraint around the config's loss; without
    them there is none. ``start`` is an experiment and a row, ``'a/b'``, whose
    model of seed 0 is the start.
    """
    config: str  # below configs/
    data: str  # a key of DATA
    num: int  # of training images
    epochs: int  # schedules by epoch are stretched to it
    pc: Optional[Dict[str, Any]] = None
    options: Dict[str, Any] = {}  # dotted keys
    start: Optional[str] = None


# Corners of eyes and mouth, tip of the nose, chin; with ends of brows, bridge
# and root of the nose, middles of the lips, and four of the contour.
_EIGHT = (36, 39, 42, 45, 30, 48, 54, 8)
_TWENTY = (*_EIGHT, 17, 21, 22, 26, 27, 33, 51, 57, 0, 4, 12, 16)
# The labels are counted from 1, and scaled: a model, which sees each picture
# mirrored as often as not, finds them 1.05 pixels further left both ways.
_FACES = Photos('annotations/face68_train.json',
                'annotations/face68_test.json', 401, 'img/', -1.05)

DATA = {
    'garments': Rendered('fld', 11, 8000, 1000, 3000, clutter=0.),
    # of more pixels
    'garments-256': Rendered('fld', 11, 2000, 200, 1000, clutter=0., size=256),
    'deepfashion2': Rendered('deepfashion2', 31, 4000, 300, 1500, clutter=0.),
    'faces': _FACES,
    'faces-8': _FACES._replace(landmarks=_EIGHT),
    'faces-20': _FACES._replace(landmarks=_TWENTY),
    'bodies': Photos('annotations/bodies_train.json',
                     'annotations/bodies_test.json',
                     'annotations/bodies_val.json', 'img/'),
    'street': Tree(),
}

# The constraint as the slides have it.
PAPER = dict(form='paper', start=0)
# MMPose's own codecs in the place of the plugin's.
_ENCODER = 'train_dataloader.dataset.pipeline.{}.encoder.'


def _codec(shift_heatmap: bool, **codec) -> Dict[str, Any]:
    options: Dict[str, Any] = {
        'model.test_cfg.shift_heatmap': shift_heatmap
    }
    for key, value in codec.items():
        options['model.head.decoder.' + key] = value
        options[_ENCODER + key] = value
    return options


def _affine(key: str, value: Any) -> Dict[str, Any]:
    """A setting of what cuts the crop, in each data loader."""
    return {
        f'{split}_dataloader.dataset.pipeline.{{affine}}.{key}': value
        for split in ('train', 'val', 'test')
    }


def _rate(value: float) -> Dict[str, Any]:
    """The highest learning rate."""
    return {
        'optim_wrapper.optimizer.lr': value,
        'param_scheduler.0.eta_max': value
    }


STOCK_CODEC = _codec(True, type='MSRAHeatmap')
CODECS = {
    'MSRA': STOCK_CODEC,
    'DARK': _codec(True, type='MSRAHeatmap', unbiased=True),
    'UDP': {
        **_codec(False, type='UDPHeatmap'),
        **_affine('use_udp', True),
    },
    'ours, MSRA convention': _codec(True, convention='msra'),
}


def _size(width: int, height: int) -> Dict[str, Any]:
    """Images of this size, and heatmaps of a quarter of it."""
    size = width, height
    codec = _codec(
        False,
        input_size=size,
        heatmap_size=(width // 4, height // 4),
        sigma=2.)
    return {**codec, **_affine('input_size', size)}


def _rows(config: str, *data, start=None, options={}, **settings):
    """The baseline, and with the constraint; other settings of it by name."""
    rows = {'baseline': None, 'constraint': {}, **settings}
    return {
        name: Row(config, *data, pc, options, start)
        for name, pc in rows.items()
    }


def _codecs(config: str, *data, start=None):
    """MMPose's codecs, each with its own flip test, and the plugin's."""
    rows = {
        name: Row(config, *data, None, options, start)
        for name, options in CODECS.items()
    }
    return {**rows, **_rows(config, *data, start=start)}


def _label(width: int, height: int) -> Dict[str, Any]:
    return dict(type='RegressionLabel', input_size=(width, height))


def _coordinates(loss, landmarks=68, label=_label(64, 64)) -> Dict[str, Any]:
    """A head that regresses coordinates, in place of heatmaps."""
    return {
        'model.neck': dict(type='GlobalAveragePooling'),
        'model.head': dict(
            type='RegressionHead', in_channels=128, num_joints=landmarks,
            loss=loss, decoder=label),
        'model.test_cfg': dict(flip_test=True, shift_coords=True),
        _ENCODER[:-1]: label,
        **_rate(2e-3),
    }  # yapf: disable


def _loss(name: str, **settings) -> dict:
    return dict(type=name, use_target_weight=True, **settings)


_SIMCC = dict(
    type='SimCCLabel', input_size=(64, 64), sigma=1.6, simcc_split_ratio=2.0,
    normalize=False, use_dark=False)  # yapf: disable
#: Heads on faces, beside that of heatmaps: name -> overrides.
HEADS = {
    'MSE': _coordinates(_loss('MSELoss')),
    'L1': _coordinates(_loss('L1Loss')),
    'RLE': {
        **_coordinates(_loss('RLELoss')),
        'model.head.type': 'RLEHead',
    },
    'SimCC': {
        'model.head': dict(
            type='SimCCHead', in_channels=128, out_channels=68,
            input_size=(64, 64), in_featuremap_size=(4, 4),
            simcc_split_ratio=2.0, deconv_out_channels=None,
            loss=_loss('KLDiscretLoss'), decoder=_SIMCC),
        'model.test_cfg': dict(flip_test=True),
        _ENCODER[:-1]: _SIMCC,
    },
    'integral': {
        'model.head': dict(
            type='IntegralRegressionHead', in_channels=128, num_joints=68,
            in_featuremap_size=(4, 4), deconv_out_channels=(32, 32),
            deconv_kernel_sizes=(4, 4), loss=_loss('SmoothL1Loss'),
            decoder=_label(64, 64)),
        'model.test_cfg': dict(
            flip_test=True, shift_heatmap=False, shift_coords=True),
        _ENCODER[:-1]: _label(64, 64),
    },
}  # yapf: disable
#: A backbone that has learnt from ImageNet, whose finest map is of 2 x 3.
IMAGENET = {
    'model.backbone': dict(
        type='MobileNetV2', widen_factor=1., out_indices=(7, ),
        init_cfg=dict(type='Pretrained',
                      checkpoint='data/weights/mobilenetv2_imagenet.pth')),
    'model.head.in_channels': 1280,
    'model.head.deconv_out_channels': (64, 64, 64),
    'model.head.deconv_kernel_sizes': (4, 4, 4),
    **_rate(1e-3),
}  # yapf: disable
#: As users train, on a GPU: large images and batches, half precision.
_GPU = {
    'train_dataloader.batch_size': 64,
    'optim_wrapper.type': 'AmpOptimWrapper',
    'env_cfg.cudnn_benchmark': True,
    # by numpy, on heatmaps copied from the GPU: longer than the step
    'model.train_cfg': dict(compute_acc=False),
}
#: MMPose's SimpleBaseline, from scratch: there are no weights to start from.
RES50 = {
    **_GPU,
    'model.backbone': dict(type='ResNet', depth=50),
    'model.head.in_channels': 2048,
    'model.head.deconv_out_channels': (256, 256, 256),
    'model.head.deconv_kernel_sizes': (4, 4, 4),
    **_rate(1e-3),
}  # yapf: disable

_SHARES = {f'share {value}': dict(share=value) for value in (.5, 2.)}
GARMENTS = ('garments', 2000, 24)
PHOTOS = ('faces', 2997, 16)
PEOPLE = ('bodies', 7054, 8)

#: name -> rows; each is compared with the first one
EXPERIMENTS: Dict[str, Dict[str, Row]] = {
    'faces': _rows(FACES, *PHOTOS, **_SHARES, **{
        'left-right': dict(groups='left-right', metainfo='Face300WDataset'),
        'paper': PAPER,
    }),
    'faces-20': _rows(FACES, 'faces-20', *PHOTOS[1:]),
    'faces-8': _rows(FACES, 'faces-8', *PHOTOS[1:]),
    'faces-codecs': _codecs(FACES, *PHOTOS),
    **{f'faces-{name}': _rows(FACES, *PHOTOS, options=options,
                              start='faces/baseline')
       for name, options in HEADS.items()},
    'garments': _rows(HEATMAP, *GARMENTS, **_SHARES, **{
        'left-right': dict(groups='left-right', metainfo='FLDDataset'),
        'paper': PAPER,
    }),
    'garments-codecs': _codecs(HEATMAP, *GARMENTS),
    # What the flip test that fits costs and gains on large heatmaps.
    'garments-large': {
        'ours, MSRA convention': Row(
            HEATMAP, 'garments-256', 2000, 4,
            options={**_size(192, 256), **_codec(True, convention='msra')},
            start='garments-codecs/ours, MSRA convention'),
        'baseline': Row(HEATMAP, 'garments-256', 2000, 4,
                        options=_size(192, 256),
                        start='garments/baseline'),
    },
    'garments-MSE': _rows(REGRESSION, *GARMENTS, start='garments/baseline',
                          **_SHARES),
    'garments-peers': {
        'SimpleBaseline': Row(HEATMAP, *GARMENTS),
        'FGN without messages': Row(
            FGN, *GARMENTS, options={'model.head.chains': []}),
        'FGN': Row(FGN, *GARMENTS),
        'regression': Row(REGRESSION, *GARMENTS),
        'DFA, stage 1': Row(DFA.format('-s1'), *GARMENTS),
        'DFA, stage 2': Row(DFA.format('-s2'), *GARMENTS,
                            start='garments-peers/DFA, stage 1'),
        'DFA, stage 3': Row(DFA.format(''), *GARMENTS,
                            start='garments-peers/DFA, stage 2'),
        'DLAN without transformers': Row(
            DLAN, *GARMENTS, options={'model.head.steps': 1}),
        'DLAN': Row(DLAN, *GARMENTS),
    },
    'deepfashion2': _rows(DEEPFASHION2, 'deepfashion2', 4000, 12, **_SHARES),
    'bodies': _rows(BODIES, *PEOPLE, **_SHARES),
    'bodies-codecs': _codecs(BODIES, *PEOPLE),
    'bodies-MSE': _rows(
        BODIES, *PEOPLE, start='bodies/baseline', options=_coordinates(
            _loss('MSELoss'), 14, _label(64, 96))),
    'bodies-ImageNet': _rows(BODIES, *PEOPLE[:2], 4, options=IMAGENET),
    'street': _rows(HEATMAP, 'street', 369, 60, start='garments/baseline'),
    'street-MSE': _rows(REGRESSION, 'street', 369, 60,
                        start='garments-MSE/baseline'),
    'street-ImageNet': _rows(HEATMAP, 'street', 369, 60, options=IMAGENET),
    'faces-ResNet-50': _rows(FACES, *PHOTOS[:2], 20,
                             options={**_size(256, 256), **RES50}),
    'bodies-ResNet-50': _rows(BODIES, *PEOPLE[:2], 24,
                              options={**_size(192, 256), **RES50}),
    'bodies-ImageNet-large': _rows(
        BODIES, *PEOPLE[:2], 20,
        options={**_size(192, 256), **IMAGENET, **_GPU}),
    'street-ImageNet-large': _rows(
        HEATMAP, 'street', 369, 100,
        options={**_size(192, 256), **IMAGENET, **_GPU}),
}  # yapf: disable
SEEDS: Tuple[int, ...] = (0, 1, 2, 3, 4)


@lru_cache(maxsize=None)
def _load(config: str) -> Config:
    return Config.fromfile(CONFIGS / config)


def build_config(row: Row, seed: int) -> Config:
    """All that a model depends on, but for the places of files."""
    cfg = copy.deepcopy(_load(row.config))
    # Some configs test on the very loader of the validation.
    cfg.test_dataloader = copy.deepcopy(cfg.test_dataloader)
    types = [t.type for t in cfg.train_dataloader.dataset.pipeline]
    test_types = [t.type for t in cfg.test_dataloader.dataset.pipeline]
    options = {
        'randomness.seed': seed,
        'train_cfg.max_epochs': row.epochs,
        'train_cfg.val_interval': row.epochs,
        'default_hooks.checkpoint.interval': 1,  # what a resumption costs
        'default_hooks.checkpoint.max_keep_ckpts': 1,
        'default_hooks.checkpoint.save_best': None,
    }
    for key, value in row.options.items():
        of = types if key.startswith('train') else test_types
        place = types.index('GenerateTarget')
        key = key.format(place, affine=of.index('TopdownAffine'))
        if isinstance(value, dict):  # in place of what was there, if anything
            cfg.merge_from_dict({key: None})
            value = dict(value, _delete_=True)
        options[key] = value
    cfg.merge_from_dict(options)
    if row.pc is not None:
        cfg.model.head.loss = dict(
            type='PCLoss', base=cfg.model.head.loss, **row.pc)
    return cfg


def forget_configs() -> None:
    """Read the configs' files anew, as they are now."""
    _load.cache_clear()


def identity(row: Row, seed: int) -> dict:
    """What tells a model from others, as it is stored with its result."""
    of = dict(row._asdict(), seed=seed, dataset=DATA[row.data]._asdict())
    return json.loads(json.dumps(of))


# The rest of a config says what is kept, shown and guarded.
_MATTERS = ('model', 'train_dataloader', 'test_dataloader', 'train_cfg',
            'optim_wrapper', 'param_scheduler', 'randomness')


def key_of(row: Row, seed: int, start: Optional[str] = None) -> str:
    """Name of a new model; that of one with a result is stored there.

    ``start`` is the key of the model that it starts from, if any.
    """
    cfg = build_config(row, seed).to_dict()
    settings = [{name: cfg[name] for name in _MATTERS}, row.num,
                DATA[row.data], start]  # yapf: disable
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha1(text.encode()).hexdigest()[:12]
