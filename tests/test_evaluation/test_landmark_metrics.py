import contextlib
import logging
import math

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmpose.datasets.transforms import KeypointConverter
from mmpose.registry import METRICS

from pcloss_mmpose.datasets.readers.fashionai_csv import \
    LANDMARKS as FASHIONAI_LANDMARKS
from pcloss_mmpose.evaluation import LandmarkFailures, NormalizedError

META = dict(
    dataset_name='two', keypoint_id2name={
        0: 'left hem',
        1: 'right hem'
    })
FLAWLESS = [[10., 10.], [90., 90.]]


def run(metric, samples, batch_size=4, dataset_meta=None):
    metric.dataset_meta = dataset_meta
    for start in range(0, len(samples), batch_size):
        metric.process(None, samples[start:start + batch_size])
    return metric.evaluate(len(samples))


@contextlib.contextmanager
def logged():
    """The messages to MMPose's log."""
    messages = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)


# A plain reference: one image, one landmark, one pair at a time.


def unpack(sample):
    code = sample['raw_ann_info']['keypoints'][2::3]
    return (sample['pred_instances']['keypoints'][0],
            sample['gt_instances']['keypoints'][0].astype(float), code)


def divisor(sample, norm):
    _, gt, code = unpack(sample)
    if norm == 'bbox':
        x1, y1, x2, y2 = sample['gt_instances']['bboxes'][0]
        return x2 - x1, y2 - y1
    i, j = (5, 6) if sample['category_id'] <= 3 else (15, 16)
    if code[i] == 0 or code[j] == 0:
        return None
    return (math.hypot(*(gt[i] - gt[j])), ) * 2


def distance(a, b, size):
    return math.hypot((a[0] - b[0]) / size[0], (a[1] - b[1]) / size[1])


def reference_errors(samples, norm):
    """Errors of the visible landmarks, by landmark."""
    errors = {}
    for sample in samples:
        size = divisor(sample, norm)
        if size is None:
            continue
        for k, (p, g, code) in enumerate(zip(*unpack(sample))):
            if code == 2:
                errors.setdefault(k, []).append(distance(p, g, size))
    return errors


def reference_duplicates(samples, norm, threshold):
    duplicates = pairs = 0
    for sample in samples:
        size = divisor(sample, norm)
        pred, gt, code = unpack(sample)
        for i in range(len(pred)):
            for j in range(i):
                if size is not None and code[i] > 0 and code[j] > 0:
                    pairs += 1
                    duplicates += (
                        distance(pred[i], pred[j], size) < threshold
                        and distance(gt[i], gt[j], size) >= threshold)
    return duplicates, pairs


@pytest.mark.parametrize('norm', ['bbox', 'fashionai'])
def test_normalized_error_equals_a_loop(norm, random_samples):
    samples = random_samples(40)
    result = run(NormalizedError(norm), samples)
    errors = reference_errors(samples, norm)
    pooled = sum(errors.values(), [])
    means = {k: sum(values) / len(values) for k, values in errors.items()}
    average = (
        sum(means.values()) / 24 if norm == 'bbox' else sum(pooled) /
        len(pooled))
    assert result['NE'] == pytest.approx(average, rel=1e-12)
    for k, mean in means.items():
        assert result[f'NE/{k}'] == pytest.approx(mean, rel=1e-12)
    skipped = sum(divisor(sample, norm) is None for sample in samples)
    assert (skipped == 0) == (norm == 'bbox')
    assert result['NE/num_skipped'] == skipped
    assert result['NE/num_images'] == 40 - skipped
    assert result['NE/num_landmarks'] == len(pooled)


