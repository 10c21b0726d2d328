"""tools/demo.py, on little data."""
import functools
import re
from pathlib import Path

from processes import run_python

from pcloss_mmpose.rendering import render_dataset

DEMO = Path(__file__).parents[1] / 'tools/demo.py'


def test_demo(run_tool, tmp_path):
    render_dataset(
        'fld', 20, 5, tmp_path / 'my photos', 96,
        split=dict(train=.6, val=.2, test=.2), workers=1)
    demo = functools.partial(
        run_tool, DEMO, '--work-dir', 'out', cwd=tmp_path)
    settings = '--num', 30, '--epochs', 1
    first = run_python(DEMO, '--work-dir', 'out', *settings, cwd=tmp_path)
    assert first.count('training, from the start') == 4
    *_, heatmaps, coordinates = first.splitlines()
    parts = (('heatmaps', ('MSRAHeatmap', 'SoftArgmaxHeatmap'), heatmaps),
             ('coordinates', ('MSELoss', 'PCLoss'), coordinates))
    for part, names, sentence in parts:
        table = (tmp_path / f'out/{part}.md').read_text(encoding='utf-8')
        best = '; '.join(f'{name} best_NE_epoch_1.pth' for name in names)
        for text in ('left collar', 'NE (avg.)', 'outliers', 'duplicates',
                     '95 % interval', ' test images, ', sentence,
                     f'the best by NE: {best}'):
            assert text in table
        assert 'nan' not in table
        assert re.match(
            rf'{names[1]} (lowers|raises) the error of {names[0]} by|'
            rf'{names[1]} and {names[0]}: no difference', sentence)
        assert (tmp_path / f'out/{part}.png').stat().st_size > 10000
        assert f'page: out/{part}.html' in first
        page = (tmp_path / f'out/{part}.html').read_text(encoding='utf-8')
        assert 'No training curves' not in page
        assert 'cannot be read' not in page
    assert 'Training: parts of the loss' in page  # of PCLoss
    # stock MMPose is as it stands in its configs
    stock = (tmp_path / 'out/MSRAHeatmap.py').read_text()
    assert 'shift_heatmap=True' in stock
    assert stock.count("type='MSRAHeatmap'") == 2
    for name in ('MSELoss', 'PCLoss'):
        log = (tmp_path / f'out/{name}/output.log').read_text()
        assert 'checkpoint from out/SoftArgmaxHeatmap/epoch_1.pth' in log

    # Nothing is done twice; half a model is completed.
    for file in tmp_path.glob('out/PCLoss/epoch_1.pth'):
        file.unlink()
    (tmp_path / 'out/PCLoss/last_checkpoint').unlink()
    second = demo(*settings, '--real', 'my photos')
    assert 'out-my photos/coordinates.md' in second
    assert 'PCLoss: training, from the start (log: out/PCLoss' in second
    assert 'MSELoss: training, from the start (log: out/MSE' not in second
    assert second.count('training, from the start') == 5
    log = (tmp_path / 'out-my photos/PCLoss/output.log').read_text()
    assert 'Load checkpoint from out/PCLoss/epoch_1.pth' in log

    refusal = demo('--num', 30, '--epochs', 2, code=1)
    assert 'holds a model of other settings' in refusal
    assert demo('--real', 'nowhere', code=1) == (
        'demo.py: nowhere: no folder in the FLD layout, Anno/ is missing\n')
    refusal = demo('--num', 20, code=1).splitlines()
    assert 'more than the 20 asked for' in refusal[-1]
    refusal = demo('--epochs', 0, code=1)
    assert refusal.startswith('demo.py: at least --num 20 and --epochs 1 ')
