"""DeepFashion2's AP, against pycocotools with the official sigmas."""
import contextlib
import json

import numpy as np
import pytest
from deepfashion2_tree import make_item, write_split
from mmengine.registry import init_default_scope
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from pcloss_mmpose.datasets import DeepFashion2AnnosDataset
from pcloss_mmpose.datasets.readers.deepfashion2_annos import (ATTRIBUTES,
                                                               CATEGORIES,
                                                               own_landmarks)
from pcloss_mmpose.engine.best_metric import rule_of
from pcloss_mmpose.evaluation import (DeepFashion2AP, LandmarkFailures,
                                      NormalizedError)

SIGMAS = np.array(DeepFashion2AnnosDataset.METAINFO['sigmas'])


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """Items of all categories, some of them twice in an image."""
    root = write_split(tmp_path_factory.mktemp('tree'), 'validation', 40)
    rng = np.random.default_rng(5)
    for number in (1, 2, 3, 20, 21, 33):
        file = root / f'validation/annos/{number:06d}.json'
        content = json.loads(file.read_text())
        category = content['item1']['category_id']
        for _ in range(3):
            content[f'item{len(content) - 1}'] = make_item(rng, category)
        blank = make_item(rng, category)
        blank['landmarks'] = [0] * len(blank['landmarks'])
        content[f'item{len(content) - 1}'] = blank
        file.write_text(json.dumps(content))
    return root


def build(tree, **kwargs):
    init_default_scope('mmpose')
    return DeepFashion2AnnosDataset(
        data_root=str(tree),
        ann_file='validation/annos',
        data_prefix=dict(img='validation/image'),
        test_mode=True,
        **kwargs)


def items(tree):
    """The annotations, as the official script converts them."""
    for file in sorted((tree / 'validation/annos').iterdir()):
        if file.suffix != '.json':
            continue
        content = json.loads(file.read_text())
        for key in sorted(k for k in content if k.startswith('item')):
            item = content[key]
            x1, y1, x2, y2 = item['bounding_box']
            own = own_landmarks(item['category_id'])
            keypoints = np.zeros((294, 3))
            keypoints[own] = np.reshape(item['landmarks'], (-1, 3))
            yield dict(
                image_id=int(file.stem),
                category_id=item['category_id'],
                bbox=[x1, y1, x2 - x1, y2 - y1],
                area=(x2 - x1) * (y2 - y1),
                iscrowd=0,
                keypoints=keypoints,
                **{k: item[k]
                   for k in ATTRIBUTES})


def detections(tree):
    """With misses, false categories, ties and false alarms."""
    rng = np.random.default_rng(3)
    found = []
    for item in items(tree):
        chance = rng.random()
        category = item['category_id']
        if chance < .15:
            continue
        if chance < .3:
            category = int(rng.integers(1, 14))
        box = (np.array(item['bbox']) + rng.normal(0, 2, 4)).tolist()
        score = float(rng.choice([.3, .5, .5, .9]))
        found.append(
            dict(
                image_id=item['image_id'],
                category_id=category,
                bbox=box,
                score=score))
        if chance > .8:
            found.append(dict(found[-1], score=.5))
    file = tree / 'found.bbox.json'
    file.write_text(json.dumps(found))
    return str(file)


def predict(dataset, seed=1, noise=3.):
    """Samples as a model puts them out."""
    rng = np.random.default_rng(seed)
    truth = {}
    for item in items_of(dataset):
        truth.setdefault((item['image_id'], item['category_id']),
                         item['keypoints'])
    samples = []
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        keypoints = rng.uniform(0, 90, (1, 294, 2)).astype(np.float32)
        scores = rng.uniform(0, 1, (1, 294)).astype(np.float32)
        near = truth.get((info['img_id'], info['category_id']))
        if near is not None:
            shift = rng.normal(0, noise * rng.random(), (294, 2))
            keypoints[0] = near[:, :2] + shift
        if i % 7 == 0:
            scores[:] = .5  # ties
        samples.append(
            dict(
                id=info['id'],
                img_id=info['img_id'],
                img_path=info['img_path'],
                category_id=info['category_id'],
                ori_shape=(128, 96),
                raw_ann_info=info['raw_ann_info'],
                pred_instances=dict(
                    keypoints=keypoints, keypoint_scores=scores),
                gt_instances=dict(
                    keypoints=info['keypoints'],
                    keypoints_visible=info['keypoints_visible'],
                    bboxes=info['bbox'],
                    bbox_scores=info['bbox_score'],
                    bbox_scales=np.array([[50., 60.]]))))
    return samples


def items_of(dataset):
    table = dataset._metainfo['truth'].table
    for row in range(len(table.names)):
        yield dict(
            image_id=int(table.image_ids[row]),
            category_id=int(table.categories[row]),
            keypoints=table.keypoints[row])


def measure(dataset, samples, **kwargs):
    metric = DeepFashion2AP(**kwargs)
    metric.dataset_meta = dataset.metainfo
    for start in range(0, len(samples), 7):
        metric.process(None, samples[start:start + 7])
    return metric.evaluate(len(samples))


