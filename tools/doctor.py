"""Says what is wrong with an installation, and the commands that mend it.

Looks at the interpreter that runs it, ``python tools/doctor.py``, and at the
folder it is called from. It needs nothing but the standard library, no
checkout, and no package that works: what has to be imported is imported in a
process of its own. The commands are for a POSIX shell. The exit code is 1 if
something does not work; what works but has not been tested is a warning.
"""
import argparse
import collections
import json
import os
import platform
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import threading

HERE = os.path.realpath(__file__)
ROOT = os.path.dirname(os.path.dirname(HERE))
# Seconds for one check. Importing torch from a cold network drive takes one
# minute.
TIMEOUT = 180
OK, WARNING, ERROR, WAITS = 'ok', 'warning', 'ERROR', 'not checked'

# Lines of constraints.txt, for where this file lies without it.
PINS = """
torch==2.0.1; python_version < '3.9'
torch==2.1.2; python_version >= '3.9' and python_version < '3.12'
torch==2.11.0; python_version >= '3.12'
torchvision==0.15.2; python_version < '3.9'
torchvision==0.16.2; python_version >= '3.9' and python_version < '3.12'
torchvision==0.26.0; python_version >= '3.12'
mmengine==0.10.7
mmcv==2.0.1; python_version < '3.9'
mmcv==2.1.0; python_version >= '3.9'
mmdet==3.1.0; python_version < '3.9'
mmdet==3.3.0; python_version >= '3.9' and python_version < '3.12'
mmdet==3.2.0; python_version >= '3.12'
mmpose==1.2.0; python_version < '3.9'
mmpose==1.3.2; python_version >= '3.9'
numpy==1.24.4; python_version < '3.9'
numpy==1.26.4; python_version >= '3.9' and python_version < '3.12'
numpy==2.5.2; python_version >= '3.12'
opencv-python-headless==4.11.0.86; python_version < '3.12'
opencv-python-headless==5.0.0.93; python_version >= '3.12'
xtcocotools==1.14.3
six==1.17.0
cython==3.0.12
ninja==1.13.0
packaging==25.0
setuptools==75.3.2
wheel==0.45.1
"""
PYTHONS = [(3, minor) for minor in range(8, 13)]
OPENCV = [
    'opencv-python', 'opencv-python-headless', 'opencv-contrib-python',
    'opencv-contrib-python-headless'
]
MMCV = ['mmcv', 'mmcv-lite', 'mmcv-full']
# Where the name of the package is not that of the module.
PACKAGES = {
    'PIL': 'pillow',
    'cv2': 'opencv-python-headless',
    'json_tricks': 'json-tricks',
    'pkg_resources': 'setuptools',
    'yaml': 'pyyaml'
}
# Registry of mmpose, and the plugin's classes in it.
CLASSES = {
    'MODELS': ['PCLoss', 'FinestFPN'],
    'KEYPOINT_CODECS': ['SoftArgmaxHeatmap'],
    'DATASETS': ['FLDDataset', 'DeepFashionCDataset', 'FashionAIDataset'],
    'TRANSFORMS': ['GenerateWeightedTarget', 'LoadGarmentImage'],
    'METRICS': ['NormalizedError', 'LandmarkFailures'],
    'HOOKS': [
        'EpochSeedHook', 'FiniteHook', 'UnreadableImagesHook',
        'WholeCheckpointHook'
    ],
}

# What a check says: ``found`` is for the table, ``problem`` is one sentence,
# ``command`` mends it.
Finding = collections.namedtuple('Finding', 'found status problem command')
Finding.__new__.__defaults__ = (OK, '', '')

# -- Questions, answered by the process that imports ------------------------


def describe(name, module=None):
    """Version of a package, and where it lies."""
    from importlib import metadata
    version = getattr(module, '__version__', None)
    if version is None:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = 'unknown version'
    return dict(version=str(version), file=getattr(module, '__file__', None))


def installed_version(package):
    """What is said to be installed, '-' for nothing."""
    names = dict(cv2=OPENCV, mmcv=MMCV).get(package, [package])
    return ', '.join(
        '%s%s' %
        (name + ' ' if len(names) > 1 else '', describe(name)['version'])
        for name in distributions(names)) or '-'


def distributions(names):
    """Those of some packages that are installed."""
    from importlib import metadata
    found = []
    for name in names:
        try:
            metadata.distribution(name)
            found.append(name)
        except metadata.PackageNotFoundError:
            pass
    return found


def ask_pip():
    # Neither imported nor looked for: after that, setuptools does not import.
    if not distributions(['pip']):
        raise ModuleNotFoundError("No module named 'pip'")
    return describe('pip')


