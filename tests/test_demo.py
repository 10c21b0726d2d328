"""tools/demo.py, on little data."""
import functools
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
    assert first.count('training, from the start') == 2
    table = (tmp_path / 'out/table.md').read_text(encoding='utf-8')
    for name in ('left collar', 'NE (avg.)', 'outliers', 'duplicates',
                 '95 % interval', ' test images, ',
                 'the best by NE: baseline best_NE_epoch_1.pth; PCLoss best'):
        assert name in table
    assert 'nan' not in table and ' test images, ' in first
    assert (tmp_path / 'out/comparison.png').stat().st_size > 10000
    assert 'page: out/report.html' in first
    page = (tmp_path / 'out/report.html').read_text(encoding='utf-8')
    assert 'Training: parts of the loss' in page
    assert 'No training curves' not in page and 'cannot be read' not in page

    # Nothing is done twice; half a model is completed.
    for file in tmp_path.glob('out/PCLoss/epoch_1.pth'):
        file.unlink()
    (tmp_path / 'out/PCLoss/last_checkpoint').unlink()
    second = demo(*settings, '--real', 'my photos')
    assert 'out-my photos/table.md' in second
    assert 'PCLoss: training, from the start (log: out/PCLoss' in second
    assert 'baseline: training, from the start (log: out/base' not in second
    assert second.count('training, from the start') == 3
    log = (tmp_path / 'out-my photos/PCLoss/output.log').read_text()
    assert 'Load checkpoint from out/PCLoss/epoch_1.pth' in log

    refusal = demo('--num', 30, '--epochs', 2, code=1)
    assert 'holds a model of other settings' in refusal
    assert demo('--real', 'nowhere', code=1) == (
        'nowhere: no folder in the FLD layout, Anno/ is missing\n')
    refusal = demo('--num', 20, code=1).splitlines()
    assert 'more than the 20 asked for' in refusal[-1]
    refusal = demo('--epochs', 0, code=1)
    assert refusal.startswith('at least --num 20 and --epochs 1 are needed')
