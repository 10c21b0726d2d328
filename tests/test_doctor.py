"""tools/doctor.py: each broken state is recognised, with what mends it.

The states are real where that costs nothing; where they would need another
torch, numpy or system library, the texts are those that such installations
gave.
"""
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import types
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
DOCTOR = ROOT / 'tools' / 'doctor.py'
SITE = Path(sysconfig.get_path('purelib'))


@pytest.fixture
def doctor():
    return types.SimpleNamespace(**runpy.run_path(str(DOCTOR)))


def patch(monkeypatch, doctor, name, value):
    """Changes a global of the script, which a namespace only copies."""
    monkeypatch.setitem(doctor.main.__globals__, name, value)


def run(python=sys.executable, code=1):
    """Runs the command line; returns findings by name, and the output."""
    done = subprocess.run(
        [str(python), str(DOCTOR)], cwd=tempfile.gettempdir(),
        env=dict(os.environ, PYTHONPATH=''), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, universal_newlines=True)  # yapf: disable
    assert done.returncode == code, done.stdout
    assert 'Traceback' not in done.stdout, done.stdout
    found, name = {}, None
    for line in done.stdout.split('\n\n')[0].splitlines():
        if line.startswith('    $ '):
            found[name][2] = line[6:]
        elif line.startswith('    '):
            found[name][1] = f'{found[name][1]} {line.strip()}'.strip()
        else:
            name = line[:19].strip()
            found[name] = [line.split()[-1], '', '']
            if 'until this works: ' in line:
                found[name][0] = line[line.index('not checked'):]
    return found, done.stdout


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def environment(folder, without=(), also=()):
    """A Python with this one's packages: but ``without``, ``also`` copied."""
    if not (SITE / 'mmpose').is_dir():
        pytest.skip('the packages of this Python lie in several folders')
    venv.create(str(folder), with_pip=False)
    site = folder / SITE.relative_to(sys.prefix)
    left_out = {path for name in without for path in SITE.glob(name)}
    for path in set(SITE.iterdir()) - left_out - {SITE / '__pycache__'}:
        if path.name in also:
            shutil.copytree(str(path), str(site / path.name), symlinks=True)
        else:
            (site / path.name).symlink_to(path)
    return folder / 'bin' / 'python', site


@pytest.fixture
def examine(doctor, monkeypatch):
    def examine(*names, python=sys.executable, path=''):
        monkeypatch.setattr(sys, 'executable', str(python))
        monkeypatch.setenv('PYTHONPATH', str(path))
        found = dict(
            doctor.examine([c for c in doctor.CHECKS if c.name in names]))
        return found[names[0]] if len(names) == 1 else found

    return examine


def test_all_green_here():
    found, output = run(code=0)
    found.pop('shared memory')  # what a small container has little of
    assert {status for status, _, _ in found.values()} == {'ok'}, output


def test_versions_are_those_of_the_constraints(doctor):
    lines = (ROOT / 'constraints.txt').read_text().splitlines()
    all_pins = [Requirement(x) for x in lines if x and x[0] != '#']
    for python in doctor.PYTHONS:
        version = dict(python_version='%d.%d' % python)
        assert doctor.pins(python) == {
            pin.name: str(pin.specifier).lstrip('=')
            for pin in all_pins
            if pin.marker is None or pin.marker.evaluate(version)
        }


def test_nothing_installed(tmp_path):
    """A new environment; nothing is said twice or imported in vain."""
    python, _ = environment(tmp_path / 'my env', ['*'])
    found, output = run(python)
    assert 'No module named' not in output and 'ensurepip' in output
    for name in 'setuptools', 'numpy', 'torch', 'pcloss_mmpose':
        assert found[name][0] == 'ERROR'
        assert found[name][2].startswith(f"'{python}' -m pip install ")
    assert 'working directory' in found['pcloss_mmpose'][1]
    waits = 'not checked until this works: '
    assert found['mmengine'][0] == waits + 'numpy, torch'
    assert found['its import'][0] == (
        waits + 'setuptools, numpy, torch, pcloss_mmpose')