@pytest.mark.parametrize('norm', ['bbox', 'fashionai'])
def test_landmark_failures_equal_a_loop(norm, random_samples):
    samples = random_samples(40)
    result = run(
        LandmarkFailures(norm, outlier_threshold=.12, duplicate_threshold=.05),
        samples)
    errors = reference_errors(samples, norm)
    pooled = np.array(sum(errors.values(), []))
    assert 0.1 < (pooled > .12).mean() < 0.9
    assert result['outlier_rate'] == pytest.approx((pooled > .12).mean())
    for k, values in errors.items():
        assert result[f'outlier_rate/{k}'] == pytest.approx((np.array(values)
                                                             > .12).mean())
    duplicates, pairs = reference_duplicates(samples, norm, .05)
    assert duplicates > 10
    assert result['duplicate_rate'] == pytest.approx(duplicates / pairs)
    assert result['failures/num_pairs'] == pairs
    assert result['failures/num_landmarks'] == len(pooled)
    assert result['failures/num_skipped'] == sum(
        divisor(sample, norm) is None for sample in samples)


def test_by_hand(make_sample):
    """Box 100 x 200, so (3, 8) is (.03, .04); the second image halves it."""
    samples = [
        make_sample([[13, 28], [50, 100]], [[10, 20], [50, 60]], [2, 2],
                    (0, 0, 100, 200)),
        make_sample([[13, 28], [0, 0]], [[10, 20], [50, 60]], [2, 1],
                    (10, 10, 210, 410)),
    ]
    result = run(NormalizedError(), samples, dataset_meta=META)
    assert result == {
        'NE': pytest.approx((.0375 + .2) / 2),
        'NE/left hem': pytest.approx(.0375),
        'NE/right hem': pytest.approx(.2),
        'NE/num_images': 2,
        'NE/num_landmarks': 3,
        'NE/num_skipped': 0,
    }
    assert list(result)[0] == 'NE'  # what save_best='auto' looks at
    result = run(LandmarkFailures(), samples, dataset_meta=META)
    assert result == {
        'outlier_rate': pytest.approx(1 / 3),
        'duplicate_rate': 0,
        'outlier_rate/left hem': 0,
        'outlier_rate/right hem': 1,
        'failures/num_images': 2,
        'failures/num_landmarks': 3,
        'failures/num_pairs': 2,
        'failures/num_skipped': 0,
    }


def test_occluded_landmark_counts_in_duplicates_only(make_sample):
    sample = make_sample([[10, 10], [11, 10]], FLAWLESS, [2, 1])
    assert run(NormalizedError(), [sample])['NE'] == 0
    result = run(LandmarkFailures(), [sample])
    assert (result['outlier_rate'], result['duplicate_rate']) == (0, 1)


def test_absent_landmark_does_not_count(make_sample):
    sample = make_sample([[10, 10], [10, 10]], FLAWLESS, [2, 0])
    result = run(NormalizedError(), [sample], dataset_meta=META)
    assert result['NE'] == 0 and 'NE/right hem' not in result
    result = run(LandmarkFailures(), [sample])
    assert (result['duplicate_rate'], result['failures/num_pairs']) == (0, 0)


def test_image_without_visible_landmark_is_not_skipped(make_sample):
    samples = [
        make_sample(FLAWLESS, FLAWLESS, [1, 0]),
        make_sample(FLAWLESS, FLAWLESS, [2, 2])
    ]
    result = run(NormalizedError(), samples)
    assert (result['NE/num_images'], result['NE/num_skipped']) == (1, 0)


def test_occluded_reference_landmark_is_a_reference(make_sample):
    gt = np.zeros((24, 2))
    gt[6] = 30, 40
    code = np.zeros(24)
    code[[0, 5, 6]] = 2, 1, 1
    sample = make_sample(gt + [3, 4], gt, code, category=3)
    result = run(NormalizedError('fashionai'), [sample])
    assert result['NE'] == pytest.approx(.1)
    assert (result['NE/num_landmarks'], result['NE/num_skipped']) == (1, 0)


@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
@pytest.mark.parametrize('batch_size', [1, 7, 100])
def test_batch_size_does_not_matter(metric, batch_size, random_samples):
    samples = random_samples(20)
    assert run(metric('fashionai'), samples,
               batch_size) == run(metric('fashionai'), samples)


@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
def test_tensors_and_nested_annotation_give_the_same(metric, random_samples):
    samples = random_samples(10)
    expected = run(metric(), samples)
    for sample in samples:
        for group in ('pred_instances', 'gt_instances'):
            sample[group] = {
                key: torch.from_numpy(value)
                for key, value in sample[group].items()
            }
        annotation = sample['raw_ann_info']
        annotation['keypoints'] = np.array(annotation['keypoints'])
        sample['raw_ann_info'] = [annotation]
    assert run(metric(), samples) == expected


