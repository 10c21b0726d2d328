"""tools/doctor.py: each broken state is recognised, with what mends it.

The states are real where that costs nothing: environments with the packages
of this one, linked, but for what is left out. Where they would need another
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
    return types.SimpleNamespace(**load())


def load(path=DOCTOR):
    return runpy.run_path(str(path), run_name='doctor')


def patch(monkeypatch, doctor, **names):
    """Changes globals of the script, which a namespace only copies."""
    for name, value in names.items():
        monkeypatch.setitem(doctor.main.__globals__, name, value)


def run(python=sys.executable, script=DOCTOR, cwd=None, code=1, **env):
    """Runs the command line; returns findings by name, and the output."""
    variables = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    variables.update({k: str(v) for k, v in env.items()})
    done = subprocess.run([str(python), str(script)],
                          cwd=str(cwd or tempfile.gettempdir()),
                          env=variables,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          universal_newlines=True)
    assert done.returncode == code, done.stdout
    assert 'Traceback' not in done.stdout, done.stdout
    return parse(done.stdout), done.stdout


def parse(output):
    """Name: [status, sentence, command] of a table."""
    found, name = {}, None
    for line in output.split('\n\n')[0].splitlines():
        if line.startswith('    $ '):
            found[name][2] = line[6:]
        elif line.startswith('    '):
            found[name][1] = f'{found[name][1]} {line.strip()}'.strip()
        else:
            name = line[:19].strip()
            status = line.split()[-1]
            if 'not checked until this works:' in line:
                status = line[line.index('not checked'):]
            found[name] = [status, '', '']
    return found


def environment(folder, without=(), also=()):
    """A Python with this one's packages.

    Args:
        folder (Path): Where it is made.
        without (list[str]): Patterns of names in site-packages to leave out.
        also (list[str]): Those to copy, so that they can be changed.

    Returns:
        tuple[Path, Path]: Interpreter and site-packages.
    """
    if not (SITE / 'mmpose').is_dir():
        pytest.skip('the packages of this Python lie in several folders')
    venv.create(str(folder), with_pip=False)
    site = folder / SITE.relative_to(sys.prefix)
    left_out = {path for name in without for path in SITE.glob(name)}
    assert len(left_out) >= len(without), 'a pattern without a match'
    for path in SITE.iterdir():
        if path in left_out or path.name == '__pycache__':
            continue
        if path.name in also:
            shutil.copytree(str(path), str(site / path.name), symlinks=True)
        else:
            (site / path.name).symlink_to(path)
    return folder / 'bin' / 'python', site


def fake(folder, **modules):
    """Modules of the given source texts, to be put first on the path."""
    for name, text in modules.items():
        (folder / name).mkdir(parents=True)
        (folder / name / '__init__.py').write_text(text)
    return folder


@pytest.fixture
def examine(doctor, monkeypatch):
    """Runs some checks, in a given interpreter."""
    importers = []

    def examine(*names, python=sys.executable, path=None):
        monkeypatch.setattr(sys, 'executable', str(python))
        monkeypatch.setenv('PYTHONPATH', str(path or ''))
        importer = doctor.Importer()
        importers.append(importer)
        versions, findings = {}, {}
        for name, _, check in doctor.CHECKS:
            if name in names:
                findings[name] = check(importer.ask, versions)
        assert set(findings) == set(names)
        return (*findings.values(), )[0] if len(names) == 1 else findings

    yield examine
    for importer in importers:
        importer.close()


# -- What works --------------------------------------------------------------


def test_all_green_here(tmp_path):
    assert not list(SITE.glob('chumpy*'))  # which mmpose asks for
    found, output = run(cwd=tmp_path, code=0)
    assert len(found) == 26
    for name, (status, _, _) in found.items():
        # what a small container has little of
        assert status == 'ok' or name in ('disk', 'shared memory'), output
    assert list(tmp_path.iterdir()) == []


def test_as_installed_without_a_checkout(doctor, tmp_path):
    """Explicit versions instead of the constraints file."""
    copy = tmp_path / '.mim' / 'tools' / 'doctor.py'
    copy.parent.mkdir(parents=True)
    shutil.copyfile(str(DOCTOR), str(copy))
    lone = types.SimpleNamespace(**load(copy))
    pins = doctor.pins()
    assert lone.repair('mmpose').endswith(
        f'--force-reinstall --no-deps mmpose=={pins["mmpose"]}')
    assert lone.install_plugin().endswith('path/to/pcloss_mmpose')
    assert doctor.repair('mmpose').endswith(
        f'--constraint {ROOT / "constraints.txt"} mmpose')
    assert doctor.install_plugin().endswith(f'--editable {ROOT}')


def test_versions_are_those_of_the_constraints(doctor):
    text = (ROOT / 'constraints.txt').read_text()
    assert set(doctor.PINS.split('\n')) <= set(text.split('\n'))
    for python in doctor.PYTHONS:
        expected = {}
        for line in text.splitlines():
            if line and not line.startswith('#'):
                requirement = Requirement(line)
                if requirement.marker is None or requirement.marker.evaluate(
                        dict(python_version='%d.%d' % python)):
                    expected[requirement.name] = str(
                        requirement.specifier).lstrip('=')
        assert doctor.read_pins(python) == expected
        ours = doctor.read_pins(python, doctor.PINS)
        assert ours == {name: expected[name] for name in ours}


def test_commands_are_quoted(doctor, monkeypatch):
    monkeypatch.setattr(sys, 'executable', '/my python/bin/python')
    for package in 'torch', 'mmcv', 'cv2', 'six', 'pcloss_mmpose', 'pip':
        assert "'/my python/bin/python' -m " in doctor.repair(package)


# -- Real broken environments, the whole command line ------------------------


def test_setuptools_without_pkg_resources(tmp_path):
    python, site = environment(tmp_path / 'env',
                               ['pkg_resources', 'setuptools-*'])
    info = site / 'setuptools-82.0.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Name: setuptools\nVersion: 82.0.0\n')
    found, output = run(python)
    status, problem, command = found['setuptools']
    assert status == 'ERROR' and '82.0.0' in output
    assert 'imports pkg_resources' in problem
    assert command == (f'{python} -m pip install --constraint '
                       f'{ROOT / "constraints.txt"} setuptools')
    # One cause, told once.
    assert output.count('    $ ') == 1 + ('is another' in output)
    waits = 'not checked until this works: setuptools'
    assert found['configs of mmpose'][0] == found['mmpose'][0] == waits
    assert found['operators of mmcv'][0] == 'ok'
    assert '1 error. Mend the first' in output


def test_mmcv_lite_and_no_plugin(tmp_path):
    """Two causes apart; from the checkout, where the plugin isn't found."""
    python, site = environment(tmp_path / 'env', ['mmcv-*', '*pcloss_mmpose*'],
                               ['mmcv'])
    next(site.glob('mmcv/_ext.*')).unlink()
    found, _ = run(python, cwd=ROOT)
    assert found['mmcv'][0] == 'ok'
    status, problem, command = found['operators of mmcv']
    assert status == 'ERROR' and 'no compiled operators' in problem
    for part in ('pip uninstall -y mmcv mmcv-lite mmcv-full', '--no-cache-dir',
                 '--no-build-isolation', '--no-binary mmcv'):
        assert part in command
    assert found['mmdet'][0].endswith('this works: operators of mmcv')
    status, problem, command = found['pcloss_mmpose']
    assert status == 'ERROR' and 'not installed' in problem
    assert command == (f'{python} -m pip install --no-deps '
                       f'--no-build-isolation --editable {ROOT}')
    assert found['checkpoints'][0].endswith(
        'this works: pcloss_mmpose, operators of mmcv')