def ask_setuptools():
    import pkg_resources  # noqa: F401
    import setuptools
    return describe('setuptools', setuptools)


def ask_numpy():
    import numpy
    numpy.linalg.inv(numpy.eye(3))
    return describe('numpy', numpy)


def ask_torch():
    import torch
    torch.ones(8, 8).mm(torch.ones(8, 8))
    return dict(
        describe('torch', torch),
        cuda=torch.version.cuda,
        hip=getattr(torch.version, 'hip', None))


def ask_bridge():
    import numpy
    import torch
    torch.from_numpy(numpy.ones(2)).numpy()
    return dict(version='arrays pass both ways')


def ask_gpu():
    import warnings

    import torch
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        available = torch.cuda.is_available()
    answer = dict(
        built=torch.version.cuda or getattr(torch.version, 'hip', None),
        warning=' '.join(str(w.message) for w in caught))
    if available:
        answer['names'] = [
            torch.cuda.get_device_name(i)
            for i in range(torch.cuda.device_count())
        ]
        torch.ones(8, 8, device='cuda').mm(torch.ones(8, 8, device='cuda'))
        torch.cuda.synchronize()
    return answer


def ask_torchvision():
    import torch
    import torchvision
    torchvision.ops.nms(torch.eye(2, 4), torch.ones(2), 0.5)
    return describe('torchvision', torchvision)


def ask_opencv():
    import cv2
    import numpy
    encoded = cv2.imencode('.png', numpy.zeros((8, 8, 3), numpy.uint8))[1]
    cv2.resize(cv2.imdecode(encoded, cv2.IMREAD_COLOR), (4, 4))
    return dict(describe('cv2', cv2), installed=distributions(OPENCV))


def ask_xtcocotools():
    import numpy
    import xtcocotools.coco
    import xtcocotools.cocoeval
    import xtcocotools.mask
    xtcocotools.mask.encode(numpy.ones((4, 4, 1), numpy.uint8, order='F'))
    return dict(describe('xtcocotools'), file=xtcocotools.__file__)


def ask_mmengine():
    import mmengine
    import mmengine.runner
    import mmengine.visualization  # noqa: F401
    return describe('mmengine', mmengine)


def ask_mmcv():
    import mmcv
    return dict(describe('mmcv', mmcv), installed=distributions(MMCV))


def ask_operators():
    import torch
    from mmcv.ops import nms
    nms(torch.tensor([[0., 0., 1., 1.]]), torch.ones(1), 0.5)
    return dict(version='compiled, run')


def ask_mmdet():
    import mmdet
    import mmdet.models  # noqa: F401
    return describe('mmdet', mmdet)


def ask_mmpose():
    import mmpose
    import mmpose.apis
    import mmpose.codecs
    import mmpose.datasets
    import mmpose.engine
    import mmpose.evaluation
    import mmpose.models
    import mmpose.visualization  # noqa: F401
    return describe('mmpose', mmpose)


def ask_mmpose_configs():
    from mmengine.config import Config
    base = ('mmpose::fashion_2d_keypoint/topdown_heatmap/deepfashion/'
            'td-hm_res50_8xb64-210e_deepfashion_full-256x192.py')
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'config.py')
        with open(file, 'w') as config:
            config.write('_base_ = %r\n' % base)
        Config.fromfile(file)
    return dict(version='`_base_ = "mmpose::..."` loads')


def ask_plugin():
    from importlib import util
    spec = util.find_spec('pcloss_mmpose')
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'pcloss_mmpose'")
    return dict(describe('pcloss_mmpose'), file=spec.origin)


def ask_classes():
    import mmpose.registry

    import pcloss_mmpose  # noqa: F401
    missing = []
    for registry, names in CLASSES.items():
        for name in names:
            found = getattr(mmpose.registry, registry).get(name)
            if not getattr(found, '__module__', '').startswith('pcloss_'):
                missing.append(name)
    return dict(missing=missing)


def ask_plugin_configs():
    from importlib import util

    from mmengine.config import Config
    mim = os.path.join(
        os.path.dirname(util.find_spec('pcloss_mmpose').origin), '.mim')
    answer = dict(mim=mim, missing=[], configs=0)
    for name in 'configs', 'tools', 'model-index.yml':
        if not os.path.exists(os.path.join(mim, name)):
            answer['missing'].append(name)
    files = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(os.path.join(mim, 'configs'))
        for name in names if name.endswith('.py')
        and '_base_' not in os.path.relpath(folder, mim).split(os.sep)
    ]
    if files:
        Config.fromfile(min(files), import_custom_modules=False)
    return dict(answer, configs=len(files))


