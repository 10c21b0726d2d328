"""A tiny grid, through MMPose's runner."""
import sys
from pathlib import Path

import mmengine
import pytest

ROOT = Path(__file__).resolve().parents[2]
# What acts on the first heatmaps of a training.
PAPER = dict(form='paper', start=0, share=2.)


@pytest.fixture(scope='module')
def ablation(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ablation')
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / 'benchmarks'))
        import ablation
        import experiments as grid
        patch.setattr(ablation, 'ROOT_DATA', folder / 'data')
        patch.setattr(ablation, 'WORK', folder / 'work')
        patch.setattr(ablation.results, 'FOLDER', folder / 'results')
        patch.setitem(grid.DATA, 'tiny',
                      grid.Rendered('fld', 5, 40, 20, 24, 0., size=64))
        for name in list(grid.EXPERIMENTS):
            patch.delitem(grid.EXPERIMENTS, name)
        tiny = 'tiny', 32, 2
        start = grid.Row(grid.HEATMAP, *tiny)
        patch.setitem(
            grid.EXPERIMENTS, 'smoke', {
                'baseline': start,
                'paper': grid.Row(grid.HEATMAP, *tiny, PAPER),
            })
        patch.setitem(
            grid.EXPERIMENTS, 'started', {
                'baseline': grid.Row(
                    grid.REGRESSION, *tiny, start='smoke/baseline'),
            })
        patch.setitem(grid.EXPERIMENTS, 'photos',
                      {'baseline': grid.Row('face.py', 'faces', 10, 1)})
        yield ablation


@pytest.fixture
def call(ablation, monkeypatch, capsys):

    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['ablation.py', *arguments])
        ablation.main()
        return capsys.readouterr().out

    return call


def lines(ablation):
    return ablation.results.read()


def test_a_grid_from_nothing_to_its_table(ablation, call):
    # stopped before the first step, then on to the end
    assert 'stopped with 2 models to go' in call('smoke', '--seeds', '0',
                                                 '--minutes', '0')
    with pytest.raises(SystemExit, match='starts from another model, train it '
                       'first: .* smoke --row "baseline" --seeds 0'):
        call('started', '--seeds', '0')
    call('smoke', '--seeds', '0', '--jobs', '2')
    found = {line['name']: line for line in lines(ablation)}
    assert set(found) == {'baseline', 'paper'}
    assert found['paper']['pc'] == PAPER
    scores = [line[split]['NE (avg.)'] for line in found.values()
              for split in ('val', 'test')]
    assert len(set(scores)) == 4
    first = found['baseline']
    for split in ('val', 'test'):
        assert {'NE (avg.)', 'outliers', 'duplicates', 'PCK@0.2',
                'left hem'} <= set(first[split])
    assert first['train_seconds'] > 0 and first['versions']['torch']
    assert 0 < first['step_seconds'] < first['train_seconds']
    # nothing to do, nothing done
    assert call('smoke', '--seeds', '0') == '' and len(lines(ablation)) == 2
    with pytest.MonkeyPatch.context() as patch:  # of a file that is not there
        patch.delitem(ablation.EXPERIMENTS, 'photos')
        table = call('--summary')
    assert 'paper' in table and 'smoke' in table
    assert f"{first['test']['NE (avg.)']:.3f}" in table
    call('started', '--seeds', '0')
    log = next((ablation.WORK / lines(ablation)[-1]['key']).glob('output.log'))
    assert 'Load checkpoint from' in log.read_text()


def test_a_row_again_gives_the_same_figures(ablation, call):
    row = 'smoke', '--row', 'baseline', '--seeds', '0'
    # stopped before the first step, then on to the end, without --again
    call(*row, '--again', '--minutes', '0.01')
    call(*row)
    first, again = (x for x in lines(ablation)
                    if (x['experiment'], x['name']) == ('smoke', 'baseline'))
    assert first['test'] == pytest.approx(again['test'], rel=1e-3)


def test_a_command_that_fails_leaves_no_other_running(ablation, monkeypatch):
    jobs = [
        ablation.Job('smoke', 'baseline', ablation.EXPERIMENTS['smoke'][name],
                     3, None) for name in ('baseline', 'paper')
    ]
    monkeypatch.setattr(ablation, 'TOOLS', ROOT / 'tests')
    for job, code in zip(jobs, ('import sys; sys.exit(3)',
                                'import time; time.sleep(60)')):
        job.folder.mkdir(parents=True)
        monkeypatch.setattr(
            job, 'steps', lambda code=code: iter([['/dev/null', code]]))
    monkeypatch.setattr(
        ablation.subprocess, 'Popen',
        lambda command, Popen=ablation.subprocess.Popen, **kwargs: Popen(
            [sys.executable, '-c', command[-1]], **kwargs))
    with pytest.raises(SystemExit, match='failed, see .*output.log'):
        ablation.run(jobs, 2, float('inf'))
    assert jobs[1].process.poll() is not None


def test_the_stock_codec_reaches_encoder_and_decoder(ablation):
    import experiments as grid
    row = grid.Row(grid.FACES, 'tiny', 32, 2, None, grid.STOCK_CODEC)
    cfg = ablation.build_config(row, 0)
    encoder, = (t.encoder for t in cfg.train_dataloader.dataset.pipeline
                if t.type == 'GenerateTarget')
    assert encoder.type == cfg.model.head.decoder.type == 'MSRAHeatmap'
    assert cfg.model.test_cfg.shift_heatmap


def test_unknown_row(call):
    with pytest.raises(SystemExit, match="no row 'beta', but baseline, paper"):
        call('smoke', '--row', 'beta')


def test_photographs_need_their_folder(call):
    with pytest.raises(SystemExit, match='photos needs --photos DIR'):
        call('photos')


def test_annotations_are_shifted_and_some_landmarks_left(
        ablation, tmp_path, monkeypatch):
    photos = ablation.Photos('a.json', 'b.json', 1, 'img/', -1.5, (0, 2))
    monkeypatch.setitem(ablation.DATA, 'some', photos)
    mmengine.dump(
        dict(annotations=[
            dict(keypoints=[10, 20, 2, 30, 40, 1, 0, 0, 0]),
            dict(keypoints=[0, 0, 0, 30, 40, 1, 50, 60, 1])
        ]), tmp_path / 'a.json')
    out = tmp_path / 'model'
    out.mkdir()
    file = ablation.write_annotations('some', 'a.json', str(tmp_path), out)
    assert Path(file).parent == out
    first, second = mmengine.load(file)['annotations']
    assert first['keypoints'] == [8.5, 18.5, 2, 0, 0, 0, 0, 0, 0]
    assert second['keypoints'] == [0, 0, 0, 0, 0, 0, 48.5, 58.5, 1]
    assert first['num_keypoints'] == second['num_keypoints'] == 1
