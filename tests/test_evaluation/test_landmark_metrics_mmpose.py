"""The metrics on samples that MMPose itself has packed and predicted."""
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS, MODELS
from mmpose.testing import get_packed_inputs
from mmpose.utils import register_all_modules

from pcloss_mmpose.datasets import FLDDataset
from pcloss_mmpose.datasets.metainfo import landmark_metainfo
from pcloss_mmpose.evaluation import LandmarkFailures, NormalizedError
from pcloss_mmpose.rendering import render_dataset

EVALUATORS = [
    dict(type='NormalizedError'),
    dict(type='LandmarkFailures'),
    dict(type='PCKAccuracy', thr=0.1),
    dict(type='AUC'),
    dict(type='EPE'),
]


@pytest.fixture(scope='module')
def model():
    """A thin ResNet with a stock heatmap head, not trained."""
    register_all_modules()
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='TopdownPoseEstimator',
            data_preprocessor=dict(type='PoseDataPreprocessor'),
            backbone=dict(type='ResNet', depth=18, base_channels=8),
            head=dict(
                type='HeatmapHead',
                in_channels=64,
                out_channels=8,
                deconv_out_channels=(16, 16, 16),
                deconv_kernel_sizes=(4, 4, 4),
                loss=dict(type='KeypointMSELoss'),
                decoder=dict(
                    type='MSRAHeatmap',
                    input_size=(192, 256),
                    heatmap_size=(48, 64),
                    sigma=2)),
            test_cfg=dict(flip_test=False))).eval()


def evaluate(model, batches, dataset_meta):
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = Evaluator(EVALUATORS)
    evaluator.dataset_meta = dataset_meta
    samples = []
    for batch in batches:
        with torch.no_grad():
            predicted = model.test_step(batch)
        evaluator.process(predicted, batch)
        samples += predicted
    return evaluator.evaluate(len(samples)), samples


def by_hand(samples):
    """Errors (N, K) in units of the box, NaN where not visible."""
    errors = []
    for sample in samples:
        box = sample.gt_instances.bboxes[0]
        offset = (sample.pred_instances.keypoints[0] -
                  sample.gt_instances.keypoints[0]) / (
                      box[2:] - box[:2])
        code = np.array(sample.raw_ann_info['keypoints'][2::3])
        errors.append(np.where(code == 2, np.hypot(*offset.T), np.nan))
    return np.array(errors)


def test_packed_inputs_of_mmpose(model):
    batches = [get_packed_inputs(3, num_keypoints=8) for _ in range(2)]
    rng = np.random.default_rng(0)
    for batch in batches:
        for sample in batch['data_samples']:
            code = rng.choice([0, 1, 2], (8, 1), p=[.2, .2, .6])
            keypoints = np.concatenate(
                [sample.gt_instances.keypoints[0], code], axis=1)
            sample.set_metainfo(
                dict(raw_ann_info=dict(keypoints=keypoints.ravel().tolist())))
    meta = dict(
        dataset_name='eight', keypoint_id2name={k: f'k{k}'
                                                for k in range(8)})
    result, samples = evaluate(model, batches, meta)
    errors = by_hand(samples)
    assert result['NE'] == pytest.approx(np.nanmean(errors, axis=0).mean())
    assert result['NE/k3'] == pytest.approx(np.nanmean(errors[:, 3]))
    assert result['outlier_rate'] == pytest.approx(
        np.mean(errors[~np.isnan(errors)] > 0.1))
    assert 0 <= result['duplicate_rate'] <= 1
    assert {'PCK', 'AUC', 'EPE'} < set(result)


@pytest.mark.filterwarnings('ignore:The metainfo config file')
def test_stock_fld_data_set(model, shared):
    """MMPose's own two FLD samples through its own data set and pipeline."""
    register_all_modules()
    folder = shared / 'data' / 'mmpose_samples' / 'fld'
    dataset = DATASETS.build(
        dict(
            type='mmpose.DeepFashionDataset',
            ann_file=str(folder / 'test_fld.json'),
            subset='full',
            data_prefix=dict(img=f'{folder}/'),
            test_mode=True,
            pipeline=[
                dict(type='LoadImage'),
                dict(type='GetBBoxCenterScale'),
                dict(type='TopdownAffine', input_size=(192, 256)),
                dict(type='PackPoseInputs'),
            ]))
    batch = pseudo_collate([dataset[0], dataset[1]])
    result, samples = evaluate(model, [batch], dataset.metainfo)
    errors = by_hand(samples)
    # 3 of 8 landmarks of the first image and 7 of the second are visible.
    assert np.sum(~np.isnan(errors), axis=1).tolist() == [3, 7]
    assert result['NE/num_landmarks'] == 10
    assert result['failures/num_pairs'] == 28 + 21
    names = dataset.metainfo['keypoint_id2name']
    means = [
        np.nanmean(errors[:, k]) for k in range(8)
        if not np.isnan(errors[:, k]).all()
    ]
    assert [result[key] for key in result
            if key[3:] in names.values()] == pytest.approx(means)
    assert result['NE'] == pytest.approx(np.mean(means))


PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=(64, 64)),
    dict(type='PackPoseInputs'),
]


@pytest.fixture(scope='module')
def fld(tmp_path_factory):
    """Rendered garments, visible and occluded landmarks."""
    root = tmp_path_factory.mktemp('fld')
    render_dataset('fld', 12, 0, root, 64, split=dict(test=1), workers=1)
    return dict(
        type='FLDDataset', data_root=str(root), split='test', test_mode=True)


def off_by_a_pixel(dataset):
    """Figures for the same error of all landmarks."""
    samples = []
    for n in range(len(dataset)):
        sample = dataset[n]['data_samples'].to_dict()
        keypoints = sample['gt_instances']['keypoints'] + np.float32([1, 0])
        sample['pred_instances'] = dict(keypoints=keypoints)
        samples.append(sample)
    results = {}
    for metric in (NormalizedError(), LandmarkFailures()):
        metric.dataset_meta = dataset.metainfo
        metric.process(None, samples)
        results.update(metric.evaluate(len(samples)))
    return results


@pytest.mark.parametrize('weight', [0, 1])
@pytest.mark.parametrize('mapping', [
    [(0, 0), (1, 1), (4, 2), (5, 3), (2, 4), (3, 5), (6, 6), (7, 7)],
    [(6, 0), (0, 1), (7, 2), (1, 3), (2, 4), (3, 5)],
])
def test_another_order_does_not_change_an_error(mapping, weight, fld):
    """MMPose's ``KeypointConverter`` in a ``CombinedDataset``."""
    register_all_modules()
    fld = dict(fld, occluded_weight=weight)
    with DefaultScope.overwrite_default_scope('mmpose'):
        plain = DATASETS.build(dict(fld, pipeline=PIPELINE))
        names = [
            FLDDataset.BENCHMARK.landmarks[source] for source, _ in mapping
        ]
        convert = dict(
            type='KeypointConverter',
            num_keypoints=len(names),
            mapping=mapping)
        combined = DATASETS.build(
            dict(
                type='CombinedDataset',
                metainfo=landmark_metainfo('mine', names, []),
                datasets=[dict(fld, pipeline=[convert])],
                pipeline=PIPELINE,
                test_mode=True))
    before, after = off_by_a_pixel(plain), off_by_a_pixel(combined)
    assert before['NE/num_landmarks'] < before['failures/num_pairs']
    for name in names:
        for figure in ('NE', 'outlier_rate'):
            assert after[f'{figure}/{name}'] == pytest.approx(
                before[f'{figure}/{name}'], rel=1e-5)
    if len(names) == 8:
        assert after == pytest.approx(before, rel=1e-5)


def test_whole_images_with_one_garment_or_a_sentence(fld):
    """``data_mode='bottomup'`` gives lists of what there is once else."""
    register_all_modules()
    whole = [
        dict(type='LoadImage'),
        dict(type='BottomupResize', input_size=(64, 64)),
        dict(type='PackPoseInputs')
    ]
    with DefaultScope.overwrite_default_scope('mmpose'):
        single, several = [
            DATASETS.build(dict(fld, data_mode=mode, pipeline=pipeline))
            for mode, pipeline in (('topdown', PIPELINE), ('bottomup', whole))
        ]
    assert isinstance(several[0]['data_samples'].raw_ann_info, list)
    assert off_by_a_pixel(several) == off_by_a_pixel(single)

    sample = several[0]['data_samples'].to_dict()
    gt = sample['gt_instances']['keypoints']
    for found in (gt[:0], gt.repeat(3, 0)):
        sample['pred_instances'] = dict(keypoints=found)
        with pytest.raises(ValueError, match='one garment per sample'):
            NormalizedError().process(None, [sample])