def ask_checkpoint():
    import numpy
    import torch
    from mmengine.logging import MessageHub
    from mmengine.runner.checkpoint import CheckpointLoader

    import pcloss_mmpose  # noqa: F401
    hub = MessageHub('doctor')
    hub.update_scalar('train/loss', 1.)  # in a HistoryBuffer
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'epoch_1.pth')
        torch.save(
            dict(
                state_dict=dict(weight=torch.ones(2)),
                message_hub=hub.state_dict(),
                meta=dict(seed=numpy.int64(7))), file)
        loaded = CheckpointLoader.load_checkpoint(file, map_location='cpu')
    again = MessageHub('doctor_again')
    again.load_state_dict(loaded['message_hub'])
    assert again.get_scalar('train/loss').current() == 1
    return dict(version='with mmengine\'s log, saved and loaded')


def serve():
    """Answers questions from stdin, a name a line, on stdout in JSON."""
    questions = os.fdopen(os.dup(0))
    answers = os.fdopen(os.dup(1), 'w')
    # What is imported may print, and read.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    for line in questions:
        try:
            answer = globals()['ask_' + line.strip()]()
        except BaseException as error:  # also of a package that exits
            answer = dict(error='%s: %s' % (type(error).__name__, error))
        answers.write(json.dumps(answer) + '\n')
        answers.flush()


class Importer:
    """A process that imports, and a new one after whatever went wrong.

    What has failed to import can leave half of itself behind, so that the
    next import fails for another reason.
    """

    def __init__(self):
        self.process = None
        try:
            self.folder = tempfile.mkdtemp(prefix='doctor-')
        except OSError:
            self.folder = os.sep

    def start(self):
        env = dict(os.environ)
        if env.get('PYTHONPATH'):  # relative to the folder of the user
            env['PYTHONPATH'] = os.pathsep.join(python_path())
        code = ('import runpy, sys; '
                'runpy.run_path(sys.argv[1])["serve"]()')
        self.process = subprocess.Popen([sys.executable, '-c', code, HERE],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE,
                                        cwd=self.folder,
                                        env=env)
        self.answers = queue.Queue()
        self.errors = collections.deque(maxlen=20)
        self.threads = [
            threading.Thread(target=target, args=args, daemon=True)
            for target, args in ((drain, (self.process.stdout,
                                          self.answers.put)),
                                 (drain, (self.process.stderr,
                                          self.errors.append)))
        ]
        for thread in self.threads:
            thread.start()

    def ask(self, question):
        """A dict: what the function ``ask_...`` returned, or ``error``."""
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(question.encode() + b'\n')
            self.process.stdin.flush()
            answer = self.answers.get(timeout=TIMEOUT)
        except queue.Empty:
            answer = json.dumps(
                dict(error='does not come to an end within %g s' % TIMEOUT))
        except OSError:
            answer = None
        if answer is None:
            self.threads[1].join(5)
            answer = json.dumps(
                dict(error=death(self.process.wait(), self.errors)))
        answer = json.loads(answer)
        if 'error' in answer:
            self.stop()
        return answer

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for thread in self.threads:
                thread.join(1)
            for pipe in (self.process.stdin, self.process.stdout,
                         self.process.stderr):
                try:
                    pipe.close()
                except OSError:  # what was left to write to a dead process
                    pass
            self.process = None

    def close(self):
        self.stop()
        if self.folder != os.sep:
            shutil.rmtree(self.folder, ignore_errors=True)


def drain(pipe, put):
    """Passes lines on as text, and None at the end of a pipe."""
    try:
        for line in iter(pipe.readline, b''):
            put(line.decode(errors='replace'))
    except (OSError, ValueError):  # closed, while a grandchild holds it
        pass
    put(None)


def death(code, lines):
    """How a process ended, in words."""
    last = [line.strip() for line in lines if line and line.strip()][-1:]
    text = 'ends the process with exit code %d' % code
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = 'signal %d' % -code
        text = 'crashes the process (%s)' % name
    return ': '.join([text] + last)


def python_path():
    """Entries of PYTHONPATH, an empty one being the working directory."""
    return [
        os.path.abspath(entry)
        for entry in os.environ.get('PYTHONPATH', '').split(os.pathsep)
    ] if os.environ.get('PYTHONPATH') else []


# -- Versions and commands ---------------------------------------------------


def constraints():
    """The constraints beside this file's folder, or None."""
    path = os.path.join(ROOT, 'constraints.txt')
    return path if os.path.isfile(path) else None