def test_samples_are_not_changed(random_samples):
    samples, untouched = random_samples(6), random_samples(6)
    run(NormalizedError(), samples)
    run(LandmarkFailures('fashionai'), samples)
    for sample, original in zip(samples, untouched):
        for a, b in zip(unpack(sample), unpack(original)):
            np.testing.assert_array_equal(a, b)


def test_registered_in_mmpose_without_a_scope():
    evaluator = Evaluator([
        METRICS.build(dict(type='NormalizedError', norm='fashionai')),
        METRICS.build(dict(type='mmpose.LandmarkFailures')),
    ])
    assert [type(metric) for metric in evaluator.metrics
            ] == [NormalizedError, LandmarkFailures]


@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
def test_prefix(metric, make_sample):
    result = run(
        metric(prefix='fld'), [make_sample(FLAWLESS, FLAWLESS, [2, 2])])
    assert all(key.startswith('fld/') for key in result)


def face(make_sample, distance=20., num=68, dataset='300w', code=2):
    """All landmarks 3 right and 4 below of the ground truth."""
    gt = np.tile([50., 50.], (num, 1))
    gt[45:46, 0] += distance
    codes = np.full(num, 2)
    codes[36:37] = code
    return dict(make_sample(gt + (3, 4), gt, codes), dataset_name=dataset)


def test_faces_in_units_of_the_eyes(make_sample):
    result = run(
        NormalizedError(norm='keypoint_distance'),
        [face(make_sample), face(make_sample, 50.),
         face(make_sample, code=0)])
    assert result['NE'] == pytest.approx((5 / 20 + 5 / 50) / 2)
    assert result['NE/num_skipped'] == 1


@pytest.mark.parametrize('change, message', [
    (dict(dataset='fld'), "is for the data sets .*300w.*dataset_name is 'fld"),
    (dict(num=8), r'by its landmarks \[36, 45\], but the samples have 8'),
    (dict(distance=0.), 'two reference landmarks.*must be above 0'),
])
def test_no_distance_between_the_eyes(make_sample, change, message):
    with pytest.raises(ValueError, match=message):
        run(
            NormalizedError(norm='keypoint_distance'),
            [face(make_sample, **change)])


# Landmarks that are not those of the annotation any more.

MAPPINGS = {
    'permutation': [(23 - k, k) for k in range(24)],
    'subset': [(20, 0), (6, 1), (5, 2), (0, 3), (15, 4), (16, 5)],
    'without reference': [(3, 0), (20, 1), (0, 2)],
    'superset': [(k, 29 - k) for k in range(24)],
    'means': [((0, 1), 0), (2, 1), ((5, 6), 2), (16, 3), (15, 4)],
}


def converted(samples, mapping, weight=1):
    """Samples as MMPose's transform leaves them, and the codes they have.

    ``weight`` is the data set's ``occluded_weight``.
    """
    number = 1 + max(target for _, target in mapping)
    convert = KeypointConverter(number, mapping)
    result, codes = [], []
    for sample in samples:
        raw = np.reshape(sample['raw_ann_info']['keypoints'], (-1, 3))
        visible = np.array([0, weight, 1])[raw[:, 2].astype(int)]
        gt = convert(
            dict(
                keypoints=raw[None, :, :2].astype(np.float32),
                keypoints_visible=visible[None]))
        code = np.zeros(number)
        for source, target in mapping:
            if isinstance(source, tuple):
                code[target] = 2 * (gt['keypoints_visible'][0, target, 0] > 0)
            else:
                code[target] = raw[source, 2]
        codes.append(code)
        pred = gt['keypoints'] + np.linspace(-9, 9, 2 * number).reshape(-1, 2)
        result.append(
            dict(
                sample,
                pred_instances=dict(keypoints=pred),
                gt_instances=dict(
                    keypoints=gt['keypoints'],
                    keypoints_visible=gt['keypoints_visible'],
                    bboxes=sample['gt_instances']['bboxes'])))
    return result, codes


