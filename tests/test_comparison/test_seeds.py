import os
import pickle
import shutil

import numpy as np
import pytest

from pcloss_mmpose.comparison import compare, read_models
from pcloss_mmpose.comparison import work_dir as work_dir_module
from pcloss_mmpose.comparison.settings import first_difference


@pytest.fixture
def work_dir(tmp_path, make_samples, monkeypatch):
    """Makes work directories of finished models.

    In place of test.py, what a checkpoint predicts lies beside it.
    """

    def call(name, arguments, log, watch=None):
        shutil.copy(arguments[1].with_suffix('.pkl'), arguments[-1])

    monkeypatch.setattr(work_dir_module, 'call_stock_tool', call)

    def work_dir(name,
                 seed=None,
                 lr=1e-3,
                 load_from=None,
                 errors=None,
                 checkpoints=('best_NE_epoch_1', ),
                 config=''):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        if errors is None:  # as seeds, no two runs predict the same
            errors = [[10. + len(list(tmp_path.rglob('*.pth')))] * 8] * 2
        for number, checkpoint in enumerate(checkpoints):
            (folder / f'{checkpoint}.pth').write_text('')
            samples = make_samples(np.array(errors) + number)
            (folder / f'{checkpoint}.pkl').write_bytes(pickle.dumps(samples))
            if 'best' not in checkpoint:
                (folder / 'last_checkpoint').write_text(f'{checkpoint}.pth')
        (folder / 'predictions.pkl').write_bytes(pickle.dumps(samples))
        (folder / 'config.py').write_text(
            f'{config}\n'
            f'randomness = dict(seed={seed})\n'
            f'work_dir = {str(folder)!r}\n'
            f'load_from = {load_from!r}\n'
            f'optim_wrapper = dict(optimizer=dict(type="Adam", lr={lr}))\n'
            'test_dataloader = dict(dataset=dict(type="FLDDataset"))\n')
        return str(folder)

    return work_dir


def shape(models):
    return [(m.name, len(m.runs)) for m in models]


def test_seeds_are_told_by_their_configs(work_dir):
    runs = [
        work_dir('pc_seed0', 0, lr=2.),
        work_dir('base-0', 0),
        work_dir('base-1', 1),
        work_dir('pc_seed1', 1, lr=2.),
        work_dir('finetuned', 2, load_from='elsewhere/imagenet.pth'),
    ]
    assert shape(read_models(runs)) == [('pc_seed', 2), ('base', 2),
                                        ('finetuned', 1)]


def test_runs_without_a_noted_seed_had_different_ones(work_dir):
    runs = [work_dir('a/pc'), work_dir('b/pc'), work_dir('base', lr=2.)]
    assert shape(read_models(runs)) == [('pc', 2), ('base', 1)]


def test_the_same_config_and_seed_are_two_models(work_dir):
    runs = [work_dir('one', 0), work_dir('two', 0)]
    assert shape(read_models(runs)) == [('one', 1), ('two', 1)]


def test_what_has_been_tested_is_no_other_config(work_dir):
    """test.py notes its checkpoint where a start would stand."""
    runs = [
        work_dir('a0', 0),
        work_dir('a1', 1, load_from='work_dirs/a1/best_NE_epoch_1.pth')
    ]
    assert shape(read_models(runs)) == [('a', 2)]


def test_seeds_are_told_by_what_the_training_was_given(work_dir):
    """test.py replaces the stored config by one without the options."""
    runs = [work_dir('a/pc', 0), work_dir('b/pc', 1, lr=3.)]
    stored = os.path.join(runs[1], 'config.py')
    trained = os.path.join(runs[1], '20200101_000000/vis_data')
    os.makedirs(trained)
    with open(os.path.join(runs[0], 'config.py')) as file:
        text = file.read().replace('seed=0', 'seed=1')
    with open(os.path.join(trained, 'config.py'), 'w') as file:
        file.write(text)
    one, two = read_models(runs)
    assert two.notes == [
        f'{runs[0]} and {runs[1]} are two models, not seeds of one: '
        'optim_wrapper.optimizer.lr 0.001 and 3.0.'
    ]
    assert not one.notes
    with open(os.path.join(trained, 'scalars.json'), 'w') as file:
        file.write('{"lr": 0.001, "time": 1.0, "iter": 1}')
    assert shape(read_models(runs)) == [('pc', 2)]
    assert os.path.exists(stored)


def test_labels_need_no_note(work_dir):
    runs = [f'one={work_dir("a/pc", 0)}', f'two={work_dir("b/pc", 1, lr=3.)}']
    assert not any(model.notes for model in read_models(runs))


@pytest.mark.parametrize('ours, theirs, difference', [
    ('{"a": 1}', '{"a": 1}', None),
    ('{"a": [{"b": 1}]}', '{"a": [{"b": 2}]}', 'a.0.b 1 and 2'),
    ('{"a": [1]}', '{"a": [1, 2]}', 'a, a list of 1 and of 2'),
    ('{"a": {}}', '{"a": {"b": "x"}}', 'a.b not set and x'),
])
def test_first_difference(ours, theirs, difference):
    assert first_difference(ours, theirs) == difference