def is_checkout():
    return (os.path.isfile(os.path.join(ROOT, 'setup.py'))
            and os.path.isdir(os.path.join(ROOT, 'pcloss_mmpose')))


def read_pins(python, text=None):
    """Tested versions for a Python.

    Args:
        python (tuple[int]): Major and minor version.
        text (str, optional): Lines as in constraints.txt; those of the file
            by default.

    Returns:
        dict[str, str]: Version by package.
    """
    if text is None:
        text = PINS
        if constraints():
            with open(constraints(), encoding='utf-8') as file:
                text = file.read()
    pins = {}
    for line in text.splitlines():
        line = line.split('#')[0].strip()
        requirement, _, marker = line.partition(';')
        name, _, version = requirement.partition('==')
        if version and holds(marker, python):
            pins[name.strip()] = version.strip()
    return pins


def holds(marker, python):
    """Whether ``python_version`` comparisons, joined by ``and``, hold."""
    compare = {
        '<': python.__lt__,
        '<=': python.__le__,
        '>': python.__gt__,
        '>=': python.__ge__,
        '==': python.__eq__,
        '!=': python.__ne__
    }
    found = re.findall(r'python_version\s*([<>=!]+)\s*[\'"](\d+)\.(\d+)',
                       marker)
    return all(compare[sign]((int(a), int(b))) for sign, a, b in found)


def pins():
    return read_pins(sys.version_info[:2])


def release(version):
    """Major and minor number: (2, 1) of '2.1.2+cu121'."""
    numbers = re.match(r'(\d+)\.(\d+)', version or '')
    return tuple(map(int, numbers.groups())) if numbers else ()


def untested(package, version):
    """A sentence if no tested version is near this one, else ''."""
    tested = collections.OrderedDict()
    for python in PYTHONS:
        pin = read_pins(python).get(package)
        if pin is not None:
            tested.setdefault(pin, []).append('%d.%d' % python)
    if not tested or release(version) in map(release, tested):
        return ''
    return '%s %s has not been tested with the plugin; tested: %s.' % (
        package, version, ', '.join(
            '%s (Python %s)' % (pin, ' - '.join([names[0]] + names[1:][-1:]))
            for pin, names in tested.items()))


def shell(*words):
    return ' '.join(shlex.quote(word) for word in words)


def pip(*words):
    return shell(sys.executable, '-m', 'pip', *words)


def install(*packages, options=()):
    """Command that installs the tested versions."""
    versions = pins()
    if constraints():
        return pip('install', *options, '--constraint', constraints(),
                   *packages)
    return pip(
        'install', *options,
        *('%s==%s' % (p, versions[p]) if p in versions else p
          for p in packages))


def reinstall(*packages):
    return install(*packages, options=['--force-reinstall', '--no-deps'])


def build(package):
    """Command that compiles a package against the installed torch, numpy.

    pip caches the wheels it builds, by Python alone.
    """
    tools = install('setuptools', 'wheel', 'ninja', 'cython', 'packaging')
    command = install(
        package,
        options=[
            '--force-reinstall', '--no-deps', '--no-cache-dir',
            '--no-build-isolation', '--no-binary', package
        ])
    if package == 'mmcv':
        command = 'MMCV_WITH_OPS=1 ' + command
        if shutil.which('nvcc') is None:
            # mmcv wants a CUDA compiler where it sees a GPU.
            command = 'CUDA_VISIBLE_DEVICES= FORCE_CUDA=0 ' + command
        command = '%s && %s' % (pip('uninstall', '-y', *MMCV), command)
    return '%s && %s' % (tools, command)


def headless_opencv():
    return '%s && %s' % (pip('uninstall', '-y', *OPENCV),
                         install('opencv-python-headless', 'numpy'))


def install_plugin():
    if is_checkout():
        return pip('install', '--no-deps', '--no-build-isolation',
                   '--editable', ROOT)
    return pip('install', '--no-deps', '--force-reinstall',
               'path/to/pcloss_mmpose')


def repair(package):
    """Command for a package that is missing or broken."""
    if package in ('mmcv', 'xtcocotools'):
        return build(package)
    if package in ('torch', 'torchvision'):
        return torch_pair()
    if package == 'cv2' or package in OPENCV:
        return headless_opencv()
    if package == 'pcloss_mmpose':
        return install_plugin()
    if package == 'pip':
        return shell(sys.executable, '-m', 'ensurepip', '--upgrade')
    if package in ('mmengine', 'mmdet', 'mmpose', 'numpy', 'setuptools'):
        return reinstall(package)
    # With numpy, which a newer version of the package might lift.
    return install(package, 'numpy')


