"""Sets up ``.venv`` with the pinned stack and the plugin: ``make env``.

Needs nothing but a Python (3.8 - 3.12, the one that runs this file), a
package index and a C++ compiler. An environment that is up to date is left
alone, an interrupted set-up goes on where it stopped.
"""
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / '.venv'
PYTHON = VENV / 'bin' / 'python'
STATE = VENV / 'setup.json'
LOG = VENV / 'setup.log'
CONSTRAINTS = ROOT / 'constraints.txt'

BUILD_TOOLS = ['pip', 'setuptools', 'wheel', 'ninja', 'cython', 'packaging']
TORCH = ['torch', 'torchvision', 'numpy']
# The headless OpenCV needs no graphics libraries of the system.
# albumentations and mmpretrain are options of mmpose: the pipelines of RTMPose
# and the backbone of ViTPose; its tools/analysis_tools/analyze_logs.py draws
# with seaborn.
LIBRARIES = [
    'addict', 'albumentations', 'json-tricks', 'matplotlib', 'mmpretrain',
    'munkres', 'opencv-python-headless', 'pillow', 'pycocotools', 'pyyaml',
    'rich', 'scipy', 'seaborn', 'shapely', 'six', 'termcolor',
    'terminaltables', 'tqdm', 'yapf'
]
TESTS = [
    'codespell', 'flake8', 'hypothesis', 'interrogate', 'isort', 'mypy',
    'onnx', 'onnxruntime', 'playwright', 'pre-commit', 'pytest',
    'pytest-timeout', 'pytest-xdist'
]
DOCS = ['furo', 'myst-parser', 'sphinx']
# Without their declared dependencies: chumpy (mmpose) does not build and is
# never imported, opencv-python (mmengine) would overwrite the headless one.
FRAMEWORKS = ['mmengine', 'mmdet', 'mmpose']

# The compiled operators of mmcv have to import, but nothing here calls them.
# Unoptimised, they take half the time to build (8 against 17 s a file).
CFLAGS = '-O0 -g0'


class SetupError(Exception):
    """A set-up that can't go on; the message is one sentence."""


def check_python():
    name = f'Python {sys.version.split()[0]} at {sys.executable}'
    minor = sys.version_info[1]
    if (sys.implementation.name != 'cpython' or sys.version_info[0] != 3
            or not 8 <= minor <= 12):
        raise SetupError(f'{name} is not supported; name a CPython 3.8 - 3.12'
                         ', as in `make env PYTHON=python3.11`')
    for module in 'venv', 'ensurepip':
        if importlib.util.find_spec(module) is None:
            raise SetupError(
                f'{name} lacks the module {module} (on Debian and Ubuntu it '
                f'is in the package python3.{minor}-venv)')


def check_compiler():
    """What compiling an extension needs, found missing before a download."""
    names = {
        'C++': os.environ.get('CXX', 'c++'),
        'C': os.environ.get('CC') or sysconfig.get_config_var('CC') or 'cc'
    }
    for language, command in names.items():
        if shutil.which(command.split()[0]) is None:
            raise SetupError(
                f'mmcv has to be compiled, but there is no {language} '
                f'compiler `{command.split()[0]}` on the PATH (on Debian and '
                'Ubuntu it is in the package build-essential)')
    if not (Path(sysconfig.get_path('include')) / 'Python.h').is_file():
        raise SetupError(
            f'mmcv has to be compiled, but {sys.executable} comes without '
            'Python.h (on Debian and Ubuntu it is in the package '
            f'python3.{sys.version_info[1]}-dev)')


def digest(*parts):
    """Hash of texts and of the content of files."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode()
        sha.update(b'%d:' % len(data) + data)
    return sha.hexdigest()


def read_state():
    try:
        return json.loads(STATE.read_text())
    except (OSError, ValueError):
        return {}


def write_state(state):
    part = STATE.with_name(STATE.name + '.part')
    part.write_text(json.dumps(state))
    os.replace(part, STATE)


def environment(**extra):
    """Variables for pip and the builds, free of what would misguide them."""
    env = dict(
        os.environ,
        CFLAGS=build_flags(),
        # mmcv would otherwise use four processes on any machine.
        MAX_JOBS=os.environ.get('MAX_JOBS') or str(cores()),
        # Seeing a GPU, mmcv wants a CUDA compiler, for operators on no path
        # used here.
        CUDA_VISIBLE_DEVICES='',
        FORCE_CUDA='0',
        MMCV_WITH_OPS='1',
        PATH=os.pathsep.join([str(PYTHON.parent),
                              os.environ.get('PATH', '')]),
        PIP_DISABLE_PIP_VERSION_CHECK='1',
        PIP_NO_INPUT='1',
        PIP_USER='0',
        PYTHONUNBUFFERED='1')
    env.update(extra)
    for name in 'PYTHONPATH', 'PYTHONHOME':
        env.pop(name, None)
    return env


def build_flags():
    return f'{os.environ.get("CFLAGS", "")} {CFLAGS}'.strip()


def cores():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def activity(line):
    """What a line of pip's output says about the progress, or ''."""
    found = re.match(
        r'\s*\[(\d+/\d+)\] |\s*(?:Downloading|Using cached) ([^\s-]+-[^\s-]+)'
        r'|(Installing) collected packages', line)
    files, package, installing = found.groups('') if found else ('', '', '')
    return files and f'{files} files' or package or installing.lower()