def annotated_samples(make_sample, num=12):
    """No two landmarks at one place."""
    rng = np.random.default_rng(0)
    codes = rng.choice(3, (num, 24), p=[.15, .35, .5])
    codes[1::2, [5, 6, 15, 16]] = 1
    xy = rng.uniform(1, 120, (num, 24, 2)) * (codes > 0)[..., None]
    return [
        make_sample(gt, gt, code, (5, 5, 70, 80 + n), n % 5 + 1, f'image_{n}')
        for n, (gt, code) in enumerate(zip(xy, codes))
    ]


@pytest.mark.parametrize('norm', ['bbox', 'fashionai'])
@pytest.mark.parametrize('weight', [0, .5, 1])
@pytest.mark.parametrize('mapping', list(MAPPINGS))
def test_converted_landmarks_equal_a_loop(mapping, weight, norm, make_sample):
    annotated = annotated_samples(make_sample)
    samples, codes = converted(annotated, MAPPINGS[mapping], weight)
    # The same landmarks, annotated as such; the size by the annotation.
    expected = []
    for sample, whole, code in zip(samples, annotated, codes):
        gt = sample['gt_instances']['keypoints'][0]
        numbers = np.concatenate([gt, code[:, None]], 1).ravel()
        size = divisor(whole, norm)
        if size is None:
            continue
        expected.append(
            dict(
                sample,
                raw_ann_info=dict(keypoints=numbers),
                gt_instances=dict(
                    keypoints=gt[None],
                    bboxes=np.array([[0, 0, *size]], dtype=float))))
    result = run(NormalizedError(norm), samples)
    errors = reference_errors(expected, 'bbox')
    for k, values in errors.items():
        assert result[f'NE/{k}'] == pytest.approx(np.mean(values), rel=1e-5)
    pooled = sum(errors.values(), [])
    assert result['NE/num_landmarks'] == len(pooled)
    result = run(LandmarkFailures(norm, .12, .05), samples)
    assert result['outlier_rate'] == np.mean(np.array(pooled) > .12)
    duplicates, pairs = reference_duplicates(expected, 'bbox', .05)
    assert result['failures/num_pairs'] == pairs > 0
    assert result['duplicate_rate'] == pytest.approx(duplicates / pairs)


@pytest.mark.parametrize('annotation', [
    None, {}, [], [{}, {}],
    dict(keypoints=None),
    dict(keypoints=[1., 2.]),
    dict(keypoints=[]),
    dict(keypoints=[3., 4., 2.])
])
@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
def test_without_annotation_the_labelled_count_as_visible(
        metric, annotation, make_sample):
    """And the log says so once, for all batches and validations."""
    samples = [make_sample([[13, 14], [0, 0]], [[10, 10], [50, 50]], [1, 0])
               ] * 3
    for sample in samples:
        sample['raw_ann_info'] = annotation
    metric = metric()
    with logged() as messages:
        for _ in range(2):
            result = run(metric, samples, 1, META)
    assert [
        value for key, value in result.items() if key.endswith('num_landmarks')
    ] == [3]
    message, = messages
    assert message.startswith(
        f"{type(metric).__name__}: 'raw_ann_info' has no landmark in the "
        "places of 3 in 3 images, such as of 'left hem', so")


@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
def test_where_no_landmark_is_visible_the_occluded_are(metric, make_sample):
    """As in OneHand10K, whose labelled landmarks are called 1."""
    good = make_sample(FLAWLESS, [[13., 14.], [90., 90.]], [1, 1])
    absent = make_sample(FLAWLESS, FLAWLESS, [1, 0])
    metric = metric()
    with logged() as messages:
        for _ in range(2):
            result = run(metric, [good, absent], 1)
    assert [
        value for key, value in result.items() if key.endswith('num_landmarks')
    ] == [3]
    message, = messages
    assert 'none of the 3 landmarks in the 2 images is annotated as vis' in (
        message)
    # One visible landmark tells that the others are occluded.
    with logged() as messages:
        result = run(metric, [make_sample(FLAWLESS, FLAWLESS, [2, 1]), good])
    assert not messages and 1 in result.values()