def to_tested(package):
    """Command for a package that works in another version."""
    if package == 'torch' or package == 'torchvision':
        return install('torch', 'torchvision', 'numpy')
    return install('numpy') if package == 'numpy' else repair(package)


def torch_pair():
    return install(
        'torch', 'torchvision', 'numpy', options=['--force-reinstall'])


# -- What an error means ------------------------------------------------------


def explain(package, error, versions):
    """Sentence and command for an import that failed.

    Args:
        package (str): The one that was being looked at.
        error (str): What ``Importer.ask`` says.
        versions (dict[str, str]): Of the packages that work.

    Returns:
        tuple[str, str]: Sentence, command.
    """
    first = error.strip().split('\n')[0][:300]
    missing = re.search(r"No module named '([\w.]+)'", error)
    library = re.search(r'(lib[\w.+-]+\.so[\w.]*): cannot open shared', error)
    bound = re.search(
        r'(MMCV|MMEngine)==(\S+) is used but incompatible.*install \w+?([<>=]'
        r'\S+ [<>=]+\S+?)\.?$', error, re.M)
    if package == 'torchvision' and re.search(
            r'torchvision::nms|custom C\+\+ ops|undefined symbol', error):
        return (
            'torchvision was built for another torch than the installed %s, '
            'or one of the two for CUDA and the other not; both have to come '
            'from one index (add its --index-url if torch came from one).' %
            versions.get('torch', ''), torch_pair())
    if missing and missing.group(1) == 'mmcv._ext':
        return ('mmcv has no compiled operators, as mmcv-lite; compiling it '
                'takes about 8 minutes.', build('mmcv'))
    if package == 'mmcv' and (library or 'undefined symbol' in error):
        return (
            'The operators of mmcv were compiled for another torch than the '
            'installed %s%s; compiling them anew takes about 8 minutes.' %
            (versions.get('torch', ''),
             ' (%s is missing)' % library.group(1) if library else ''),
            build('mmcv'))
    if bound:
        name = bound.group(1).lower()
        return ('%s works with %s %s only, not with the installed %s.' %
                (package, name, bound.group(3), bound.group(2)), repair(name))
    if package != 'numpy' and re.search(
            r'numpy\.\w+ size changed|_ARRAY_API not found|Numpy is not avail|'
            r'compiled using NumPy|multiarray failed to import|compiled '
            r'against A[PB]I version', error):
        found, pin = versions.get('numpy', ''), pins().get('numpy', '')
        if release(found)[:1] != release(pin)[:1]:
            return ('%s was built for another numpy than the installed %s; '
                    'the one that fits is %s.' % (package, found, pin),
                    install('numpy'))
        return ('%s was built for another numpy than the installed %s.' %
                (package, found), repair(package))
    if package == 'cv2' and library:
        return ('This OpenCV draws windows and needs %s of the system; the '
                'headless one does not.' % library.group(1), headless_opencv())
    if package == 'cv2' and 'no attribute' in error:
        return ('The folder cv2 holds no OpenCV; that is what uninstalling '
                'one of two OpenCV packages leaves.', headless_opencv())
    if missing and missing.group(1) == 'pkg_resources':
        return ('mmengine imports pkg_resources, which setuptools has dropped '
                'in version 82.', install('setuptools'))
    if missing and missing.group(1).split('.')[0] == package:
        return NOT_INSTALLED.get(package, '%s is not installed.' %
                                 package), repair(package)
    if missing:
        name = missing.group(1).split('.')[0]
        name = PACKAGES.get(name, name)
        return ('%s imports %s, which is not installed.' % (package, name),
                repair(name))
    if 'Weights only load failed' in error:
        return ('torch %s refuses the checkpoints that mmengine writes, '
                'although the plugin is imported.' % versions.get('torch', ''),
                install_plugin())
    if not re.match(r'[\w.]+: ', first):  # how the process ended
        return '%s %s.' % (package, first), repair(package)
    return '%s does not work: %s' % (package, first), repair(package)


NOT_INSTALLED = {
    'pcloss_mmpose':
    'The plugin is not installed in this Python; MMPose\'s scripts do not '
    'look for it in the working directory.',
    'mmpose':
    'mmpose is not installed; without --no-deps pip tries to build chumpy, '
    'which fails and which mmpose never imports.',
}

# -- Checks ------------------------------------------------------------------


