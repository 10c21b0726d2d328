"""A data set from outside the package is one file and its configs."""
import csv
import io
import json
import os.path as osp
import pickle
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmpose.registry import DATASETS, METRICS
from test_configs_training import train
from toy_data import write_image

from pcloss_mmpose.comparison.rules import agreed_rules, complete_rules
from pcloss_mmpose.datasets import FashionAIDataset, FLDDataset
from pcloss_mmpose.datasets.benchmark import (Benchmark, find_benchmark,
                                              registered_benchmarks)
from pcloss_mmpose.datasets.readers import LandmarkTable
from pcloss_mmpose.datasets.tree_check import (TreeFormat, check_tree,
                                               tree_formats)
from pcloss_mmpose.evaluation.metrics.norms import NORMS
from pcloss_mmpose.inference import landmarks_by_type

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / 'docs/guides/your_format.md').read_text()
MODULE, BASE, CONFIG = re.findall(r'```python\n(.*?)```', PAGE, flags=re.S)
CHECK, TRAIN = re.findall(
    r'```bash\n(.*?)```', PAGE, flags=re.S)[0].split('\n')[:2]


@pytest.fixture
def shoes(tmp_path, monkeypatch):
    """The files of the page in a folder, with the data that it describes."""
    (tmp_path / 'shoes.py').write_text(MODULE)
    (tmp_path / 'shoes_base.py').write_text(BASE)
    (tmp_path / 'td-hm_res18_shoes.py').write_text(CONFIG)
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    rng = np.random.default_rng(0)
    for split in ('train', 'val'):
        lines = []
        for i in range(4):
            kind = ('boot', 'sandal')[i % 2]
            points = rng.integers(20, 80, (3, 2)).tolist()
            points = [(x, y, 2) for x, y in points]
            if kind == 'sandal':
                points[2] = 0, 0, 0
            lines.append(f'{split}{i}.jpg {kind} 10 10 90 95 ' +
                         ' '.join(map(str, sum(map(list, points), []))))
            write_image(tmp_path / f'data/shoes/pictures/{split}{i}.jpg')
        (tmp_path /
         f'data/shoes/labels_{split}.txt').write_text('\n'.join(lines) + '\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    DATASETS._module_dict.pop('ShoeDataset', None)
    sys.modules.pop('shoes', None)
    DefaultScope._instance_dict.clear()


def run(command, run_tool, **kwargs):
    python_path, python, *arguments = shlex.split(command)
    assert (python_path, python) == ('PYTHONPATH=.', 'python')
    return run_tool(*arguments, **kwargs)


def test_check(shoes, run_tool):
    """Its tree is checked as an official one."""
    run(CHECK.replace('--import shoes', ''), run_tool, code=2)
    assert "invalid choice: 'shoes'" in run_tool.errors
    output = run(CHECK, run_tool)
    assert output.splitlines()[:4] == [
        '        train  val  visible  occluded  absent',
        'boot        2    2       12         0       0',
        'sandal      2    2        8         0       0',
        'all         4    4       20         0       0',
    ]
    assert output.endswith('data/shoes: no errors\n')
    file = shoes / 'data/shoes/labels_val.txt'
    file.write_text(file.read_text().replace('boot', 'clog', 1))
    output = run(CHECK, run_tool, code=1)
    assert ('rows that break the format: 1\n      data/shoes/labels_val.txt:1:'
            ' must be a name, boot or sandal, and 13 numbers\n') in output
    file.unlink()
    assert 'labels_val.txt: no such file' in run(CHECK, run_tool, code=1)
    run(CHECK.replace('--import shoes', '--import boots'), run_tool, code=2)
    assert "--import boots: No module named 'boots'" in run_tool.errors


def test_train_compare_predict(shoes, run_tool):
    assert shlex.split(TRAIN)[2:] == ['tools/train.py', 'td-hm_res18_shoes.py']
    cfg = Config.fromfile('td-hm_res18_shoes.py')
    log = train(cfg, shoes / 'work')
    assert log['train/loss_pc'] > 0 and log['val/NE'] > 0
    checkpoint, = (shoes / 'work').glob('best_NE_*.pth')

    cfg.test_evaluator.append(dict(type='DumpResults', out_file_path='a.pkl'))
    cfg.update(load_from=str(checkpoint), experiment_name='shoes_test')
    cfg.visualizer.name = 'shoes_test'
    found = Runner.from_cfg(cfg).test()
    samples = pickle.loads(Path('a.pkl').read_bytes())
    for sample in samples:
        sample['pred_instances']['keypoints'] += 1
    Path('b.pkl').write_bytes(pickle.dumps(samples))
    text = run_tool('tools/compare.py', 'a.pkl', 'b.pkl', '--csv', '-')
    rows = {
        (r['measure'], r['model']): r
        for r in csv.DictReader(io.StringIO(text))
    }
    assert float(rows['NE (avg.)',
                      'a']['value']) == pytest.approx(100 * found['NE'])
    assert {'left toe', 'boot', 'sandal'} <= {name for name, _ in rows}

    run_tool('tools/predict.py', 'data/shoes/pictures/val0.jpg', '--config',
             'td-hm_res18_shoes.py', '--checkpoint', checkpoint, '--garment',
             'sandal', '--out', 'out')
    shoe, = json.loads(Path('out/predictions/val0.jpg.json').read_text())
    assert shoe['category'] == 'sandal' and len(shoe['keypoints']) == 3
    # the heel, which a sandal has not, and the others
    assert shoe['keypoint_scores'][2] == 0
    assert [any(point) for point in shoe['keypoints']] == [True, True, False]


def test_a_forgotten_norm_is_an_error():
    for norm in (dict(), dict(norm='box')):
        with pytest.raises(
                ValueError,
                match="^benchmark 'toy': norm must be one of bbox, "
                'fashionai, keypoint_distance, or None .*, found ') as error:
            Benchmark('toy', ['a'], dict(), **norm)
        assert '\n' not in str(error.value)
    assert Benchmark('toy', ['a'], {}, norm=None).norm is None


def test_landmarks_that_there_are_not():
    with pytest.raises(
            ValueError,
            match="'toy': boot must have landmarks from"
            ' 0 to 1, found 1 to 2'):
        Benchmark('toy', 'ab', dict(boot=(1, 2)), 'bbox')


def test_pairs_without_sides_in_the_names():
    """As of numbered landmarks, many of them, a range for each category."""
    names = [f'kpt{i}' for i in range(294)]
    toy = Benchmark(
        'toy',
        names,
        dict(first=range(25), second=range(25, 294)),
        norm=None,
        pairs=[('kpt0', 'kpt2'), ('kpt30', 'kpt33')])

    class Toy(FLDDataset):
        BENCHMARK = toy

    flipped = Toy._load_metainfo()['flip_indices']
    moved = {i: j for i, j in enumerate(flipped) if i != j}
    assert moved == {0: 2, 2: 0, 30: 33, 33: 30}


def test_a_folder_of_annotations_for_each_split(tmp_path, monkeypatch):
    """Images beside them; that there are none is an error."""

    def read(folder, report):
        name, = (p.stem + '.jpg' for p in Path(folder).iterdir())
        return LandmarkTable([name], np.ones(1, int), np.full((1, 8, 3), 2.),
                             [folder], np.zeros(1, int), np.zeros(1, int))

    form = TreeFormat(
        'a folder a split',
        '*/annos',
        read,
        images='{split}/image',
        is_one=osp.isdir)
    monkeypatch.setattr(
        FLDDataset, 'BENCHMARK',
        replace(FLDDataset.BENCHMARK, trees=dict(folders=form)))
    assert check_tree('folders', str(tmp_path)).errors.messages == {
        'files missing or unreadable': [f'{tmp_path}/*/annos: no such file']
    }
    for split in ('train', 'validation'):
        write_image(tmp_path / split / 'image/a.jpg')
        (tmp_path / split / 'annos').mkdir()
        (tmp_path / split / 'annos/a.json').write_text('')
    report = check_tree('folders', str(tmp_path))
    assert not report.errors
    assert report.tree.splits == ['train', 'validation']


def test_found_by_name_and_by_part():
    assert registered_benchmarks()['fld'] is FLDDataset.BENCHMARK
    assert find_benchmark('deepfashion_upper') is FLDDataset.BENCHMARK
    assert find_benchmark('fashionai') is FashionAIDataset.BENCHMARK
    assert find_benchmark('coco') is None


@pytest.mark.parametrize('name', ['NormalizedError', 'LandmarkFailures'])
def test_metrics_take_the_norm_of_the_data_set(name):
    """Unless the config has one."""
    for given, meta, expected in ((dict(), FashionAIDataset,
                                   'fashionai'), (dict(), FLDDataset, 'bbox'),
                                  (dict(), None,
                                   'bbox'), (dict(norm='bbox'),
                                             FashionAIDataset, 'bbox')):
        metric = METRICS.build(dict(type=name, **given))
        metric.dataset_meta = meta and meta._load_metainfo()
        assert metric.norm is NORMS[expected]


@pytest.mark.parametrize('name', ['NormalizedError', 'LandmarkFailures'])
def test_a_data_set_without_a_norm_needs_one_in_the_config(name, monkeypatch):
    monkeypatch.setattr(FLDDataset, 'BENCHMARK',
                        replace(FLDDataset.BENCHMARK, norm=None))
    metric = METRICS.build(dict(type=name))
    metric.dataset_meta = FLDDataset._load_metainfo()
    with pytest.raises(
            ValueError,
            match=f'^{name}: no paper says what errors are divided '
            "by in 'fld': give norm, one of bbox, "):
        metric.norm
    cfg = Config(
        dict(
            test_dataloader=dict(dataset=dict(type='FLDDataset')),
            test_evaluator=dict(type=name)))
    with pytest.raises(ValueError, match="set 'fld'; choose with --norm bbox"):
        complete_rules(agreed_rules([('a', cfg)]), ['fld'])


def test_comparison_takes_the_norm_that_the_metric_takes():
    for kind, expected in (('FashionAIDataset', 'fashionai'),
                           ('FLDDataset', 'bbox'), ('CocoDataset', 'bbox'),
                           ('Unheard', 'bbox')):
        cfg = Config(
            dict(
                test_dataloader=dict(dataset=dict(type=kind)),
                test_evaluator=dict(type='NormalizedError')))
        assert agreed_rules([('a', cfg)])['norm'] == expected
        cfg.test_evaluator.norm = 'keypoint_distance'
        assert agreed_rules([('a', cfg)])['norm'] == 'keypoint_distance'


def test_the_page_has_what_the_records_have():
    page = (ROOT / 'docs/start/prepare_data.md').read_text()
    for name, (benchmark, form) in tree_formats().items():
        assert f'tools/check_dataset.py {name} data/' in page
        sizes = [f'{n:,} {split}' for split, n in form.official.items()]
        assert ', '.join(sizes) in page
    for name, slots in FashionAIDataset.BENCHMARK.categories.items():
        assert re.search(rf'{name}( has)? {len(slots)}\b', page)


def test_a_record_is_the_only_place(monkeypatch):
    """What names, types and norm a data set has is read nowhere else."""
    changed = replace(
        FLDDataset.BENCHMARK,
        norm='keypoint_distance',
        categories=dict(hat=[0, 1]))
    monkeypatch.setattr(FLDDataset, 'BENCHMARK', changed)
    assert complete_rules({}, ['fld']).norm == 'keypoint_distance'
    assert landmarks_by_type('fld') == dict(hat=[0, 1])
    assert FLDDataset._load_metainfo()['CLASSES'] == [dict(id=1, name='hat')]