def official(tree, results, occluded, chosen=lambda item: True, category=None):
    """Mean AP, AP50 and AP75 by pycocotools."""
    annotations = []
    for i, item in enumerate(items(tree), 1):
        keypoints = item['keypoints'].copy()
        if not occluded:
            keypoints[keypoints[:, 2] == 1, 2] = 0
        annotations.append(
            dict(
                item,
                id=i,
                keypoints=keypoints.ravel().tolist(),
                num_keypoints=int((keypoints[:, 2] > 0).sum())))
    with contextlib.redirect_stdout(None):
        truth = COCO()
        truth.dataset = dict(
            images=[dict(id=i) for i in {a['image_id']
                                         for a in annotations}],
            categories=[dict(id=i) for i in range(1, 14)],
            annotations=annotations)
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), 'keypoints')
        evaluation.params.kpt_oks_sigmas = SIGMAS
        if category:
            evaluation.params.catIds = [category]
        prepare = evaluation._prepare

        def prepare_part():
            prepare()
            for annotation in annotations:
                if not chosen(annotation):
                    annotation['ignore'] = True

        evaluation._prepare = prepare_part
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[:3]


@pytest.mark.parametrize('detected', [False, True])
def test_agrees_with_pycocotools(tree, detected, tmp_path):
    dataset = build(tree, bbox_file=detections(tree) if detected else None)
    samples = predict(dataset)
    values = measure(dataset, samples, outfile_prefix=str(tmp_path / 'run'))
    results = str(tmp_path / 'run.keypoints.json')
    assert 0.05 < values['deepfashion2/AP'] < 0.95
    for ending, occluded in (('', False), ('_occluded', True)):
        for name, value in zip(('AP', 'AP50', 'AP75'),
                               official(tree, results, occluded)):
            assert values[f'deepfashion2/{name}{ending}'] == pytest.approx(
                value, abs=1e-9)
        for number in (1, 6, 13):
            value, _, _ = official(tree, results, occluded, category=number)
            name = f'deepfashion2/AP{ending}/{CATEGORIES[number - 1]}'
            assert values[name] == pytest.approx(value, abs=1e-9)
        for key, number in (('scale', 1), ('viewpoint', 3)):
            value, _, _ = official(tree, results, occluded,
                                   lambda item: item[key] == number)
            name = f'AP{ending}/{key} {ATTRIBUTES[key][number - 1]}'
            assert values[f'deepfashion2/{name}'] == pytest.approx(
                value, abs=1e-9)


def test_results_in_the_format_of_the_challenge(tree, tmp_path):
    dataset = build(tree, bbox_file=detections(tree))
    samples = predict(dataset)
    prefix = str(tmp_path / 'run')
    assert measure(
        dataset, samples, outfile_prefix=prefix, format_only=True) == {}
    rows = json.loads((tmp_path / 'run.keypoints.json').read_text())
    assert len(rows) == len(samples)
    for row in rows:
        assert set(row) == {'image_id', 'category_id', 'keypoints', 'score'}
        keypoints = np.reshape(row['keypoints'], (294, 3))
        own = own_landmarks(row['category_id'])
        assert (keypoints[own, 2] > 0).all()
        keypoints[own] = 0
        assert not keypoints.any()


def test_only_landmarks_of_the_category_count(tree):
    """What a model says of the others changes neither AP nor its order."""
    dataset = build(tree)
    samples, others = predict(dataset), predict(dataset)
    for sample in others:
        own = own_landmarks(sample['category_id'])
        for values in sample['pred_instances'].values():
            kept = values[:, own].copy()
            values[:] = 1000
            values[:, own] = kept
    assert measure(dataset, samples) == measure(dataset, others)


def test_truth_from_samples(tree, tmp_path):
    """As where results were saved: without what the data set tells."""
    # where each item has a landmark, and so a sample
    dataset = build(write_split(tmp_path, 'validation'))
    samples = predict(dataset)
    values = measure(dataset, samples)
    del dataset._metainfo['truth']
    assert measure(dataset, samples) == values
    detected = build(tree, bbox_file=detections(tree), indices=5)
    with pytest.raises(ValueError, match='is a detection.*without indices'):
        measure(detected, predict_plain(detected))


def predict_plain(dataset):
    dataset._metainfo['truth'] = build(dataset.data_root)._metainfo['truth']
    samples = predict(dataset)
    del dataset._metainfo['truth']
    return samples


@pytest.mark.parametrize('detected', [False, True])
def test_errors_and_failures(tree, detected):
    """Of the landmarks that a category has, divided by the true box."""
    dataset = build(tree, bbox_file=detections(tree) if detected else None)
    samples = predict(dataset, noise=0)
    for metric, name in ((NormalizedError(), 'NE'), (LandmarkFailures(),
                                                     'outlier_rate')):
        metric.dataset_meta = dataset.metainfo
        metric.process(None, samples)
        values = metric.evaluate(len(samples))
        assert 0 <= values[name] < 2
        assert f'{name}/sling dress 1' in values


def test_perfect(tree):
    dataset = build(tree)
    samples = predict(dataset)
    for sample in samples:
        sample['pred_instances']['keypoints'] = sample['gt_instances'][
            'keypoints']
    values = measure(dataset, samples)
    assert list(values.values()) == pytest.approx([1.] * len(values))
    assert rule_of('deepfashion2/AP') == 'greater'
    assert len(values) == 2 * (3 + 13 + 12)