def test_nothing_installed(tmp_path):
    """A new environment; nothing is said twice or imported in vain."""
    python, _ = environment(tmp_path / 'my env', ['*'])
    found, output = run(python)
    assert 'No module named' not in output
    assert found['pip'][0] == 'warning' and 'ensurepip' in found['pip'][2]
    for name in 'setuptools', 'numpy', 'torch', 'pcloss_mmpose':
        assert found[name][0] == 'ERROR'
        assert found[name][2].startswith(f"'{python}' -m pip install ")
    assert 'working directory' in found['pcloss_mmpose'][1]
    waits = 'not checked until this works: '
    assert found['mmengine'][0] == waits + 'torch, numpy'
    assert found['its classes'][0] == (
        waits + 'pcloss_mmpose, torch, numpy, setuptools')


# -- Real broken environments, single checks ---------------------------------


def test_mmpose_without_mim(examine, tmp_path):
    """As an editable install of mmpose leaves it."""
    python, site = environment(tmp_path / 'env', ['mmpose'])
    (site / 'mmpose').mkdir()
    for path in (SITE / 'mmpose').iterdir():
        if path.name != '.mim':
            (site / 'mmpose' / path.name).symlink_to(path)
    finding = examine('configs of mmpose', python=python)
    assert finding.status == 'ERROR'
    assert 'has no folder .mim' in finding.problem
    assert finding.command.endswith(' mmpose')
    assert '--force-reinstall --no-deps' in finding.command


