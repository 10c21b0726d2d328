import pickle

import numpy as np
import pytest
from mmengine.config import Config

from pcloss_mmpose.comparison import Model, compare, read_run
from pcloss_mmpose.datasets import FashionAIDataset, FLDDataset

FLD_LANDMARKS = FLDDataset.BENCHMARK.landmarks
BOX = dict(norm='bbox')  # what a user says of a data set not known here


def test_arrays_and_names(write, make_samples):
    samples = make_samples([[1.] * 8, [2.] * 8], codes=[[2] * 8, [1] * 8])
    run = read_run(write('a.pkl', samples), 'a')
    assert (run.name, run.dataset, run.landmarks) == ('a', 'fld',
                                                      FLD_LANDMARKS)
    assert run.images == ['data/img/0000.png', 'data/img/0001.png']
    assert run.categories == ['upper', 'lower']
    assert run.tells_occlusion and not run.pooled and not run.untold
    np.testing.assert_allclose(run.distances(), [[.01] * 8, [np.nan] * 8])
    np.testing.assert_allclose(run.distances(1), [[np.nan] * 8, [.02] * 8])
    assert run.mask.all()


def test_the_order_of_images_is_no_matter(write, make_samples):
    samples = make_samples(np.arange(24).reshape(3, 8))
    forth, back = [
        read_run(write(f'{n}.pkl', s), 'run')
        for n, s in enumerate([samples, samples[::-1]])
    ]
    assert forth.images == back.images
    np.testing.assert_array_equal(forth.pred, back.pred)


@pytest.mark.parametrize('dataset, number, first', [
    ('fashionai', 24, 'neckline_left'),
    ('deepfashion_c', 8, 'left collar'),
    ('deepfashion_upper', 6, 'left collar'),
    ('coco', 17, 'nose'),
    ('coco_wholebody', 133, 'nose'),
    ('coco', 5, None),
    ('unheard of', 8, None),
])
def test_landmark_names(dataset, number, first, write, make_samples):
    samples = make_samples(np.ones((2, number)), dataset)
    names = read_run(write('a.pkl', samples), 'a', None, BOX).landmarks
    assert len(names) == (number if first else 0)
    assert not first or names[0] == first


def test_names_of_a_config(write, make_samples, tmp_path):
    metainfo = dict(
        dataset_name='mine',
        keypoint_info={k: dict(name=f'point {k}')
                       for k in range(3)})
    file = tmp_path / 'metainfo.py'
    file.write_text(f'dataset_info = {metainfo}')
    dump = write('a.pkl', make_samples([[1.] * 3], 'mine'))
    for given in (metainfo, dict(from_file=str(file))):
        cfg = Config(dict(test_dataloader=dict(dataset=dict(metainfo=given))))
        assert read_run(dump, 'a', cfg,
                        BOX).landmarks == ('point 0', 'point 1', 'point 2')


@pytest.mark.parametrize('mapping', [
    [0, 1, 4, 5, 2, 3, 6, 7],
    [6, 0, 7, 1, 2, 3],
])
def test_landmarks_in_another_order(mapping, write, make_samples):
    """As MMPose's ``KeypointConverter`` leaves them, but for one sample."""
    codes = [[2, 1, 2, 2, 1, 2, 0, 2], [1] * 8, [2] * 8]
    samples = make_samples(np.arange(24).reshape(3, 8), codes=codes)
    plain = read_run(write('a.pkl', samples), 'a')
    for sample in samples:
        gt, pred = sample['gt_instances'], sample['pred_instances']
        visible = gt['keypoints_visible'][:, mapping]
        gt.update(
            keypoints=gt['keypoints'][:, mapping],
            keypoints_visible=np.stack([visible, visible], 2))
        pred['keypoints'] = pred['keypoints'][:, mapping]
    gt['keypoints_visible'] = visible  # of another part of the data set
    info = {k: dict(name=FLD_LANDMARKS[m]) for k, m in enumerate(mapping)}
    metainfo = dict(dataset_name='mine', keypoint_info=info)
    cfg = Config(dict(test_dataloader=dict(dataset=dict(metainfo=metainfo))))
    dump = write('b.pkl', samples)
    run = read_run(dump, 'b', cfg)
    assert run.landmarks == tuple(FLD_LANDMARKS[m] for m in mapping)
    for code in (1, 2):
        np.testing.assert_array_equal(
            run.distances(code),
            plain.distances(code)[:, mapping])
    np.testing.assert_array_equal(run.mask, plain.mask[:, mapping])
    assert run.tells_occlusion and not run.untold
    # Nothing else knows their names.
    assert read_run(dump, 'b').landmarks == ()