def test_a_copy_is_no_seed(work_dir):
    errors = [[2.] * 8] * 2
    runs = [work_dir('a', 0, errors=errors), work_dir('b', 1, errors=errors)]
    same = f'the predictions of {runs[0]} and {runs[1]} are identical'
    with pytest.raises(ValueError, match=f'{same}: they are one run'):
        read_models(runs)
    models = read_models([f'one={runs[0]}', f'two={runs[1]}'])
    assert [list(m.notes) for m in models] == [[], [f'T{same[1:]}.']]


def test_labels_come_first(work_dir, write, make_samples):
    dump = write('x=y.pkl', make_samples([[2.] * 8] * 2))
    runs = [
        f'base={work_dir("a", 0)}', f'other={work_dir("b", 1)}',
        f'base={dump}',
        str(dump.parent / 'b' / 'predictions.pkl')
    ]
    models = read_models(runs)
    assert shape(models) == [('base', 2), ('other', 1), ('b', 1)]
    assert models[0].runs[1].pred[0, 0, 1] == 52
    # An equals sign in a path is no label.
    assert shape(read_models([str(dump)])) == [('x=y', 1)]


def test_pickles_of_one_name_are_told_apart(work_dir):
    runs = [f'{work_dir(name)}/predictions.pkl' for name in ('a/pc', 'b/pc')]
    assert [m.name for m in read_models(runs)] == runs


def test_where_the_images_lie_is_no_matter(write, make_samples):
    errors = np.ones((3, 8))
    runs = [
        write('a.pkl', make_samples(errors, folder='data/img')),
        write('b.pkl', make_samples(errors[::-1], folder='/set/FLD/img'))
    ]
    assert len(read_models(list(map(str, runs)))) == 2


def other_path(samples):
    samples[1]['img_path'] = 'data/img/other.png'


def other_truth(samples):
    samples[1]['raw_ann_info']['keypoints'][0] += 1
    samples[1]['gt_instances']['keypoints'][0, 0, 0] += 1


def other_code(samples):
    samples[1]['raw_ann_info']['keypoints'][2] = 1


def other_box(samples):
    samples[1]['gt_instances']['bboxes'][0, 2] = 90


def other_names(samples):
    for sample in samples:
        sample['dataset_name'] = 'deepfashion2'


@pytest.mark.parametrize('change, message', [
    (other_path,
     "b and a were tested on different images: 1 of b's 3 are not among a's, "
     "such as other.png, 1 of a's 3 are not among b's, such as 0001.png"),
    (lambda s: s.pop(), "1 of a's 3 are not among b's, such as 0002.png"),
    (lambda s: s.append(dict(s[0], id=9)), "1 of b's 4 are not among a's"),
    (other_truth, 'different truth: the true landmarks of 1 of 3 images '
     'differ, such as of data/img/0001.png'),
    (other_code, 'the visibility codes of 1 of 3 images differ'),
    (other_box, 'the ground-truth boxes of 1 of 3 images differ'),
])
def test_other_images_and_truth_are_refused(change, message, write,
                                            make_samples):
    first = write('a.pkl', make_samples(np.ones((3, 8))))
    samples = make_samples(np.ones((3, 8)))
    change(samples)
    with pytest.raises(ValueError) as error:
        read_models([str(first), str(write('b.pkl', samples))])
    assert message in str(error.value)


def test_unlabelled_positions_may_differ(write, make_samples):
    codes = [[2] * 7 + [0]]
    first, second = (make_samples([[1.] * 8], codes=codes) for _ in range(2))
    second[0]['gt_instances']['keypoints'][0, 7] = 5
    models = read_models(
        [str(write('a.pkl', first)),
         str(write('b.pkl', second))])
    assert [model.name for model in models] == ['a', 'b']


@pytest.mark.parametrize('dataset, number, message', [
    ('fld', 6, 'b and a have different landmarks: 6 and 8'),
    ('hands', 8, "different landmarks: 'thumb' in the place of 'left collar'"),
    ('fashionai', 24, 'a have different landmarks'),
])
def test_other_landmarks_are_refused(dataset, number, message, write,
                                     make_samples, monkeypatch):
    from pcloss_mmpose.comparison import landmarks
    info = dict(
        dataset_name='hands',
        keypoint_info={k: dict(name='thumb')
                       for k in range(8)})
    hands = type('Hands', (), dict(METAINFO=info))
    monkeypatch.setitem(landmarks.DATASETS.module_dict, 'Hands', hands)
    first = write('a.pkl', make_samples(np.ones((2, 8))))
    second = write('b.pkl', make_samples(np.ones((2, number)), dataset))
    with pytest.raises(ValueError, match=message):
        read_models([str(first), str(second)], norm='bbox')


