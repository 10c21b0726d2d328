import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pcloss_mmpose.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ['3.8', '3.9', '3.10', '3.11', '3.12']
SOURCES = [
    'pcloss_mmpose', 'configs', 'tools', 'setup.py', 'setup.cfg',
    'pyproject.toml', 'MANIFEST.in', 'constraints.txt', 'Makefile',
    'model-index.yml', 'docs', 'README.md', 'CHANGELOG.md', 'CITATION.cff',
    'CONTRIBUTING.md', '.readthedocs.yaml', '.pre-commit-config.yaml'
]


def call(*command, cwd, code=0, **env):
    """Runs a command and returns what it prints, errors included."""
    result = subprocess.run(
        list(map(str, command)),
        cwd=str(cwd),
        env=dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK='1', **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert result.returncode == code, result.stdout
    return result.stdout


def files(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in Path(folder).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def build_wheel(source, out):
    call(sys.executable, '-m', 'pip', 'wheel', '--no-deps',
         '--no-build-isolation', '--wheel-dir', out, source, cwd=out)
    wheel, = out.glob('*.whl')
    return wheel


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """Copy of the sources with what former builds may have left behind."""
    folder = tmp_path_factory.mktemp('packaging') / 'source'
    folder.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(
                str(ROOT / name),
                str(folder / name),
                ignore=shutil.ignore_patterns('.mim', '__pycache__', '_build',
                                              'site'))
        else:
            shutil.copyfile(str(ROOT / name), str(folder / name))
    for stale in ('pcloss_mmpose/.mim/configs/stale.py',
                  'pcloss_mmpose/__pycache__/stale.cpython-311.pyc',
                  'build/lib/pcloss_mmpose/stale.py', 'configs/.stale.py',
                  'docs/_build/stale.html', 'docs/site/stale.rst'):
        path = folder / stale
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('')
    (folder / 'pcloss_mmpose' / 'data.csv').write_text('a,b\n')
    return folder


@pytest.fixture(scope='module')
def wheel(source, tmp_path_factory):
    before = files(source)
    built = build_wheel(source, tmp_path_factory.mktemp('wheel'))
    assert files(source) == before, 'the build writes into the sources'
    return built


def test_wheel_holds_the_package_configs_and_tools(source, wheel):
    names = set(zipfile.ZipFile(str(wheel)).namelist())
    package = {
        f'pcloss_mmpose/{name}'
        for name in files(source / 'pcloss_mmpose')
        if not name.startswith('.mim')
    }
    mim = {
        f'pcloss_mmpose/.mim/{folder}/{name}'
        for folder in ('configs', 'tools') for name in files(source / folder)
        if name != '.stale.py'
    }
    assert 'pcloss_mmpose/.mim/tools/setup_env.py' in mim
    mim |= {
        f'pcloss_mmpose/.mim/{name}'
        for name in ('model-index.yml', 'constraints.txt')
    }
    info = {name for name in names if '.dist-info/' in name}
    assert names - info == package | mim


def test_wheel_asks_for_nothing(wheel):
    archive = zipfile.ZipFile(str(wheel))
    name, = [n for n in archive.namelist() if n.endswith('/METADATA')]
    metadata = Parser().parsestr(archive.read(name).decode())
    assert metadata['Name'].replace('-', '_') == 'pcloss_mmpose'
    version = {}
    exec((ROOT / 'pcloss_mmpose' / 'version.py').read_text(), version)
    assert metadata['Version'] == version['__version__']
    assert metadata['Requires-Python'] == '>=3.8'
    # Some packages, and those only for whoever asks for them.
    extras = {'': set(), 'vitpose': set(), 'onnx': set()}
    for requirement in map(Requirement, metadata.get_all('Requires-Dist')):
        for extra, names in extras.items():
            if requirement.marker.evaluate({'extra': extra}):
                names.add(requirement.name)
    assert extras == {
        '': set(), 'vitpose': {'mmpretrain'},
        'onnx': {'numpy', 'onnxruntime', 'opencv-python-headless', 'pillow',
                 'rich'}
    }  # yapf: disable
    assert set(metadata.get_all('Provides-Extra')) == {'vitpose', 'onnx'}


def test_source_distribution_builds_the_same_wheel(source, wheel, tmp_path):
    # In a copy: a source distribution leaves its .egg-info behind.
    copy = tmp_path / 'copy'
    shutil.copytree(str(source), str(copy))
    call(sys.executable, '-c',
         'from setuptools import build_meta; '
         f'build_meta.build_sdist({str(tmp_path)!r})', cwd=copy)
    archive, = tmp_path.glob('*.tar.gz')
    with tarfile.open(str(archive)) as tar:
        names = {n.partition('/')[2] for n in tar.getnames()}
        made = ('pcloss_mmpose/.mim', 'docs/_build', 'docs/site')
        assert not [n for n in names if n.startswith(made)]
        assert {n for n in SOURCES if '.' in n} <= names
        assert 'docs/conf.py' in names
        # Python 3.12 wants one named.
        tar.extraction_filter = getattr(tarfile, 'data_filter', None)
        tar.extractall(str(tmp_path / 'unpacked'))
    unpacked, = (tmp_path / 'unpacked').iterdir()
    (tmp_path / 'out').mkdir()
    again = build_wheel(unpacked, tmp_path / 'out')
    assert (sorted(zipfile.ZipFile(str(again)).namelist()) == sorted(
        zipfile.ZipFile(str(wheel)).namelist()))


@pytest.fixture(scope='module')
def installed(wheel, tmp_path_factory):
    """Folder with the installed wheel; the stack is that of the tests."""
    site = tmp_path_factory.mktemp('installed') / 'site'
    call(sys.executable, '-m', 'pip', 'install', '--no-deps', '--no-index',
         '--target', site, wheel, cwd=site.parent)
    return site


def test_installed_configs_load(installed, tmp_path):
    configs = installed / 'pcloss_mmpose' / '.mim' / 'configs'
    config = next(
        path for path in sorted(configs.rglob('*.py'))
        if '_base_' not in path.parts)
    out = call(
        sys.executable, '-W', 'ignore', '-c',
        'import importlib.util, sys; from mmengine import Config; '
        'print(importlib.util.find_spec("pcloss_mmpose").origin); '
        'print(Config.fromfile(sys.argv[1], import_custom_modules=False)'
        '.model.type)', config, cwd=tmp_path, PYTHONPATH=str(installed))
    origin, model = out.split('\n')[-3:-1]
    assert origin == str(installed / 'pcloss_mmpose' / '__init__.py')
    assert model


def test_installed_command_runs_each_tool(installed, tmp_path):
    """By its entry point, in one process: each import takes seconds."""
    code = """
import sys
from importlib.metadata import distribution
command, = (e for e in distribution('pcloss_mmpose').entry_points
            if e.group == 'console_scripts')
main = command.load()
path, main_module = list(sys.path), sys.modules['__main__']
print(sys.modules['pcloss_mmpose'].__file__)
for name in sys.modules[main.__module__].COMMANDS:
    sys.path[:] = path
    sys.modules['__main__'] = main_module
    print('command', name, flush=True)
    try:
        main([name, '--help'])
    except SystemExit as error:
        print('exit', error.code, flush=True)
"""
    out = call(sys.executable, '-W', 'ignore', '-c', code, cwd=tmp_path,
               PYTHONPATH=str(installed))
    start, *outputs = out.split('command ')
    assert str(installed / 'pcloss_mmpose' / '__init__.py') in start
    assert [output.split('\n')[0] for output in outputs] == list(COMMANDS)
    for output in outputs:
        assert 'usage: ' in output and output.endswith('exit 0\n')
    assert os.access(installed / 'bin/pcloss-mmpose', os.X_OK)


def test_editable_install_links_configs_and_tools(source, tmp_path):
    copy = tmp_path / 'copy'
    shutil.copytree(str(source), str(copy))
    call(sys.executable, '-c',
         'from setuptools import build_meta; '
         f'build_meta.build_editable({str(tmp_path)!r})', cwd=copy)
    wheel, = tmp_path.glob('*.whl')
    zipfile.ZipFile(str(wheel)).extractall(str(tmp_path / 'site'))
    origin = call(
        sys.executable, '-I', '-S', '-c', 'import importlib.util, site, sys; '
        'site.addsitedir(sys.argv[1]); '
        'print(importlib.util.find_spec("pcloss_mmpose").origin)',
        tmp_path / 'site', cwd=tmp_path).strip()
    mim = Path(origin).parent / '.mim'
    assert mim.parent == copy / 'pcloss_mmpose'
    for name in 'configs', 'tools':
        assert (mim / name).resolve() == (copy / name).resolve()
        assert (mim / name).is_symlink()


@pytest.mark.parametrize('python', PYTHONS)
def test_constraints_give_one_version(python):
    found = {}
    for line in (ROOT / 'constraints.txt').read_text().split('\n'):
        if line and not line.startswith('#'):
            requirement = Requirement(line)
            specifier, = requirement.specifier
            assert specifier.operator == '==', line
            marker = requirement.marker
            if marker is None or marker.evaluate({'python_version': python}):
                assert requirement.name not in found, line
                found[requirement.name] = specifier.version
    stacks = {'3.8': ('2.0.1', '1.'), '3.12': ('2.11.0', '2.')}
    torch, numpy = stacks.get(python, ('2.1.2', '1.'))
    assert found['torch'] == torch and found['numpy'].startswith(numpy)
    # mmengine imports pkg_resources.
    assert int(found['setuptools'].split('.')[0]) < 81
    script = load_script()
    for name in (script.BUILD_TOOLS + script.TORCH + script.LIBRARIES +
                 script.TESTS + script.DOCS + script.FRAMEWORKS +
                 ['mmcv', 'xtcocotools']):
        assert name in found


def load_script(path=ROOT / 'tools' / 'setup_env.py'):
    spec = importlib.util.spec_from_file_location('setup_env', str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    """What `make env` reads, where it can do no harm."""
    for name in ('Makefile', 'constraints.txt', 'setup.py', 'setup.cfg',
                 'tools/setup_env.py', 'pcloss_mmpose/version.py'):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(str(ROOT / name), str(target))
    return tmp_path


@pytest.fixture
def script(checkout):
    module = load_script(checkout / 'tools' / 'setup_env.py')
    module.LOG.parent.mkdir()
    return module


@pytest.mark.skipif(shutil.which('make') is None, reason='needs make')
class TestMake:

    def make(self, checkout, *arguments):
        out = call('make', '--no-print-directory', *arguments, cwd=checkout,
                   code=2)
        assert not (checkout / '.venv').exists()
        message, = [
            line for line in out.split('\n')
            # `make[1]: ***` where the tests themselves run under make
            if line and not re.match(r'make(\[\d+\])?: \*\*\*', line)
        ]
        return message

    def python(self, checkout, script):
        path = checkout / 'python'
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(0o755)
        return f'PYTHON={path}'

    def test_interpreter_not_found(self, checkout):
        message = self.make(checkout, 'env', 'PYTHON=python3.99')
        assert 'python3.99 does not run' in message

    def test_interpreter_that_fails(self, checkout):
        python = self.python(checkout, 'echo "command not found" >&2; exit 9')
        assert 'does not run' in self.make(checkout, 'env', python)

    @pytest.mark.parametrize('version', [(3, 7), (3, 13)])
    def test_unsupported_version(self, checkout, version):
        # Claims the version to the script alone.
        python = self.python(
            checkout, f'''[ "$1" = -c ] && exec {sys.executable} "$@"
exec {sys.executable} -c 'import runpy, sys
sys.version_info = {version}
sys.version = "{version[0]}.{version[1]}.1 (fake)"
runpy.run_path(sys.argv[1], run_name="__main__")' "$@"''')
        message = self.make(checkout, 'env', python)
        assert f'{version[0]}.{version[1]}.1' in message
        assert '3.8 - 3.12' in message

    def test_real_demo_without_data(self, checkout):
        message = self.make(checkout, 'demo-real', 'PYTHON=python3.99')
        assert 'DATA=' in message

    def test_no_command_is_help(self, checkout):
        out = call('make', cwd=checkout)
        for name in 'env', 'test', 'demo', 'demo-real', 'clean':
            assert f'make {name}' in out


def test_missing_compiler_is_named(script, monkeypatch):
    monkeypatch.setenv('CXX', 'no-such-compiler -O2')
    with pytest.raises(script.SetupError, match='`no-such-compiler`'):
        script.check_compiler()


def test_missing_venv_module_is_named(script, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, 'find_spec', lambda name: None
        if name == 'ensurepip' else find_spec(name))
    with pytest.raises(script.SetupError, match='lacks the module ensurepip'):
        script.check_python()


def test_failed_step_names_error_and_log(script, capsys):
    code = 'print("ERROR: no space left"); print("more"); raise SystemExit(3)'
    with pytest.raises(script.SetupError) as info:
        script.run('libraries', [sys.executable, '-c', code])
    message = str(info.value)
    assert 'libraries' in message and 'ERROR: no space left' in message
    assert str(script.LOG) in message
    assert 'more' in script.LOG.read_text()


def test_progress_counts_files(script, capsys):
    code = 'print("[1/77] c++ a.cpp"); print("  [2/77] c++ b.cpp")'
    script.run('mmcv', [sys.executable, '-c', code])
    assert 'mmcv: 2/77 files, 0:0' in capsys.readouterr().out


class TestState:
    """Which steps run; none of them does here."""

    @pytest.fixture
    def steps(self, script, monkeypatch):
        steps = []
        for name in 'create_venv', 'install_stack', 'install_plugin':
            monkeypatch.setattr(
                script, name, lambda *_, name=name: steps.append(name))
        monkeypatch.setattr(script, 'check_compiler', lambda: None)
        script.PYTHON.parent.mkdir()
        script.PYTHON.symlink_to(sys.executable)
        script.main()
        assert steps == ['create_venv', 'install_stack', 'install_plugin']
        del steps[:]
        return steps

    def test_up_to_date(self, script, steps, capsys):
        script.main()
        assert steps == [] and 'up to date' in capsys.readouterr().out

    def test_other_constraints(self, script, steps):
        with open(str(script.CONSTRAINTS), 'a') as file:
            file.write('# changed\n')
        script.main()
        assert steps == ['create_venv', 'install_stack', 'install_plugin']

    def test_other_interpreter(self, script, steps, monkeypatch):
        monkeypatch.setattr(sys, 'base_prefix', '/elsewhere')
        script.main()
        assert steps[0] == 'create_venv'

    def test_other_metadata(self, script, steps):
        with open(str(script.ROOT / 'setup.cfg'), 'a') as file:
            file.write('# changed\n')
        script.main()
        assert steps == ['install_plugin']

    def test_interrupted(self, script, steps):
        script.write_state(dict(stack=script.read_state()['stack'], steps=1))
        script.main()
        assert steps == ['install_stack', 'install_plugin']


def test_interrupted_step_is_done_again(script, monkeypatch):
    """pip takes half a package for a whole one, so it must not look."""
    done = []

    def install(title, *arguments):
        if title == 'libraries' and done.count(title) == 0:
            done.append(title)
            raise KeyboardInterrupt
        assert '--ignore-installed' in arguments
        done.append(title)

    monkeypatch.setattr(script, 'pip_install', install)
    monkeypatch.setattr(script, 'install_built', lambda *_: None)
    monkeypatch.setattr(script, 'query', lambda code: '')
    with pytest.raises(KeyboardInterrupt):
        script.install_stack(dict(stack='any'))
    script.install_stack(script.read_state())
    assert done == ['torch', 'libraries', 'libraries',
                    'mmengine, mmdet, mmpose']


class TestBuiltWheels:
    """A wheel kept by an earlier set-up is used, unless it is broken."""

    @pytest.fixture
    def log(self, script, monkeypatch, tmp_path):
        """The steps taken; imports work after a wheel marked 'good'."""
        log = []
        state = {'works': False}

        def install(title, wheel):
            log.append('install')
            state['works'] = wheel.read_text() == 'good'

        def build(title, command, **env):
            log.append('build')
            folder = Path(command[command.index('--wheel-dir') + 1])
            (folder / 'mmcv-2.1.0.whl').write_text('good')

        monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
        monkeypatch.setattr(script, 'install_wheel', install)
        monkeypatch.setattr(script, 'run', build)
        monkeypatch.setattr(script, 'check_compiler', lambda: None)
        monkeypatch.setattr(script, 'precompiled_torch', lambda folder: '')
        monkeypatch.setattr(
            script, 'query', lambda code: 'torch2.1.2-numpy1.26.4'
            if 'print' in code else ('' if state['works'] else None))
        script.install_built('mmcv', 'import mmcv.ops')
        assert log == ['build', 'install']
        state['works'] = False  # another clone
        del log[:]
        return log

    def test_second_clone_does_not_build(self, script, log):
        script.install_built('mmcv', 'import mmcv.ops')
        assert log == ['install']

    def test_broken_wheel_is_built_again(self, script, log):
        kept, = script.wheel_folder('mmcv').iterdir()
        kept.write_text('broken')
        script.install_built('mmcv', 'import mmcv.ops')
        assert log == ['install', 'build', 'install']
        assert kept.read_text() == 'good'

    def test_other_torch_has_its_own(self, script, log, monkeypatch):
        monkeypatch.setattr(script, 'query',
                            lambda code: 'torch2.11.0-numpy2.5.2')
        assert not script.wheel_folder('mmcv').exists()
