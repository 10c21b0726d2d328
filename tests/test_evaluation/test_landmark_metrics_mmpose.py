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
