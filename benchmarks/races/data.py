"""From annotation files to batches, and from predictions to metrics."""
import cProfile
import pstats
import re
import time
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Iterator

import numpy as np
from annotations import write_json, write_tree
from mmpose.evaluation.metrics import NME
from mmpose.registry import DATASETS
from racing import Race, equal, in_child

from pcloss_mmpose.datasets import FashionAIDataset
from pcloss_mmpose.evaluation import NormalizedError
from pcloss_mmpose.rendering.dataset import render_dataset

WORK = Path(__file__).resolve().parents[2] / 'work_dirs/speed'
#: layout -> class, images of the data set, of its training set
OFFICIAL = {
    'fld': ('FLDDataset', 123_016, 83_033),
    'deepfashion_c': ('DeepFashionCDataset', 289_222, 209_222),
    'fashionai': ('FashionAIDataset', 40_000, 40_000)
}


def build(layout: str, root: Path, **kwargs):
    """The plugin's data set of a generated tree."""
    own = (
        dict(ann_file='Annotations/train.csv')
        if layout == 'fashionai' else dict(split='train'))
    own.update(type=OFFICIAL[layout][0], data_root=str(root))
    return DATASETS.build({**own, **kwargs})


def build_stock(file: Path, **kwargs):
    """MMPose's data set of the same annotations."""
    kind = 'BaseCocoStyleDataset' if kwargs else 'DeepFashionDataset'
    with redirect_stdout(None):  # pycocotools prints how it gets on
        return DATASETS.build(dict(type=kind, ann_file=str(file), **kwargs))


def dataset_races(official: dict = OFFICIAL,
                  work: Path = WORK) -> Iterator[Race]:
    for layout, (kind, number, training) in official.items():
        root = work / f'{layout}-{number}'
        write_tree(root, layout, number, training)
        ours = build(layout, root)
        file = root / 'train.json'
        write_json(file, ours)

        def check(ours=ours, file=file, layout=layout, training=training):
            theirs = build_stock(file)
            assert len(ours) == len(theirs) > .9 * training
            for i in range(0, len(ours), max(1, len(ours) // 100)):
                a, b = ours.get_data_info(i), theirs.get_data_info(i)
                assert a['img_path'] == b['img_path']
                equal(a['keypoints'], b['keypoints'])
                equal(a['keypoints_visible'], b['keypoints_visible'])
                if layout != 'fashionai':
                    equal(a['bbox'], b['bbox'])

        yield Race(
            part=f'{kind}, initialised',
            against='DeepFashionDataset on a json',
            size=f'{len(ours):,} of {number:,} rows',
            ours=lambda a=layout, b=root: build(a, b),
            theirs=lambda f=file: build_stock(f),
            check=check,
            bar=5,
            measure=in_child)


def _pipeline(encoder: dict) -> list:
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='RandomFlip', direction='horizontal'),
        dict(type='RandomBBoxTransform'),
        dict(type='TopdownAffine', input_size=(192, 256)),
        dict(type='GenerateTarget', encoder=encoder),
        dict(type='PackPoseInputs')
    ]


def sample_races(number: int = 64, work: Path = WORK) -> Iterator[Race]:
    """Pictures in FashionAI's layout, rendered at its 512 pixels.

    A garment has 4 to 15 of the 24 landmarks; then all 24, at random places.
    """
    root = work / f'samples-{number}'
    render_dataset('fashionai', number, 0, str(root), 512, split={'train': 1})
    csv = root / 'Annotations/train.csv'
    rng = np.random.default_rng(0)

    def place(_):
        return '{}_{}_1'.format(*rng.integers(0, 512, 2))

    csv.with_name('all.csv').write_text(
        re.sub('-1_-1_-1', place, csv.read_text()))
    codec = dict(input_size=(192, 256), heatmap_size=(48, 64), sigma=2.)
    for name, labelled in (('train', 'as labelled'), ('all', '24 of 24')):
        ours = build(
            'fashionai',
            root,
            ann_file=f'Annotations/{name}.csv',
            pipeline=_pipeline(
                dict(
                    type='SoftArgmaxHeatmap', convention='msra', **codec)))
        file = root / f'{name}.json'
        write_json(file, ours)
        theirs = build_stock(
            file,
            metainfo=FashionAIDataset.METAINFO,
            pipeline=_pipeline(
                dict(type='MSRAHeatmap', unbiased=True, **codec)))
        yield Race(
            part='a sample, decoded, augmented, encoded',
            against='MSRAHeatmap(unbiased=True)',
            size=f'512x512 to 256x192, K=24, {labelled}',
            ours=lambda d=ours: _epoch(d),
            theirs=lambda d=theirs: _epoch(d),
            check=lambda a=ours, b=theirs: _check_samples(a, b),
            bar=1.1,
            images=number)