def test_mmpose_before_its_configs_for_fld(examine, tmp_path):
    python, site = environment(tmp_path / 'env', ['mmpose'])
    shutil.copytree(
        SITE / 'mmpose',
        site / 'mmpose',
        ignore=shutil.ignore_patterns('*deepfashion_full*', '__pycache__'))
    findings = examine('mmpose', 'configs of mmpose', python=python)
    assert findings['mmpose'].status == 'ok'
    finding = findings['configs of mmpose']
    assert finding.status == 'ERROR'
    assert 'mmpose 1.2.0 and later' in finding.problem
    assert finding.command.endswith(' mmpose')


def test_six_missing(examine, tmp_path):
    python, _ = environment(tmp_path / 'env', ['six*'])
    finding = examine('mmdet', python=python)
    assert finding.status == 'ERROR'
    assert finding.problem == 'mmdet imports six, which is not installed.'
    assert finding.command.endswith(' six numpy')


def test_mmcv_too_new_for_mmdet(examine, tmp_path):
    python, site = environment(tmp_path / 'env', also=['mmcv'])
    version = site / 'mmcv' / 'version.py'
    version.write_text(version.read_text() + "__version__ = '2.2.0'\n")
    finding = examine('mmdet', python=python)
    assert finding.status == 'ERROR'
    import mmdet
    assert finding.problem == (
        f'mmdet works with mmcv >=2.0.0rc4, <{mmdet.mmcv_maximum_version} '
        'only, not with the installed 2.2.0.')
    assert '--no-binary mmcv' in finding.command
    finding = examine('mmcv', python=python)
    assert finding.status == 'warning' and 'not been tested' in finding.problem


def test_torchvision_without_its_operators(examine, tmp_path):
    """What is left of it where its library does not load."""
    python, site = environment(tmp_path / 'env', also=['torchvision'])
    next(site.glob('torchvision/_C.*')).unlink()
    findings = examine('torch', 'torchvision', python=python)
    assert findings['torch'].status == 'ok'
    finding = findings['torchvision']
    assert finding.status == 'ERROR'
    assert 'was built for another torch' in finding.problem
    assert finding.command.endswith(' torch torchvision numpy')
    # What followed ran in another process, so has nothing of the failure.
    assert examine('OpenCV', python=python).status == 'ok'


def test_opencv_uninstalled_over_another(examine, tmp_path):
    python, site = environment(tmp_path / 'env', ['cv2'])
    (site / 'cv2').mkdir()
    finding = examine('OpenCV', python=python)
    assert finding.status == 'ERROR'
    assert 'holds no OpenCV' in finding.problem
    assert 'uninstall -y opencv-python opencv-python-h' in finding.command
    assert finding.command.endswith(' opencv-python-headless numpy')


def test_two_opencv_packages(examine, tmp_path):
    info = tmp_path / 'opencv_python-4.11.0.86.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Name: opencv-python\nVersion: 4.11\n')
    finding = examine('OpenCV', path=tmp_path)
    assert finding.status == 'warning'
    assert 'installed over each other' in finding.problem