def test_a_landmark_that_is_not_annotated_counts_as_visible(
        write, make_samples):
    samples = make_samples([[1.] * 8], codes=[[2] * 4 + [1] * 4])
    for group in ('gt_instances', 'pred_instances'):
        samples[0][group]['keypoints'][0, 7, 0] += 1
    run = read_run(write('a.pkl', samples), 'a')
    assert run.visibility.tolist() == [[2] * 4 + [1] * 3 + [2]]
    assert run.untold == 1
    note = compare([Model('a', [run])]).notes[0]
    assert note.endswith('5 visible and 3 occluded landmarks; 1 of the '
                         'labelled ones are not where the annotation has any, '
                         'and count as visible.')


def test_faces_have_labelled_landmarks_only(write, make_samples):
    """MMPose's face data sets keep no annotation."""
    samples = make_samples([[1.] * 68, [3.] * 68], '300w',
                           [[2] * 67 + [0], [2] * 68])
    for sample in samples:
        del sample['raw_ann_info'], sample['category_id']
    run = read_run(write('a.pkl', samples), 'a')
    assert not run.tells_occlusion
    # in units of the distance between the eyes' corners, 36 and 45
    np.testing.assert_allclose(
        run.distances(), [[1 / 90] * 67 + [np.nan], [3 / 90] * 68], rtol=1e-6)
    assert np.isnan(run.distances(1)).all()


def test_hands_call_labelled_landmarks_1(write, make_samples):
    samples = make_samples([[1.] * 4], 'onehand10k', [[1, 1, 1, 0]])
    run = read_run(write('a.pkl', samples), 'a', None, BOX)
    assert not run.tells_occlusion
    np.testing.assert_allclose(run.distances(), [[.01, .01, .01, np.nan]])


def without(samples, *keys):
    inner = samples[0]
    for key in keys[:-1]:
        inner = inner[key]
    del inner[keys[-1]]
    return samples


@pytest.mark.parametrize('content, message', [
    (lambda s: [], 'a dump without samples'),
    (lambda s: dict(NE=1), 'not a dump of predicted landmarks'),
    (lambda s: [1, 2], 'not a dump of predicted landmarks'),
    (lambda s: without(s, 'pred_instances'), 'not a dump of predicted'),
    (lambda s: without(s, 'gt_instances', 'bboxes'), 'not a dump of pred'),
    (lambda s: make_absent(s), 'no landmark is labelled in an image'),
    (lambda s: make_detected(s), 'no true landmarks; test on the boxes of'),
])
def test_other_pickles_are_refused(content, message, write, make_samples):
    file = write('a.pkl', content(make_samples([[1.] * 8])))
    with pytest.raises(ValueError, match=f'a.pkl: .*{message}') as error:
        read_run(file, 'a')
    assert '\n' not in str(error.value)


def make_absent(samples):
    samples[0]['raw_ann_info']['keypoints'] = [0.] * 24
    samples[0]['gt_instances']['keypoints_visible'][:] = 0
    return samples


def make_detected(samples):
    """MMPose fills in zeros for detected boxes."""
    del samples[0]['raw_ann_info']
    samples[0]['gt_instances']['keypoints'][:] = 0
    return samples


@pytest.mark.parametrize('content', [
    b'', b'not a pickle', b'\x80\x04', b'PK\x03\x04',
    pickle.dumps([1] * 99)[:30], b'cno_such_module\nname\n.'
])
def test_other_files_are_refused(content, tmp_path):
    file = tmp_path / 'a.pkl'
    file.write_bytes(content)
    with pytest.raises(ValueError, match='a.pkl: not a pickle of test.py'):
        read_run(file, 'a')


def test_fashionai_is_measured_by_its_reference(write, make_samples):
    codes = np.full((2, 24), 2)
    codes[1, 5] = 0  # an armpit
    samples = make_samples(np.full((2, 24), 5.), 'fashionai', codes)
    for sample in samples:
        sample['category_id'] = 1
    run = read_run(write('a.pkl', samples), 'a')
    assert run.pooled and run.unit == 'reference distance'
    assert run.landmarks == FashionAIDataset.BENCHMARK.landmarks
    # The armpits are 10 pixels apart.
    np.testing.assert_allclose(run.distances(), [[.5] * 24, [np.nan] * 24])