def run(title, command, **env):
    """Runs a command into the log, with progress.

    A line, live on a terminal, else one in fifteen seconds.

    Raises:
        SetupError: The command failed; names its last error and the log.
    """
    begun, terminal = time.monotonic(), sys.stdout.isatty()
    shown, detail, error, running = begun, '', '', True
    if not terminal:
        print(f'{title} ...', flush=True)
    with open(LOG, 'ab') as log, open(LOG, errors='replace') as tail:
        log.write(f'\n$ {" ".join(map(str, command))}\n'.encode())
        log.flush()
        tail.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment(**env))
        try:
            while running:
                running = process.poll() is None
                for line in tail:
                    detail = activity(line) or detail
                    if not error and re.search(r'\berror: ', line, re.I):
                        error = line.strip()
                now = time.monotonic()
                minutes, seconds = divmod(int(now - begun), 60)
                text = (f'{title}: {detail}{", " * bool(detail)}'
                        f'{minutes}:{seconds:02d}')
                if terminal:
                    width = shutil.get_terminal_size().columns - 1
                    print('\r\033[K' + text[:width], end='', flush=True)
                elif not running or now - shown >= 15:
                    shown = now
                    print(text, flush=True)
                if running:
                    time.sleep(0.2)
        except BaseException:
            process.kill()
            process.wait()
            raise
    print(end='\n' * terminal)
    if process.returncode:
        cause = error or f'exit status {process.returncode}'
        raise SetupError(f'the step "{title}" failed ({cause[:200]}); '
                         f'the log is {LOG}')


def pip_install(title, *arguments):
    run(title, [
        PYTHON, '-m', 'pip', 'install', '--progress-bar', 'off',
        '--constraint', CONSTRAINTS, *arguments
    ])


def query(code):
    """Output of Python code in the environment, None where it fails."""
    with open(LOG, 'ab') as log:
        result = subprocess.run([str(PYTHON), '-c', code],
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE,
                                stderr=log,
                                cwd=VENV,
                                env=environment())
    return None if result.returncode else result.stdout.decode().strip()


def wheel_folder(package=None):
    """Where wheels built for this Python are kept, for other clones too.

    pip's own cache tells them apart by Python alone, but they fit one torch
    and one numpy.
    """
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    folder = Path(cache) / 'pcloss_mmpose' / 'wheels' / '-'.join(
        [sysconfig.get_config_var('SOABI'),
         sysconfig.get_platform()])
    if package is None:
        return folder
    versions = query('import numpy, torch; '
                     'print(f"torch{torch.__version__}-'
                     'numpy{numpy.__version__}")')
    if versions is None:
        raise SetupError(f'torch and numpy do not import; the log is {LOG}')
    flags = re.sub(r'[^\w]+', '', CFLAGS)
    return folder / f'{versions}-{flags}' / package


def install_built(package, check):
    """Installs a package compiled against this very environment.

    Args:
        package (str): Name of a package in the constraints.
        check (str): Python code that fails unless the package works.
    """
    if query(check) is not None:
        return
    folder = wheel_folder(package)
    for wheel in folder.glob('*.whl'):
        install_wheel(f'{package} (built before)', wheel)
        if query(check) is not None:
            return
        print(f'{wheel} does not import and is built again')
        wheel.unlink()
    check_compiler()
    with tempfile.TemporaryDirectory() as build:
        flags = build_flags()
        if package == 'mmcv':
            flags += precompiled_torch(Path(build))
        run(package, [
            PYTHON, '-m', 'pip', 'wheel', '--verbose', '--no-cache-dir',
            '--no-deps', '--no-build-isolation', '--no-binary', package,
            '--constraint', CONSTRAINTS, '--wheel-dir', build, package
        ],
            CFLAGS=flags)
        wheel, = Path(build).glob('*.whl')
        install_wheel(f'{package} (installing)', wheel)
        if query(check) is None:
            raise SetupError(f'{package} was built but `{check}` fails; the '
                             f'log is {LOG}')
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f'{wheel.name}.{os.getpid()}.part'
            shutil.copyfile(wheel, part)
            os.replace(part, folder / wheel.name)
        except OSError as error:
            print(f'{package} was not kept for other clones ({error})')