def test_class_not_registered(examine, tmp_path):
    """An older or half copied plugin, before the installed one."""
    shutil.copytree(
        str(ROOT / 'pcloss_mmpose'),
        str(tmp_path / 'pcloss_mmpose'),
        ignore=shutil.ignore_patterns('.mim', '__pycache__'))
    necks = tmp_path / 'pcloss_mmpose' / 'models' / 'necks' / '__init__.py'
    necks.write_text('')
    findings = examine('its classes', 'its configs', path=tmp_path)
    finding = findings['its classes']
    assert finding.status == 'ERROR' and finding.found == '13 of 14 registered'
    assert 'does not register FinestFPN;' in finding.problem
    assert '--editable' in finding.command
    finding = findings['its configs']
    assert finding.status == 'ERROR'
    assert '.mim lacks configs, tools, model-index.yml' in finding.problem


def test_packages_before_those_of_the_environment(doctor, monkeypatch,
                                                  tmp_path):
    fake(tmp_path, numpy='')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    finding = doctor.check_python_path()
    assert finding.status == 'warning'
    assert f'numpy in {tmp_path}' in finding.problem
    assert finding.command == 'unset PYTHONPATH'
    monkeypatch.setenv('PYTHONPATH', str(tmp_path / 'elsewhere'))
    assert doctor.check_python_path().status == 'ok'


# -- Imports that do worse than fail -----------------------------------------


@pytest.mark.parametrize('source, problem', [
    ('import os; os.abort()', 'torch crashes the process (SIGABRT).'),
    ('import os; print("so long", file=__import__("sys").stderr, flush=True);'
     'os._exit(3)', 'torch ends the process with exit code 3: so long.'),
    ('raise SystemExit(4)', 'torch does not work: SystemExit: 4'),
    ('raise RuntimeError("one\\ntwo")', 'torch does not work: RuntimeError: '
     'one'),
])
def test_import_that_crashes(examine, tmp_path, source, problem):
    fake(tmp_path, torch=source)
    findings = examine('torch', 'numpy', path=tmp_path)
    assert findings['torch'].status == 'ERROR'
    assert findings['torch'].problem == problem
    assert findings['torch'].command.endswith(' torch torchvision numpy')
    assert findings['numpy'].status == 'ok'


def test_import_that_hangs(examine, doctor, monkeypatch, tmp_path):
    patch(monkeypatch, doctor, TIMEOUT=1)
    fake(tmp_path, torch='import time; time.sleep(60)')
    finding = examine('torch', path=tmp_path)
    assert finding.status == 'ERROR'
    assert finding.problem == 'torch does not come to an end within 1 s.'


def test_import_that_prints_and_reads(examine, tmp_path):
    fake(
        tmp_path,
        numpy='import os, sys\nprint("{}")\nos.write(1, b"{}\\n")\n'
        'assert sys.stdin.read() == ""\n__version__ = "1.26.4"\n'
        'eye = lambda n: None\n'
        'class linalg: inv = staticmethod(lambda a: a)\n')
    finding = examine('numpy', path=tmp_path)
    assert (finding.status, finding.found) == ('ok', '1.26.4')


def test_relative_python_path_is_that_of_the_user(examine, monkeypatch,
                                                  tmp_path):
    """Although imports run in another folder."""
    fake(tmp_path / 'libs', numpy='raise ImportError("mine")')
    monkeypatch.chdir(tmp_path)
    assert 'mine' in examine('numpy', path='libs').problem


# -- What other installations said -------------------------------------------

VERSIONS = dict(torch='2.2.2+cu121', numpy='1.26.4')
MIXED = 'was built for another torch'


