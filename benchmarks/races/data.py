"""From annotation files to batches, and from predictions to metrics."""
from contextlib import redirect_stdout
from pathlib import Path
from typing import Iterator

import numpy as np
from annotations import write_json, write_tree
from mmpose.evaluation.metrics import NME
from mmpose.registry import DATASETS
from racing import Race, equal

from pcloss_mmpose.datasets import FashionAIDataset
from pcloss_mmpose.evaluation import NormalizedError
from pcloss_mmpose.rendering import render_dataset

WORK = Path(__file__).resolve().parents[2] / 'work_dirs/speed'
#: layout -> class, images of the data set, of its training set
OFFICIAL = {
    'fld': ('FLDDataset', 123_016, 83_033),
    'deepfashion_c': ('DeepFashionCDataset', 289_222, 209_222),
    'fashionai': ('FashionAIDataset', 40_000, 40_000)
}
_CODEC = dict(input_size=(192, 256), heatmap_size=(48, 64), sigma=2.)


def build(layout: str, root: Path, **kwargs):
    """The plugin's data set of a generated tree."""
    own = (
        dict(ann_file='Annotations/train.csv')
        if layout == 'fashionai' else dict(split='train'))
    return DATASETS.build(
        dict(type=OFFICIAL[layout][0], data_root=str(root), **own, **kwargs))


def build_stock(file: Path, **kwargs):
    """MMPose's data set of the same annotations."""
    kind = 'BaseCocoStyleDataset' if kwargs else 'DeepFashionDataset'
    with redirect_stdout(None):  # pycocotools prints how it gets on
        return DATASETS.build(dict(type=kind, ann_file=str(file), **kwargs))


def dataset_races(official: dict = OFFICIAL,
                  work: Path = WORK) -> Iterator[Race]:
    for layout, (kind, number, training) in official.items():
        root = work / f'{layout}-{number}'
        write_tree(root, layout, number, training / number)
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
            memory=True)


def _pipeline(**encoder) -> list:
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='RandomFlip', direction='horizontal'),
        dict(type='RandomBBoxTransform'),
        dict(type='TopdownAffine', input_size=(192, 256)),
        dict(type='GenerateTarget', encoder=dict(**encoder, **_CODEC)),
        dict(type='PackPoseInputs')
    ]


def sample_races(number: int = 64, work: Path = WORK) -> Iterator[Race]:
    """Pictures in FashionAI's layout, rendered at its 512 pixels.

    A garment has 4 to 15 of the 24 landmarks.
    """
    root = work / f'samples-{number}'
    render_dataset('fashionai', number, 0, str(root), 512, split={'train': 1})
    ours = build(
        'fashionai',
        root,
        pipeline=_pipeline(type='SoftArgmaxHeatmap', convention='msra'))
    write_json(root / 'train.json', ours)
    theirs = build_stock(
        root / 'train.json',
        metainfo=FashionAIDataset.METAINFO,
        pipeline=_pipeline(type='MSRAHeatmap', unbiased=True))

    def epoch(dataset):
        np.random.seed(0)
        return [dataset[i] for i in range(len(dataset))]

    def check():
        for a, b in zip(epoch(ours), epoch(theirs)):
            assert (a['inputs'] == b['inputs']).all()
            a, b = a['data_samples'], b['data_samples']
            equal(a.gt_fields.heatmaps, b.gt_fields.heatmaps, atol=2e-5,
                  rtol=0)
            equal(a.gt_instance_labels.keypoint_weights,
                  b.gt_instance_labels.keypoint_weights)

    yield Race(
        part='a sample, decoded, augmented, encoded',
        against='MSRAHeatmap(unbiased=True)',
        size='512x512 to 256x192, K=24, as labelled',
        ours=lambda: epoch(ours),
        theirs=lambda: epoch(theirs),
        check=check,
        images=number)


def metric_races(number: int = 40_000,
                 landmarks: int = 24,
                 batch: int = 64) -> Iterator[Race]:
    """Batches repeat, so that they are in the cache, as in a test they are."""
    samples = list(_samples(10 * batch, landmarks))
    batches = [samples[i:i + batch] for i in range(0, len(samples), batch)]

    def evaluate(metric):
        for i in range(-(-number // batch)):
            metric.process(None, batches[i % len(batches)])
        return metric.evaluate(number)

    def ours():
        return evaluate(NormalizedError())

    def theirs():
        return evaluate(NME('use_norm_item', norm_item='bbox_size'))

    def check():
        # Of square boxes, the pooled average of visible and occluded ones.
        a, b = ours()['NE'], theirs()['NME']
        assert abs(a / b - 1) < .05, (a, b)

    yield Race(
        part='NormalizedError, process in batches and evaluate',
        against="MMPose's NME",
        size=f'{number:,} images, K={landmarks}',
        ours=ours,
        theirs=theirs,
        check=check)


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