def test_mmcv_lite_setuptools_and_no_plugin(tmp_path):
    """Three causes apart, each told once, with what waits for it."""
    without = ['mmcv-*', '*pcloss_mmpose*', 'pkg_resources', 'setuptools-*']
    python, site = environment(tmp_path / 'env', without, ['mmcv'])
    next(site.glob('mmcv/_ext.*')).unlink()
    write(site / 'setuptools-82.0.0.dist-info/METADATA',
          'Name: setuptools\nVersion: 82.0.0\n')
    found, output = run(python)
    _, problem, command = found['setuptools']
    assert 'imports pkg_resources' in problem and '82.0.0' in output
    assert command.endswith(f'--constraint {ROOT / "constraints.txt"} '
                            '--force-reinstall --no-deps setuptools')
    status, problem, command = found['operators of mmcv']
    assert status == 'ERROR' and 'no compiled operators' in problem
    assert 'pip uninstall -y mmcv mmcv-lite mmcv-full' in command
    assert '--no-cache-dir --no-build-isolation --no-binary mmcv' in command
    assert found['mmdet'][0] == found['mmpose'][0] == (
        'not checked until this works: setuptools, operators of mmcv')
    status, problem, command = found['pcloss_mmpose']
    assert status == 'ERROR' and 'not installed' in problem
    assert command.endswith(f'--no-build-isolation --editable {ROOT}')


def test_mmpose_without_mim(examine, tmp_path):
    """As an editable install of mmpose leaves it."""
    python, site = environment(tmp_path / 'env', ['mmpose'])
    (site / 'mmpose').mkdir()
    for path in (SITE / 'mmpose').glob('[!.]*'):
        (site / 'mmpose' / path.name).symlink_to(path)
    finding = examine('configs of mmpose', python=python)
    assert 'has no folder .mim' in finding.problem
    assert finding.command.endswith('--force-reinstall --no-deps mmpose')


def test_six_missing_and_mmcv_too_new(examine, tmp_path):
    python, site = environment(tmp_path / 'env', ['six*'], ['mmcv'])
    finding = examine('mmdet', python=python)
    assert finding.problem == 'mmdet imports six, which is not installed.'
    assert finding.command.endswith(' six numpy')
    version = site / 'mmcv' / 'version.py'
    version.write_text(version.read_text() + "__version__ = '2.2.0'\n")
    mmcv, mmdet = examine('mmcv', 'mmdet', python=python).values()
    assert mmcv.status == 'warning' and '--no-binary mmcv' in mmdet.command
    assert 'has not been tested' in mmcv.problem and '<' in mmdet.problem
    assert 'only, not with the installed 2.2.0.' in mmdet.problem


def test_opencv_uninstalled_over_another_and_torchvision(examine, tmp_path):
    python, site = environment(tmp_path / 'env', ['cv2'], ['torchvision'])
    (site / 'cv2').mkdir()
    next(site.glob('torchvision/_C.*')).unlink()
    # What follows runs in another process, so has nothing of the failure.
    vision, cv2, other = examine(
        'torchvision', 'OpenCV', 'xtcocotools', python=python).values()
    assert 'was built for another torch' in vision.problem
    assert 'holds no OpenCV' in cv2.problem and other.status == 'ok'
    assert 'uninstall -y opencv-python opencv-p' in cv2.command


def test_python_path(examine, doctor, monkeypatch, tmp_path):
    write(tmp_path / 'opencv_python-4.11.dist-info/METADATA',
          'Name: opencv-python\nVersion: 4.11\n')
    write(tmp_path / 'numpy/__init__.py', 'raise ImportError("mine")')
    monkeypatch.chdir(tmp_path.parent)  # a relative one is the user's
    assert 'mine' in examine('numpy', path=tmp_path.name).problem
    assert f'numpy in {tmp_path.name}' in doctor.check_python_path().problem
    shutil.rmtree(tmp_path / 'numpy')
    finding = examine('OpenCV', path=tmp_path)
    assert finding.status == 'warning' and 'opencv-python 4' in finding.problem