@pytest.mark.parametrize(
    'package, error, problem, command',
    [
        # torch for the CPU, torchvision for CUDA
        ('torchvision',
         'RuntimeError: operator torchvision::nms does not exist', MIXED,
         ' torch torchvision numpy'),
        # torchvision 0.17.2 beside torch 2.1.2
        ('torchvision',
         'ValueError: Could not find the operator torchvision::nms.'
         ' Please make sure you have already registered the operator and (if '
         'registered from C++) loaded it via torch.ops.load_library.', MIXED,
         ' torch torchvision numpy'),
        # torchvision 0.15.2 beside torch 2.1.2
        ('torchvision', "RuntimeError: Couldn't load custom C++ ops. This can "
         'happen if your PyTorch and torchvision versions are incompatible, '
         'or if you had errors while compiling torchvision.', MIXED,
         ' torch torchvision numpy'),
        # mmcv compiled for torch 2.1.2 beside torch 2.2.2
        ('mmcv', 'ImportError: /env/lib/python3.11/site-packages/mmcv/_ext.'
         'cpython-311-x86_64-linux-gnu.so: undefined symbol: _ZN2at4_ops10'
         'zeros_like4callERKNS_6TensorEN3c108optionalINS5_10ScalarTypeEEENS6_',
         'compiled for another torch than the installed 2.2.2+cu121;', ' mmcv'
         ),
        ('mmcv',
         'ImportError: libcudart.so.11.0: cannot open shared object file: '
         'No such file or directory', '(libcudart.so.11.0 is missing)',
         ' mmcv'),
        # opencv-python on a system without libGL
        ('cv2',
         'ImportError: libGL.so.1: cannot open shared object file: No such '
         'file or directory', 'needs libGL.so.1 of the system',
         ' opencv-python-headless numpy'),
        ('torch',
         'OSError: libcudnn.so.8: cannot open shared object file: No such'
         ' file or directory', 'torch does not work: OSError: libcudnn.so.8',
         ' torch torchvision numpy'),
        ('pcloss_mmpose',
         '_pickle.UnpicklingError: Weights only load failed. This'
         ' file can still be loaded', 'refuses the checkpoints', f' {ROOT}'),
    ])
def test_texts(doctor, package, error, problem, command):
    sentence, mends = doctor.explain(package, error, VERSIONS)
    assert problem in sentence
    assert mends.endswith(command)


@pytest.mark.parametrize('package, error', [
    ('xtcocotools', 'ValueError: numpy.dtype size changed, may indicate binary'
     ' incompatibility. Expected 96 from C header, got 88 from PyObject'),
    ('torch', 'RuntimeError: Numpy is not available'),
    ('cv2', 'AttributeError: _ARRAY_API not found'),
    ('mmdet', 'ImportError: numpy.core.multiarray failed to import'),
])
def test_numpy_of_another_abi(doctor, monkeypatch, package, error):
    # Lifted from 1 to 2: numpy goes back.
    patch(monkeypatch, doctor, pins=lambda: dict(numpy='1.26.4'))
    sentence, command = doctor.explain(package, error, dict(numpy='2.2.6'))
    assert sentence == (f'{package} was built for another numpy than the '
                        'installed 2.2.6; the one that fits is 1.26.4.')
    assert command.endswith(' numpy')
    # Where numpy 2 is meant, the package is built again.
    patch(monkeypatch, doctor, pins=lambda: dict(numpy='2.5.2'))
    sentence, command = doctor.explain(package, error, dict(numpy='2.5.2'))
    assert sentence.endswith('another numpy than the installed 2.5.2.')
    assert command == doctor.repair(package)


def test_gpu_is_information(doctor):
    old = ('CUDA initialization: The NVIDIA driver on your system is too old '
           '(found version 11040). Please update your GPU driver')
    for answer, found in [
        (dict(built='12.1', warning=''), 'none'),
        (dict(built=None, warning=''), 'none: this torch is built for the'),
        (dict(built='12.1', warning=old), 'none: the driver is too old'),
        (dict(built='12.1', warning='', names=['H100']), 'H100 (CUDA 12.1)'),
    ]:
        finding = doctor.check_gpu(lambda _: answer, {})
        assert finding.status == 'ok' and finding.found.startswith(found)
    # Visible, but torch has no code for it: training would end there.
    finding = doctor.check_gpu(
        lambda _: dict(error='RuntimeError: CUDA error: no kernel image is '
                       'available for execution on the device\nmore'), {})
    assert finding.status == 'ERROR' and 'no kernel image' in finding.problem
    assert finding.command == 'export CUDA_VISIBLE_DEVICES='


