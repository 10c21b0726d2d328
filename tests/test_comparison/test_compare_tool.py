"""tools/compare.py, as a user runs it, in this process."""
import csv
import functools
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

from pcloss_mmpose.rendering import render_dataset

ROOT = Path(__file__).parents[2]
CONFIG = (
    ROOT / 'configs/fashion_2d_keypoint/topdown_heatmap/fld' /
    'td-hm_res18_1xb32-18e_fld-96x64.py')


@pytest.fixture
def run(tmp_path, run_tool):
    """Runs the tool in the temporary folder; returns its output."""
    return functools.partial(run_tool, 'tools/compare.py', cwd=tmp_path)


def make_work_dir(folder, seed):
    """As train.py leaves it, of a model that has learnt nothing."""
    folder.mkdir()
    cfg = Config.fromfile(CONFIG)
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.randomness = dict(seed=seed)
    cfg.test_evaluator[1].outlier_threshold = .3
    cfg.test_evaluator[2].thr = .1
    cfg.dump(folder / 'config.py')
    init_default_scope('mmpose')
    torch.manual_seed(seed)
    state = build_pose_estimator(cfg.model).state_dict()
    torch.save(dict(state_dict=state, meta={}), folder / 'epoch_18.pth')
    (folder / 'last_checkpoint').write_text(f'gone/{folder.name}/epoch_18.pth')


def test_work_directories_are_tested_first(tmp_path, run):
    """The figures are those that the Runner's own evaluation has found."""
    render_dataset(
        'fld', 20, 0, tmp_path / 'data/FLD', 96,
        split=dict(train=.2, val=.2, test=.6), workers=1)
    for seed, name in enumerate(('one run', 'other')):
        make_work_dir(tmp_path / name, seed)
    # Two labels, because the configs differ by nothing but the seed.
    runs = ['one=one run', 'two=other']
    text = run(*runs, '--csv', '-')
    rows = {
        (r['measure'], r['model']): float(r['value'])
        for r in csv.DictReader(io.StringIO(text))
    }
    for name, folder in (('one', 'one run'), ('two', 'other')):
        (log, ) = (tmp_path / folder).glob('test/*/*.json')
        logged = json.loads(log.read_text().splitlines()[-1])
        for ours, theirs in (('NE (avg.)', 'NE'), ('left hem', 'NE/left hem'),
                             ('outliers', 'outlier_rate'), ('duplicates',
                                                            'duplicate_rate'),
                             ('PCK@0.1', 'PCK'), ('AUC', 'AUC')):
            assert rows[ours, name] == pytest.approx(
                100 * logged[theirs], abs=1e-3)
        assert rows['EPE, px', name] == pytest.approx(logged['EPE'], rel=1e-4)
        assert not list((tmp_path / folder).glob('*.part*'))

    # Nothing is tested twice; without labels they are seeds.
    for log in tmp_path.glob('*/test.log'):
        log.unlink()
    text = run('one run', 'other', '--paper', 'fld')
    words = ' '.join(text.split())
    assert 'Outlier: error over 30 % of the box' in words
    assert 'the last ones: o epoch_18.pth, epoch_18.pth.' in words
    assert '± (2 seeds)' in text and 'FashionNet pc-skel' in text
    assert not list(tmp_path.glob('*/test.log'))


def test_files(tmp_path, run, write, make_samples, paint):
    errors = np.zeros((2, 2, 8))
    errors[:, :, 0] = [[8., 0.], [4., 0.]]
    for name, error in zip(('base', 'other'), errors):
        write(f'{name}.pkl', paint(make_samples(error)))
    options = [
        f'--{key}={key}.out' for key in ('markdown', 'latex', 'csv')
    ] + ['--picture=picture.png', '--html=page.html']
    text = run('base.pkl', 'other.pkl', *options)
    assert 'holds 0: no clear difference' in text
    assert '| other ' in (tmp_path / 'markdown.out').read_text()
    assert r'\toprule' in (tmp_path / 'latex.out').read_text()
    assert 'landmarks,left collar,base,1,4.0' in (tmp_path /
                                                  'csv.out').read_text()
    assert (tmp_path / 'picture.png').read_bytes().startswith(b'\x89PNG')
    assert '<h1>base against other</h1>' in (tmp_path /
                                             'page.html').read_text()
    assert not list(tmp_path.glob('*.part')) + list(tmp_path.glob('.*'))
    text = run('base.pkl', '--markdown', '-', '--norm', 'bbox')
    assert text.startswith('**Normalised error')


@pytest.mark.parametrize('arguments, message', [
    (['a.pkl', 'nowhere'], 'nowhere: no such work directory or pickle'),
    (['a.pkl', '.'], 'a work directory without a checkpoint'),
    (['a.pkl', 'b.pkl'], 'b and a were tested on different images'),
    (['a.pkl', '--paper', 'fashionai'], "the paper's fashionai is"),
    (['c.pkl'], "what errors are divided by in the data set 'mine'; choose "
     'with --norm bbox, fashionai, keypoint_distance'),
    (['nowhere', '--csv', 'no/where.csv'
      ], '--csv no/where.csv: there is no folder no'),
    (['nowhere', '--latex', '.'], '--latex .: is a folder, not a file'),
    (['nowhere', '--picture', 'a.jpg'], '--picture a.jpg: must end in .png'),
    (['nowhere', '--html', '-'], '--html -: a page goes to a file'),
    (['nowhere', '--html', 'no/page'
      ], '--html no/page: there is no folder no'),
    (['nowhere', '--html', 'a', '--csv', 'a'
      ], '--csv and --html cannot both go to a'),
    (['nowhere', '--csv', '-', '--latex', '-'
      ], '--latex and --csv cannot both go to the standard output'),
    (['nowhere', '--csv', 'a', '--markdown', './a'
      ], '--markdown and --csv cannot both go to a'),
])
def test_what_is_wrong_is_one_sentence(arguments, message, run, write,
                                       make_samples):
    write('a.pkl', make_samples(np.ones((3, 8))))
    write('b.pkl', make_samples(np.ones((2, 8))))
    write('c.pkl', make_samples(np.ones((2, 8)), 'mine'))
    text = run(*arguments, code=1)
    assert text.startswith('compare.py: ') and message in text
    assert text.count('\n') == 1