def check_python():
    """The interpreter. What is older can't even install the plugin."""
    version = platform.python_version()
    found = '%s %s' % (platform.python_implementation(), version)
    command = 'python3.11 -m venv .venv && . .venv/bin/activate'
    if is_checkout():
        command = shell('make', '-C', ROOT, 'env', 'PYTHON=python3.11')
    if sys.implementation.name != 'cpython':
        return Finding(found, ERROR, 'torch exists for CPython only.', command)
    if sys.version_info < PYTHONS[0]:
        return Finding(
            found, ERROR,
            'The plugin needs Python 3.8 or later; nothing else was checked.',
            command)
    if sys.version_info[:2] > PYTHONS[-1]:
        return Finding(found, WARNING,
                       'The plugin has been tested with Python 3.8 - 3.12.',
                       command)
    return Finding(found + ', ' + sys.prefix)


def check_pip(ask, versions):
    answer = ask('pip')
    if 'error' in answer:
        problem = explain('pip', answer['error'], versions)[0]
        return Finding('no', WARNING, problem + ' The commands below need it.',
                       repair('pip'))
    managed = os.path.join(sysconfig.get_path('stdlib'), 'EXTERNALLY-MANAGED')
    if sys.prefix == sys.base_prefix and os.path.exists(managed):
        return Finding(
            answer['version'], WARNING,
            'This Python belongs to the system, where pip refuses to install; '
            'use a virtual environment.',
            shell(sys.executable, '-m', 'venv', '.venv') +
            ' && . .venv/bin/activate')
    return Finding(answer['version'])


def check_python_path():
    """Packages that hide those of the environment."""
    entries = python_path()
    names = list(pins()) + list(PACKAGES)
    others = [entry for entry in sys.path if entry not in entries]

    def holders(folders, name):
        return [
            folder for folder in folders
            if os.path.isdir(os.path.join(folder, name))
            or os.path.isfile(os.path.join(folder, name + '.py'))
        ]

    hidden = [
        '%s in %s' % (name, entry) for name in names
        for entry in holders(entries, name) if holders(others, name)
    ]
    if not entries:
        return Finding('not set')
    if not hidden:
        return Finding(os.environ['PYTHONPATH'])
    return Finding(
        os.environ['PYTHONPATH'], WARNING,
        'PYTHONPATH puts these before the packages of the environment, and '
        'pip does not change them: %s.' % ', '.join(hidden),
        'unset PYTHONPATH')


def check_temporary():
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        return Finding('none', ERROR,
                       'There is no temporary folder: %s.' % error.strerror,
                       'mkdir -p ~/tmp && export TMPDIR=~/tmp')
    problem = write_problem(folder)
    if problem:
        return Finding(folder, ERROR,
                       'The temporary folder can\'t be written: %s.' % problem,
                       'mkdir -p ~/tmp && export TMPDIR=~/tmp')
    return Finding(folder)


def write_problem(folder):
    """Why nothing can be written in a folder that is there or to be made."""
    folder = os.path.abspath(folder)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        return '%s is not a folder' % folder
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b'0' * 2**16)
    except OSError as error:
        return error.strerror or str(error)
    return ''


def check_package(question, package, ask, versions):
    """A package that has to import, and its version."""
    own = question == package or package == 'cv2'
    answer = ask(question)
    if 'error' in answer:
        return Finding(
            installed_version(package) if own else '-', ERROR,
            *explain(package, answer['error'], versions))
    version = answer['version']
    if not own:
        return Finding(version)
    versions[package] = version
    problem = untested(PACKAGES.get(package, package), version)
    if problem and package != 'setuptools':  # any with pkg_resources will do
        return Finding(version, WARNING, problem, to_tested(package))
    return Finding(version)


def check_double(question, package, ask, versions):
    """The same where several packages bring one module."""
    finding = check_package(question, package, ask, versions)
    installed = ask(question).get('installed', [])
    if finding.status != ERROR and len(installed) > 1:
        return Finding(
            finding.found, WARNING,
            '%s are installed over each other; uninstalling one of them '
            'would break the other.' % ' and '.join(installed),
            repair(package))
    return finding


def check_gpu(ask, versions):
    answer = ask('gpu')
    if 'error' in answer:
        return Finding(
            '-', ERROR,
            'The GPU does not compute with this torch, and MMPose would use '
            'it: %s.' % answer['error'].split('\n')[0].rstrip('.'),
            'export CUDA_VISIBLE_DEVICES=')
    if answer.get('names'):
        return Finding('%s (CUDA %s)' %
                       (', '.join(answer['names']), answer['built']))
    if not answer['built']:
        return Finding('none: this torch is built for the CPU')
    if 'driver' in answer['warning'] and 'old' in answer['warning']:
        return Finding('none: the driver is too old for CUDA %s' %
                       answer['built'])
    return Finding('none')


