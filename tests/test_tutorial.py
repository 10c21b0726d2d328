"""The tutorial's notebook is true: its cells run in order, at small size."""
import json
import os
import re
import sys
from pathlib import Path

import pytest
from processes import run_python

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs/start/tutorial.ipynb'
NOTEBOOK = json.loads(PAGE.read_text(encoding='utf-8'))
SIZES = dict(PICTURES=10, EPOCHS=1)
#: What IPython makes of a line that starts with `!`, but for errors.
SHELL = '''\
import subprocess


def shell(command):
    print('$', command, flush=True)
    subprocess.run(command, shell=True, check=True)


'''


def cells(kind):
    return [
        ''.join(cell['source']) for cell in NOTEBOOK['cells']
        if cell['cell_type'] == kind
    ]


def script():
    """The code as one, with other sizes; each is set once."""
    code = '\n'.join(cells('code'))
    for name, value in SIZES.items():
        code, number = re.subn(
            f'^{name} = .*$', f'{name} = {value}', code, flags=re.M)
        assert number == 1
    return SHELL + re.sub('^!(.+)$', r"shell(f'''\1''')", code, flags=re.M)


def test_it_runs(tmp_path, monkeypatch):
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    folder = tmp_path / 'docs/start'  # where Jupyter starts it
    folder.mkdir(parents=True)
    (tmp_path / 'tutorial.py').write_text(script(), encoding='utf-8')
    monkeypatch.setenv('MPLBACKEND', 'Agg')
    monkeypatch.setenv(
        'PATH', f'{Path(sys.executable).parent}{os.pathsep}'
        f'{os.environ["PATH"]}')

    output = run_python(tmp_path / 'tutorial.py', cwd=folder)

    assert 'mirrored: left collar - right collar' in output
    assert '1 of 1 file predicted' in output
    # the model without PyTorch finds what MMPose does
    assert float(re.search('largest difference: (.+) pixels', output)[1]) < .01
    assert (tmp_path / 'work_dirs/tutorial.html').exists()


def test_it_is_read_without_running():
    """No outputs, which would bloat the file; links that lead somewhere."""
    for cell in NOTEBOOK['cells']:
        assert not cell.get('outputs') and not cell.get('execution_count')
    assert cells('markdown')[0].startswith('# ')
    links = re.findall(r'\]\(([^)]+)\)', '\n'.join(cells('markdown')))
    assert links
    for link in links:
        assert (PAGE.parent / link).exists(), link