def test_untested_versions_are_warnings(doctor, monkeypatch):
    patch(
        monkeypatch,
        doctor,
        PYTHONS=[(3, 9), (3, 10), (3, 12)],
        read_pins=lambda python: dict(torch='2.1.2'
                                      if python < (3, 12) else '2.11.0'))
    for version in '2.1.0', '2.11.0+cu130':
        assert doctor.untested('torch', version) == ''
    assert doctor.untested('torch', '2.4.1+cpu') == (
        'torch 2.4.1+cpu has not been tested with the plugin; tested: 2.1.2 '
        '(Python 3.9 - 3.10), 2.11.0 (Python 3.12).')
    finding = doctor.CHECKS[6][2](lambda _: dict(version='2.4.1'), {})
    assert finding.status == 'warning'


@pytest.mark.parametrize('version, status', [((3, 7, 9), 'ERROR'),
                                             ((3, 8, 1), 'ok'),
                                             ((3, 12, 0), 'ok'),
                                             ((3, 13, 0), 'warning')])
def test_python(doctor, monkeypatch, version, status):
    monkeypatch.setattr(sys, 'version_info', version)
    finding = doctor.check_python()
    assert finding.status == status
    if status != 'ok':
        assert finding.command == f'make -C {ROOT} env PYTHON=python3.11'


def test_pypy(doctor, monkeypatch):
    monkeypatch.setattr(sys, 'implementation',
                        types.SimpleNamespace(name='pypy'))
    assert doctor.check_python().problem == 'torch exists for CPython only.'


# -- Folders ------------------------------------------------------------------


def test_folder_for_trainings(doctor, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert doctor.check_work_dirs().status == 'ok'
    (tmp_path / 'work_dirs').write_text('')
    finding = doctor.check_work_dirs()
    assert finding.status == 'ERROR' and 'not a folder' in finding.problem
    assert finding.command == f'mv {tmp_path}/work_dirs ' \
        f'{tmp_path}/work_dirs.old'
    (tmp_path / 'work_dirs').unlink()
    (tmp_path / 'work_dirs').symlink_to('nowhere')
    assert doctor.check_work_dirs().status == 'ERROR'


@pytest.mark.skipif(not os.path.isdir('/proc/self'), reason='no /proc here')
def test_folder_that_nobody_can_write(doctor, monkeypatch):
    monkeypatch.chdir('/proc')
    finding = doctor.check_work_dirs()
    assert finding.status == 'ERROR'
    assert finding.command == 'mkdir -p ~/pcloss && cd ~/pcloss'
    monkeypatch.setattr(tempfile, 'tempdir', '/proc')
    finding = doctor.check_temporary()
    assert finding.status == 'ERROR' and 'TMPDIR' in finding.command
    # Nothing can be kept, yet imports are looked at.
    importer = doctor.Importer()
    try:
        assert importer.ask('numpy')['version']
    finally:
        importer.close()
    monkeypatch.setenv('TORCH_HOME', '/proc')
    assert doctor.check_cache().status == 'warning'


def test_working_directory_deleted(tmp_path):
    """The whole command line, in an environment without packages."""
    python, _ = environment(tmp_path / 'env', ['*'])
    (tmp_path / 'gone').mkdir()
    script = (f'import os; os.chdir({str(tmp_path / "gone")!r}); '
              f'os.rmdir(os.getcwd()); '
              f'os.execv({str(python)!r}, ["python", {str(DOCTOR)!r}])')
    done = subprocess.run([str(python), '-c', script],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          universal_newlines=True)
    assert done.returncode == 1 and 'Traceback' not in done.stdout
    status, problem, command = parse(done.stdout)['work_dirs']
    assert (status, command) == ('ERROR', 'cd ~')
    assert problem == 'The working directory has been deleted.'


def test_little_room(doctor, monkeypatch):
    usage = types.SimpleNamespace(free=60 * 2**20)  # a container's /dev/shm
    monkeypatch.setattr(shutil, 'disk_usage', lambda folder: usage)
    assert doctor.check_space().status == 'warning'
    if os.path.isdir('/dev/shm'):
        finding = doctor.check_shared_memory()
        assert finding.status == 'warning'
        assert finding.command == 'mount -o remount,size=8g /dev/shm'


def test_help_and_wrong_options():
    done = subprocess.run([sys.executable,
                           str(DOCTOR), '--fix'],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          universal_newlines=True)
    assert done.returncode == 2 and 'unrecognized' in done.stdout