def check_classes(ask, versions):
    answer = ask('classes')
    total = sum(map(len, CLASSES.values()))
    if 'error' in answer:
        return Finding('-', ERROR,
                       *explain('pcloss_mmpose', answer['error'], versions))
    missing = answer['missing']
    found = '%d of %d registered' % (total - len(missing), total)
    if missing:
        return Finding(
            found, ERROR,
            'The installed plugin does not register %s; it is older than '
            'this script, or half installed.' % ', '.join(missing),
            install_plugin())
    return Finding(found)


def check_plugin_configs(ask, versions):
    answer = ask('plugin_configs')
    if 'error' in answer:
        return Finding(
            '-', ERROR, 'A config of the plugin does not load: %s' %
            answer['error'].split('\n')[0], install_plugin())
    missing = list(answer['missing'])
    if not missing and not answer['configs']:
        missing = ['configs']
    if missing:
        return Finding(
            '-', ERROR, '%s lacks %s; the plugin is half installed.' %
            (answer['mim'], ', '.join(missing)), install_plugin())
    return Finding('%d in %s' % (answer['configs'], answer['mim']))


def check_plugin(ask, versions):
    answer = ask('plugin')
    if 'error' in answer:
        return Finding('-', ERROR,
                       *explain('pcloss_mmpose', answer['error'], versions))
    return Finding('%s, %s' %
                   (answer['version'], os.path.dirname(answer['file'])))


def check_mmpose_configs(ask, versions):
    answer = ask('mmpose_configs')
    if 'error' not in answer:
        return Finding(answer['version'])
    if 'deepfashion_full-256x192.py' in answer['error']:
        return Finding(
            versions['mmpose'], ERROR,
            'MMPose\'s configs for FLD are in mmpose 1.2.0 and later.',
            reinstall('mmpose'))
    if '.mim' in answer['error']:
        return Finding(
            '-', ERROR,
            'The installed mmpose has no folder .mim, so that no `mmpose::` '
            'config is found; an editable install has none.',
            reinstall('mmpose'))
    return Finding('-', ERROR, *explain('mmpose', answer['error'], versions))


def check_work_dirs():
    try:
        folder = os.path.join(os.getcwd(), 'work_dirs')
    except OSError:
        return Finding('-', ERROR, 'The working directory has been deleted.',
                       'cd ~')
    problem = write_problem(folder)
    if not problem:
        return Finding(folder)
    command = 'mkdir -p ~/pcloss && cd ~/pcloss'
    if os.path.lexists(folder) and not os.path.isdir(folder):
        command = shell('mv', folder, folder + '.old')
    return Finding(
        folder, ERROR,
        'Trainings can\'t be written there: %s; another folder is named by '
        '--work-dir.' % problem, command)


def check_cache():
    """Where torch keeps the weights of stock backbones."""
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.join('~', '.cache')
    folder = os.path.expanduser(
        os.environ.get('TORCH_HOME') or os.path.join(cache, 'torch'))
    problem = write_problem(folder)
    if problem:
        return Finding(
            folder, WARNING,
            'The weights of stock backbones can\'t be kept there: %s.' %
            problem, 'export TORCH_HOME="$PWD/torch_home"')
    return Finding(folder)


def check_space():
    """A checkpoint of a ResNet-50 with its Adam state has 0.4 GB."""
    free = {}
    for folder in '.', tempfile.gettempdir():
        try:
            free[os.path.abspath(folder)] = shutil.disk_usage(folder).free
        except OSError:
            pass
    folder = min(free, key=free.get)
    found = '%.1f GB free' % (free[folder] / 1e9)
    if free[folder] < 2e9:
        return Finding(
            found, WARNING, 'On the drive of %s a few checkpoints of 0.4 GB '
            'fill what is left.' % folder, shell('du', '-sh', folder))
    return Finding(found)


def check_shared_memory():
    """Two workers hold four batches of 64 images of 256x192: 0.1 GB."""
    if not os.path.isdir('/dev/shm'):
        return Finding('no /dev/shm here')
    usage = shutil.disk_usage('/dev/shm')
    found = '%.2f GB free' % (usage.free / 1e9)
    if usage.free < 0.5e9:
        return Finding(
            found, WARNING,
            'Data loader workers pass images through /dev/shm, and end with a '
            'bus error where it is full; in a container it is set by '
            '`docker run --shm-size=8g`.', 'mount -o remount,size=8g /dev/shm')
    return Finding(found)