def test_the_middle_of_two_does_not_make_the_others_occluded(make_sample):
    annotated = [make_sample(FLAWLESS, FLAWLESS, [1, 1])]
    samples, _ = converted(annotated, [((0, 1), 0), (0, 1), (1, 2)])
    result = run(NormalizedError(), samples)
    assert result['NE/num_landmarks'] == 3


def test_the_reference_is_told_by_its_names(make_sample):
    """Without annotation, and in another order."""
    names = FASHIONAI_LANDMARKS[::-1][:20]
    meta = dict(keypoint_id2name=dict(enumerate(names)), dataset_name='mine')
    gt = np.zeros((20, 2))
    gt[names.index('armpit_left')] = 30, 40
    sample = make_sample(gt + [3, 4], gt, np.full(20, 2), category=3)
    del sample['raw_ann_info']
    result = run(NormalizedError('fashionai'), [sample], dataset_meta=meta)
    assert result['NE'] == pytest.approx(.1)
    meta['keypoint_id2name'][names.index('armpit_left')] = 'something else'
    with pytest.raises(
            ValueError,
            match='a.jpg: .*24 landmarks, but .*have 2'
            '0, without the category.s reference'):
        run(NormalizedError('fashionai'), [sample], dataset_meta=meta)


def test_distance_between_the_eyes_of_converted_faces(make_sample):
    whole = face(make_sample)
    mapping = [(67 - k, k) for k in range(68)]
    for size in (68, 10):
        samples, _ = converted([whole], mapping[:size])
        result = run(NormalizedError('keypoint_distance'), samples)
        errors = np.linspace(-9, 9, 2 * size).reshape(-1, 2) / 20
        assert result['NE'] == pytest.approx(np.hypot(*errors.T).mean())
    # Without annotation: the pair of the metric's own data set, if known.
    del samples[0]['raw_ann_info']
    with pytest.raises(ValueError, match="300w.*dataset_name is 'mine'"):
        run(NormalizedError('keypoint_distance'),
            samples,
            dataset_meta=dict(dataset_name='mine'))
    horse = dict(dataset_name='horse10')  # landmarks 0 and 1
    samples[0]['gt_instances']['keypoints'][0, 1] += 12, 16
    result = run(
        NormalizedError('keypoint_distance'), samples, dataset_meta=horse)
    assert result['NE/0'] == pytest.approx(np.hypot(9, 9 - 18 / 19) / 20)


# Bad settings and bad data.


@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
@pytest.mark.parametrize('norm', ['box', None, ['bbox'], 3])
def test_unknown_norm(metric, norm):
    with pytest.raises(ValueError, match='norm must be one of .*bbox.*got'):
        metric(norm=norm)


def test_unknown_collect_device():
    with pytest.raises(ValueError, match="collect_device .*got 'tpu'"):
        NormalizedError(collect_device='tpu')


@pytest.mark.parametrize('name', ['outlier_threshold', 'duplicate_threshold'])
@pytest.mark.parametrize(
    'value',
    [0, -.1, '0.1', None, True,
     float('nan'), float('inf')])
def test_bad_threshold(name, value):
    with pytest.raises(ValueError, match=f'{name} must be a number above 0'):
        LandmarkFailures(**{name: value})


@pytest.fixture(params=[NormalizedError, LandmarkFailures])
def fails(request, make_sample):
    """Checks the message when the second sample of a batch is spoilt."""

    def check(spoil, match, norm='bbox', num_landmarks=2, meta=META):
        points = np.arange(2. * num_landmarks).reshape(-1, 2)
        samples = [
            make_sample(points, points, [2] * num_landmarks, name=name)
            for name in ('good', 'bad')
        ]
        metric = request.param(norm)
        metric.dataset_meta = meta
        metric.process(None, samples[:1])
        spoil(samples[1])
        with pytest.raises(ValueError, match=match):
            metric.process(None, samples)

    return check


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_prediction_not_finite(fails, value):

    def spoil(sample):
        sample['pred_instances']['keypoints'][0, 1, 0] = value

    fails(spoil, "^bad.jpg: prediction of landmark 'right hem' is .* finite")