def precompiled_torch(folder):
    """Flag that spares each file of mmcv from parsing torch's headers.

    Only gcc: it ignores a precompiled header that does not fit the flags of
    a file, where clang fails. So the worst that can happen is no gain.
    """
    compiler = os.environ.get('CXX', 'c++')
    version = subprocess.run([*compiler.split(), '--version'],
                             stdout=subprocess.PIPE).stdout
    if b'Free Software Foundation' not in version:
        return ''
    # The flags that torch itself adds; with others the header does not fit.
    flags = json.loads(
        query('import json, torch; from torch.utils import cpp_extension as x;'
              'abi = f"-D_GLIBCXX_USE_CXX11_ABI='
              '{torch._C._GLIBCXX_USE_CXX11_ABI:d}";'
              'print(json.dumps([f"-I{path}" for path in x.include_paths()] + '
              '[abi] * hasattr(x.BuildExtension, "_add_gnu_cpp_abi_flag")))'))
    header = folder / 'torch.h'
    header.write_text('#include <torch/types.h>\n')
    config = sysconfig.get_config_vars()
    try:
        run('torch headers', [
            *compiler.split(), *config['CFLAGS'].split(),
            *build_flags().split(), *config['CCSHARED'].split(), *flags,
            '-std=c++17', '-x', 'c++-header', header
        ])
    except SetupError:
        return ''
    return f' -include {header}'


def install_wheel(title, wheel):
    pip_install(title, '--no-deps', '--ignore-installed', '--no-index', wheel)


def create_venv():
    # Not the interpreter inside .venv, which is about to be removed.
    base = sys.executable
    if sys.prefix != sys.base_prefix:
        base = os.path.realpath(base)
    print(f'.venv: Python {sys.version.split()[0]} at {base}', flush=True)
    result = subprocess.run([base, '-m', 'venv', '--clear',
                             str(VENV)],
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT,
                            env=environment())
    if result.returncode:
        lines = result.stdout.decode(errors='replace').split('\n')
        text = ' '.join(line.strip() for line in lines if line.strip())
        raise SetupError(f'{base} can\'t create {VENV}: {text[:300]}')
    pip_install('build tools', *BUILD_TOOLS)


def install_stack(state):
    steps = {
        'torch': TORCH,
        'libraries': LIBRARIES + TESTS + DOCS,
        'mmengine, mmdet, mmpose': ['--no-deps', *FRAMEWORKS]
    }
    for number, (title, packages) in enumerate(steps.items(), 1):
        if state.get('steps', 0) < number:
            # Over all that an interrupted run has left: pip takes a package
            # that is half installed for a whole one.
            pip_install(title, '--ignore-installed', *packages)
            state['steps'] = number
            write_state(state)
    install_built('mmcv', 'import mmcv.ops')
    install_built('xtcocotools', 'import xtcocotools.mask')
    if query('import albumentations, mmpose.models, mmdet, mmpretrain.models, '
             'xtcocotools.coco') is None:
        raise SetupError(f'the stack does not import; the log is {LOG}')


def install_plugin():
    pip_install('pcloss_mmpose', '--no-deps', '--no-build-isolation',
                '--editable', ROOT)
    # Found, not imported: an error in it is for the tests to tell.
    found = query('import importlib.util; '
                  'print(importlib.util.find_spec("pcloss_mmpose").origin)')
    if found != str(ROOT / 'pcloss_mmpose' / '__init__.py'):
        raise SetupError(
            f'pcloss_mmpose is not found in .venv but at {found}; '
            f'the log is {LOG}')


def main():
    check_python()
    stack = digest(CONSTRAINTS, Path(__file__), sys.version, sys.base_prefix)
    plugin = digest(ROOT / 'setup.py', ROOT / 'setup.cfg',
                    ROOT / 'pcloss_mmpose' / 'version.py', str(ROOT))
    state = read_state() if PYTHON.exists() else {}
    if state.get('stack') == stack and state.get('plugin') == plugin:
        print(f'.venv is up to date (Python {sys.version.split()[0]})')
        return
    start = time.monotonic()
    if state.get('stack') != stack:
        if not any(wheel_folder().glob('*/mmcv/*.whl')):
            check_compiler()
        create_venv()
        state = dict(stack=stack)
        write_state(state)
    if not state.get('complete'):
        install_stack(state)
        state['complete'] = True
        write_state(state)
    install_plugin()
    state['plugin'] = plugin
    write_state(state)
    print(f'.venv is ready after {time.monotonic() - start:.0f} s, to be used '
          'by `. .venv/bin/activate`')


if __name__ == '__main__':
    try:
        main()
    except SetupError as error:
        sys.exit(f'make env: {error}.')
    except KeyboardInterrupt:
        sys.exit('\nmake env: interrupted; the same command goes on from '
                 'here.')