def test_absent_and_repeated_runs_are_refused(write, make_samples):
    dump = str(write('a.pkl', make_samples([[1.] * 8])))
    with pytest.raises(ValueError, match='nowhere: no such work directory'):
        read_models([dump, 'label=nowhere'])
    with pytest.raises(ValueError, match='a.pkl: given 2 times'):
        read_models([dump, f'b={os.path.relpath(dump)}'])


BEST = 'default_hooks = dict(checkpoint=dict(save_best={}))'


def test_all_are_compared_by_the_first_criterion_in_common(work_dir):
    """Not by what happens to be the newest file of each."""
    two = [
        work_dir(
            'a',
            0,
            errors=[[10.] * 8],
            checkpoints=('best_PCK_epoch_1', 'epoch_3', 'best_NE_epoch_2'),
            config=BEST.format(['NE', 'PCK'])),
        work_dir(
            'b',
            1,
            errors=[[20.] * 8],
            checkpoints=('best_NE_epoch_3', 'epoch_3', 'best_PCK_epoch_1')),
    ]
    third = work_dir('c', 2, errors=[[30.] * 8], checkpoints=('epoch_3', ))

    def found(runs, part):
        models = read_models([f'{run[-1]}={run}' for run in runs])
        note, = [n for n in compare(models).notes if part in n]
        return note, [m.runs[0].pred[0, 0, 1] - 50 for m in models]

    note, errors = found(two, 'Checkpoints')
    assert errors == [12, 20]
    assert note == ('Checkpoints of the work directories, the best by NE: a '
                    'best_NE_epoch_2.pth; b best_NE_epoch_3.pth.')
    note, errors = found([*two, third], 'Checkpoints')
    assert errors == [11, 21, 30]
    assert note == ('Checkpoints of the work directories, the last ones: '
                    'a epoch_3.pth; b epoch_3.pth; c epoch_3.pth.')
    # What has been predicted is of another checkpoint by now.
    assert found(two, 'Checkpoints')[1] == [12, 20]
    for file in (*(tmp for tmp in os.listdir(third) if 'epoch' in tmp), ):
        os.unlink(os.path.join(third, file))
    note, errors = found([*two, third], 'Checkpoints')
    assert note.endswith('b best_NE_epoch_3.pth; c one that is gone.')


EVALUATOR = 'test_evaluator = {}'
METRICS = [
    dict(type='NormalizedError', norm='bbox'),
    dict(
        type='LandmarkFailures', outlier_threshold=.2, duplicate_threshold=.3),
    dict(type='mmpose.PCKAccuracy'),
    dict(type='AUC', norm_factor=20, num_thrs=10)
]


def test_runs_are_measured_as_their_configs_say(work_dir, write, make_samples):
    """And a pickle as the work directory beside it is."""
    folder = work_dir('a', config=EVALUATOR.format(METRICS))
    dump = write('b.pkl', make_samples(np.ones((2, 8))))
    for run in (m.runs[0] for m in read_models([str(dump), folder])):
        assert run.rules == ('bbox', .2, .3, .05, 20, 10)
    run = read_models([str(dump)])[0].runs[0]
    assert run.rules == ('bbox', .1, .02, .2, 30, 20)


@pytest.mark.parametrize('ours, theirs, norm, message', [
    (METRICS, METRICS, None, None),
    (METRICS, [], None, None),
    ([dict(type='NormalizedError', norm='bbox')
      ], [dict(type='LandmarkFailures', norm='fashionai')], None,
     "b and .*a: measured .*, norm is 'fashionai' and 'bbox'; .* with --norm"),
    (METRICS, dict(type='NormalizedError', norm='fashionai'), 'bbox', None),
    ([*METRICS, dict(type='NormalizedError', norm='fashionai')
      ], METRICS, None, "a: measured .*, norm is 'fashionai' and 'bbox'; ch"),
    (METRICS, [dict(type='LandmarkFailures')], 'bbox',
     'b and .*a: measured differently by test_evaluator, outlier_threshold is '
     r'0\.1 and 0\.2; give predictions.pkl of each'),
    ([dict(type='PCKAccuracy', thr=.1),
      dict(type='PCKAccuracy', thr=.3)
      ], [dict(type='PCKAccuracy')], None, r'thr is 0\.05 and 0\.1; give'),
])
def test_configs_that_measure_differently(ours, theirs, norm, message,
                                          work_dir):
    runs = [
        f'{name}={work_dir(name, config=EVALUATOR.format(metrics))}'
        for name, metrics in (('a', ours), ('b', theirs))
    ]
    if message:
        with pytest.raises(ValueError, match=message):
            read_models(runs, norm=norm)
    else:
        assert len(read_models(runs, norm=norm)) == 2


def test_a_norm_that_nothing_tells_is_asked_for(write, make_samples):
    dump = str(write('a.pkl', make_samples(np.ones((2, 8)), 'mine')))
    with pytest.raises(
            ValueError,
            match="in the data set 'mine'; choose with "
            '--norm bbox, fashionai, keypoint_distance'):
        read_models([dump])
    model, = read_models([dump], norm='bbox')
    assert model.runs[0].unit == 'box'