def package(question, name=None, check=check_package):
    return lambda ask, versions: check(question, name or question, ask,
                                       versions)


def local(check):
    return lambda ask, versions: check()


# Name, what has to work before, function.
CHECKS = [
    ('Python', '', local(check_python)),
    ('pip', 'Python', check_pip),
    ('PYTHONPATH', 'Python', local(check_python_path)),
    ('temporary folder', '', local(check_temporary)),
    ('setuptools', 'Python', package('setuptools')),
    ('numpy', 'Python', package('numpy')),
    ('torch', 'Python', package('torch')),
    ('torch with numpy', 'torch, numpy', package('bridge', 'torch')),
    ('GPU', 'torch', check_gpu),
    ('torchvision', 'torch, numpy', package('torchvision')),
    ('OpenCV', 'numpy', package('opencv', 'cv2', check_double)),
    ('xtcocotools', 'numpy', package('xtcocotools')),
    ('mmengine', 'torch, numpy, OpenCV', package('mmengine')),
    ('mmcv', 'mmengine', package('mmcv', 'mmcv', check_double)),
    ('operators of mmcv', 'mmcv, torch', package('operators', 'mmcv')),
    ('mmdet', 'operators of mmcv, setuptools', package('mmdet')),
    ('mmpose', 'mmdet, torchvision, torch with numpy, xtcocotools',
     package('mmpose')),
    ('configs of mmpose', 'mmpose, setuptools, temporary folder',
     check_mmpose_configs),
    ('pcloss_mmpose', 'Python', check_plugin),
    ('its classes', 'pcloss_mmpose, mmpose', check_classes),
    ('its configs', 'pcloss_mmpose, configs of mmpose', check_plugin_configs),
    ('checkpoints', 'its classes, temporary folder',
     package('checkpoint', 'pcloss_mmpose')),
    ('work_dirs', '', local(check_work_dirs)),
    ('downloads', '', local(check_cache)),
    ('disk', 'temporary folder', local(check_space)),
    ('shared memory', '', local(check_shared_memory)),
]


def cause(needs, findings):
    """Names of the errors that a check has to wait for."""
    names = []
    for name in filter(None, needs.split(', ')):
        if findings[name].status == ERROR:
            names.append(name)
        elif findings[name].status == WAITS:
            names.extend(findings[name].found.split(', '))
    return list(collections.OrderedDict.fromkeys(names))


def examine(ask, show=lambda name: None):
    """Yields name and finding of each check.

    Args:
        ask (callable): Gets the name of a question, returns the answer.
        show (callable): Gets the name of each check before it is run.
    """
    findings, versions, answers = {}, {}, {}

    def once(question):
        if question not in answers:
            answers[question] = ask(question)
        return answers[question]

    for name, needs, check in CHECKS:
        show(name)
        waits = cause(needs, findings)
        finding = (
            Finding(', '.join(waits), WAITS) if waits else check(
                once, versions))
        findings[name] = finding
        yield name, finding


def show_finding(finding):
    if finding.status == WAITS:
        print('%s until this works: %s' % (finding.status, finding.found))
    else:
        print('%-50s %s' % (finding.found, finding.status), flush=True)
    if finding.problem:
        print(
            textwrap.fill(
                finding.problem,
                79,
                initial_indent='    ',
                subsequent_indent='    ',
                break_long_words=False,
                break_on_hyphens=False))
        print('    $ ' + finding.command, flush=True)


def summary(findings):
    counts = collections.Counter(f.status for f in findings)
    if counts[ERROR] + counts[WARNING] == 0:
        return 'All is well.'
    words = [
        '%d %s%s' % (counts[status], word, 's' * (counts[status] > 1))
        for status, word in ((ERROR, 'error'), (WARNING, 'warning'))
        if counts[status]
    ]
    text = ' and '.join(words) + '.'
    if counts[ERROR]:
        text += (' Mend the first error, then run this again: others may '
                 'follow from it.')
        own = os.path.join(ROOT, '.venv', 'bin', 'python')
        if os.path.exists(own) and os.path.realpath(
                sys.prefix) != os.path.join(ROOT, '.venv'):
            text += ('\nThis was %s; the environment of `make env` is '
                     'another:\n    $ %s' % (sys.executable, shell(own, HERE)))
    return text


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    importer, findings = Importer(), []
    try:
        for name, finding in examine(
                importer.ask,
                lambda name: print('%-19s' % name, end='', flush=True)):
            show_finding(finding)
            findings.append(finding)
    finally:
        importer.close()
    print('\n' + summary(findings))
    return int(any(f.status == ERROR for f in findings))


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit('\ninterrupted')