@pytest.mark.parametrize('source, problem', [
    ('import os; os.abort()', 'torch crashes the process (SIGABRT).'),
    ('import os; print("so long", flush=True); os._exit(3)',
     'torch ends the process with exit code 3: so long.'),
    ('raise SystemExit(4)', 'torch does not work: SystemExit: 4.'),
    ('import time; time.sleep(60)', 'torch does not come to an end in 2 s.'),
])
def test_import_that_does_worse_than_fail(examine, doctor, monkeypatch,
                                          tmp_path, source, problem):
    patch(monkeypatch, doctor, 'TIMEOUT', 2 if 'sleep' in source else 600)
    (tmp_path / 'torch.py').write_text(source)
    finding = examine('torch', path=tmp_path)
    assert (finding.status, finding.problem) == ('ERROR', problem)
    assert finding.command.endswith(' torch torchvision numpy')


NUMPY = 'was built for another numpy than the installed 2.2.6; for this Python'


@pytest.mark.parametrize('module, error, problem, command', [
    ('torchvision', 'RuntimeError: operator torchvision::nms does not exist',
     'was built for another torch', ' torch torchvision numpy'),
    ('mmcv', 'ImportError: /env/mmcv/_ext.so: undefined symbol: _ZN2at4_ops10',
     'for another torch than the installed 2.2.2+cu121 (undef', ' mmcv'),
    ('mmcv', 'ImportError: libcudart.so.11.0: cannot open shared object file',
     '(libcudart.so.11.0: cannot open)', ' mmcv'),
    ('cv2', 'ImportError: libGL.so.1: cannot open shared object file',
     'needs libGL.so.1 of the system', ' opencv-python-headless numpy'),
    ('mmpose', "FileNotFoundError: deepfashion_full-256x192.py",
     'mmpose 1.2.0 and later', ' mmpose'),
    ('xtcocotools', 'ValueError: numpy.dtype size changed', NUMPY, ' numpy'),
    ('torch', 'RuntimeError: Numpy is not available', NUMPY, ' numpy'),
    ('cv2', 'AttributeError: _ARRAY_API not found', NUMPY, ' numpy'),
])  # yapf: disable
def test_texts(doctor, monkeypatch, module, error, problem, command):
    patch(monkeypatch, doctor, 'pins', lambda: dict(numpy='1.26.4'))
    sentence, mends = doctor.explain(
        module, error, dict(torch='2.2.2+cu121', numpy='2.2.6'))
    assert problem in sentence and mends.endswith(command)
    # Where numpy 2 is meant, the package is built again.
    patch(monkeypatch, doctor, 'pins', lambda: dict(numpy='2.5.2'))
    if problem == NUMPY:
        mends = doctor.explain(module, error, dict(numpy='2.2.6'))[1]
        assert mends == doctor.repair(module)


def test_the_interpreter_and_the_machine(doctor, monkeypatch):
    check, = [c for c in doctor.CHECKS if c.name == 'GPU']
    gpu = doctor.judge(check, dict(error='CUDA error: no kernel image'), {})
    assert gpu.status == 'ERROR' and ': CUDA error: no kernel' in gpu.problem
    usage = types.SimpleNamespace(free=60 * 2**20)  # a container's /dev/shm
    monkeypatch.setattr(shutil, 'disk_usage', lambda folder: usage)
    monkeypatch.setattr(os.path, 'isdir', lambda folder: True)
    assert doctor.check_shared_memory().status == 'warning'
    for minor, status in enumerate(['ERROR', *5 * ['ok'], 'warning'], 7):
        monkeypatch.setattr(sys, 'version_info', (3, minor, 1))
        assert doctor.check_python().status == status