def test_truth_not_finite(fails):

    def spoil(sample):
        sample['gt_instances']['keypoints'][0, 0, 1] = np.nan

    fails(spoil,
          "^bad.jpg: annotated position of landmark 'left hem' is .* finite")


@pytest.mark.parametrize('code', [3, -1, .5])
def test_unknown_visibility_code(fails, code):

    def spoil(sample):
        sample['raw_ann_info']['keypoints'][5] = code

    fails(spoil, "^bad.jpg: visibility of landmark 'right hem' .* 0 .absent")


@pytest.mark.parametrize('box', [(5, 5, 5, 50), (5, 5, 50, 5), (9, 9, 5, 50),
                                 (5, 5, np.nan, 50), (5, 5, np.inf, 50)])
def test_box_without_size(fails, box):

    def spoil(sample):
        sample['gt_instances']['bboxes'][0] = box

    fails(spoil, '^bad.jpg: .*ground-truth box.* above 0')


def test_box_missing(fails):
    fails(lambda sample: sample['gt_instances'].pop('bboxes'),
          "^bad.jpg: norm 'bbox' needs the ground-truth box")


@pytest.mark.parametrize('which', ['pred_instances', 'gt_instances'])
@pytest.mark.parametrize('shape', [(1, 3, 2), (2, 2, 2), (1, 2, 3), (2, 2)])
def test_shapes_differ(fails, which, shape):

    def spoil(sample):
        sample[which]['keypoints'] = np.zeros(shape)

    fails(spoil, r'^bad.jpg: .*must be \(1, 2, 2\)')


def test_no_true_landmarks(fails):
    """MMPose fills in zeros where it tests on detected boxes."""

    def spoil(sample):
        del sample['raw_ann_info']
        sample['gt_instances']['keypoints'][:] = 0

    fails(spoil, '^bad.jpg: no true landmarks; test on the boxes of the ann')


@pytest.mark.parametrize('key', ['pred_instances', 'gt_instances'])
def test_no_landmarks(fails, key):
    fails(lambda sample: sample[key].pop('keypoints'),
          f"^bad.jpg: 'keypoints' is not among {key}, .* one garment")


@pytest.mark.parametrize('category', [0, 6, None])
def test_unknown_category(fails, category):

    def spoil(sample):
        sample['category_id'] = category

    fails(
        spoil,
        f'^bad.jpg: category_id is {category}, but must be 1 .blouse',
        norm='fashionai',
        num_landmarks=24,
        meta=None)


def test_reference_landmarks_coincide(fails):

    def spoil(sample):
        gt = sample['gt_instances']['keypoints']
        gt[0, 6] = gt[0, 5]
        numbers = sample['raw_ann_info']['keypoints']
        numbers[18:20] = numbers[15:17]

    fails(
        spoil,
        '^bad.jpg: .*two reference landmarks.* above 0',
        norm='fashionai',
        num_landmarks=24,
        meta=None)


def test_fashionai_norm_on_other_landmarks(make_sample):
    with pytest.raises(ValueError, match='24 landmarks, but .* have 2'):
        NormalizedError('fashionai').process(
            None, [make_sample(FLAWLESS, FLAWLESS, [2, 2])])


def test_data_set_of_other_landmarks(make_sample):
    metric = NormalizedError()
    metric.dataset_meta = META
    points = np.zeros((3, 2))
    with pytest.raises(
            ValueError, match="have 3 landmarks, but .* 'two' names 2"):
        metric.process(None, [make_sample(points, points, [2, 2, 2])])


@pytest.mark.parametrize('metric', [NormalizedError, LandmarkFailures])
def test_nothing_to_measure(metric, make_sample):
    with pytest.raises(ValueError, match='no landmark is visible .* 1 image,'):
        run(metric(), [make_sample(FLAWLESS, FLAWLESS, [0, 0])])
    with pytest.raises(ValueError, match='got no image'):
        metric().evaluate(0)