def _epoch(dataset) -> list:
    np.random.seed(0)
    return [dataset[i] for i in range(len(dataset))]


def _check_samples(ours, theirs) -> str:
    for a, b in zip(_epoch(ours), _epoch(theirs)):
        assert (a['inputs'] == b['inputs']).all()
        a, b = a['data_samples'], b['data_samples']
        equal(a.gt_fields.heatmaps, b.gt_fields.heatmaps, atol=2e-5, rtol=0)
        equal(a.gt_instance_labels.keypoint_weights,
              b.gt_instance_labels.keypoint_weights)
    spent = Counter()
    for i in range(len(ours)):
        start = time.perf_counter()
        data = dict(ours.get_data_info(i), dataset=ours)
        spent['annotation'] += time.perf_counter() - start
        for transform in ours.pipeline.transforms:
            start = time.perf_counter()
            data = transform(data)
            spent[type(transform).__name__] += time.perf_counter() - start
    return shares(spent)


def shares(spent: Counter, most: int = 6) -> str:
    """The largest parts of the time, as text."""
    total = sum(spent.values())
    return 'of its time: ' + ', '.join(
        f'{name} {100 * part / total:.0f} %'
        for name, part in spent.most_common(most))


def metric_races(number: int = 40_000,
                 landmarks: int = 24,
                 batch: int = 64) -> Iterator[Race]:
    """Batches repeat, so that they are in the cache, as in a test they are."""
    samples = list(_samples(10 * batch, landmarks))
    batches = [samples[i:i + batch] for i in range(0, len(samples), batch)]

    def build_theirs():
        return NME('use_norm_item', norm_item='bbox_size')

    def process(metric):
        for i in range(-(-number // batch)):
            metric.process(None, batches[i % len(batches)])
        return metric

    def whole(build):
        return process(build()).evaluate(number)

    def check():
        # Of square boxes, the pooled average of visible and occluded ones.
        ours = whole(NormalizedError)
        theirs = whole(build_theirs)
        assert abs(ours['NE'] / theirs['NME'] - 1) < .05, (ours, theirs)

    settings = dict(
        against="MMPose's NME",
        size=f'{number:,} images, K={landmarks}',
        check=check,
        bar=5)
    kept = {
        build: process(build()).results
        for build in (NormalizedError, build_theirs)
    }

    def evaluate(build):
        metric = build()
        metric.results = kept[build].copy()
        return metric.evaluate(number)

    yield Race(
        part='NormalizedError, evaluate',
        ours=lambda: evaluate(NormalizedError),
        theirs=lambda: evaluate(build_theirs),
        **settings)
    yield Race(
        part='NormalizedError, process in batches and evaluate',
        ours=lambda: whole(NormalizedError),
        theirs=lambda: whole(build_theirs),
        **settings)


def _samples(number: int, landmarks: int) -> Iterator[dict]:
    rng = np.random.default_rng(0)
    for _ in range(number):
        true = rng.uniform(0, 256, (1, landmarks, 2)).astype(np.float32)
        visible = rng.integers(0, 3, landmarks)
        raw = np.concatenate([true[0], visible[:, None]], 1)
        yield dict(
            img_path='a.jpg',
            pred_instances=dict(
                keypoints=true + rng.normal(0, 5, true.shape)),
            gt_instances=dict(
                keypoints=true,
                keypoints_visible=np.minimum(visible, 1)[None],
                bboxes=np.array([[0, 0, 256, 256]], np.float32)),
            raw_ann_info=dict(keypoints=raw.ravel().tolist()))


def rendering_races(number: int = 48) -> Iterator[Race]:
    def render():
        with TemporaryDirectory() as folder:
            render_dataset('fld', number, 0, f'{folder}/set', workers=1)

    def profile():
        profiler = cProfile.Profile()
        profiler.runcall(render)
        spent = Counter()
        for (file, _, name), line in pstats.Stats(profiler).stats.items():
            name = name.strip('<>{}').split('.')[-1].replace('built-in ', '')
            if file != '~':
                name = f'{Path(file).stem}.{name}'
            spent[name] += line[2]
        return shares(spent, 8)

    yield Race(
        part='a rendered garment, written',
        against='',
        size='256 pixels, FLD',
        ours=render,
        theirs=None,
        check=profile,
        images=number)
