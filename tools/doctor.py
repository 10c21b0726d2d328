"""Says what is wrong with an installation, and the commands that mend it.

Looks at the interpreter that runs it, which needs no package that works: what
has to be imported is imported in a process of its own. The commands are for a
POSIX shell. The exit code is 1 if something does not work; what works but has
not been tested is a warning. Paste the table into an issue.
"""
import argparse
import collections
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap

try:
    from importlib import metadata
except ImportError:  # Python 3.7 and earlier
    metadata = None

HERE = os.path.realpath(__file__)
# A checkout, or the folder .mim of the installed plugin.
ROOT = os.path.dirname(os.path.dirname(HERE))
CONSTRAINTS = os.path.join(ROOT, 'constraints.txt')
# Seconds for all imports; that of torch takes a minute from a network drive.
TIMEOUT = 600
OK, WARNING, ERROR, WAITS = 'ok', 'warning', 'ERROR', 'not checked'
# Before what a process says of a check, among all that imports print.
MARK = '--- doctor: '

PYTHONS = [(3, minor) for minor in range(8, 13)]
OPENCV = ['opencv-python', 'opencv-python-headless', 'opencv-contrib-python',
          'opencv-contrib-python-headless']  # yapf: disable
MMCV = ['mmcv', 'mmcv-lite', 'mmcv-full']
# Where the name of the package is not that of the module.
PACKAGES = dict(
    PIL='pillow', cv2='opencv-python-headless', json_tricks='json-tricks',
    pkg_resources='setuptools', yaml='pyyaml')  # yapf: disable

# What a check says: ``problem`` is one sentence, ``command`` mends it.
Finding = collections.namedtuple('Finding', 'found status problem command')
Finding.__new__.__defaults__ = (OK, '', '')
# ``code`` has to run; it may set ``found``. ``needs`` are checks before it.
Check = collections.namedtuple('Check', 'name module needs code')

CHECKS = [
    Check('setuptools', 'setuptools', [], 'import pkg_resources, setuptools'),
    Check('numpy', 'numpy', [],
          'import numpy; numpy.linalg.inv(numpy.eye(3))'),
    Check('torch', 'torch', [],
          'import torch; torch.ones(8, 8).mm(torch.ones(8, 8))'),
    Check('torch with numpy', 'torch', ['torch', 'numpy'],
          'import numpy, torch; torch.from_numpy(numpy.ones(2)).numpy(); '
          'found = "arrays pass both ways"'),
    Check('GPU', 'torch', ['torch'], """
import torch, warnings
built, found = torch.version.cuda or torch.version.hip, 'none'
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    if torch.cuda.is_available():
        torch.ones(8, 8, device='cuda').mm(torch.ones(8, 8, device='cuda'))
        torch.cuda.synchronize()
        found = '%s (CUDA %s)' % (torch.cuda.get_device_name(), built)
if not built:
    found += ': this torch is built for the CPU'
if any('too old' in str(w.message) for w in caught):
    found += ': the driver is too old for CUDA %s' % built
"""),
    Check('torchvision', 'torchvision', ['torch', 'numpy'],
          'import torch, torchvision; '
          'torchvision.ops.nms(torch.eye(2, 4), torch.ones(2), .5)'),
    Check('OpenCV', 'cv2', ['numpy'],
          'import cv2, numpy; cv2.resize(numpy.ones((8, 8, 3)), (4, 4))'),
    Check('xtcocotools', 'xtcocotools', ['numpy'],
          'import xtcocotools.coco, xtcocotools.cocoeval'),
    Check('mmengine', 'mmengine', ['torch', 'numpy', 'OpenCV'],
          'import mmengine.runner, mmengine.visualization'),
    Check('mmcv', 'mmcv', ['mmengine'], 'import mmcv'),
    Check('operators of mmcv', 'mmcv', ['mmcv', 'torch'],
          'import torch; from mmcv.ops import nms; '
          'nms(torch.eye(2, 4), torch.ones(2), .5); found = "compiled, run"'),
    Check('mmdet', 'mmdet', ['operators of mmcv', 'setuptools'],
          'import mmdet.models'),
    Check('mmpose', 'mmpose',
          ['mmdet', 'torchvision', 'torch with numpy', 'xtcocotools'],
          'import mmpose.apis, mmpose.codecs, mmpose.datasets, mmpose.engine, '
          'mmpose.evaluation, mmpose.models, mmpose.visualization'),
    Check('configs of mmpose', 'mmpose', ['mmpose', 'setuptools'], """
from mmengine.config import Config
with open('config.py', 'w') as file:
    file.write('_base_ = "mmpose::fashion_2d_keypoint/topdown_heatmap/'
               'deepfashion/td-hm_res50_8xb64-210e_deepfashion_full-'
               '256x192.py"')
Config.fromfile('config.py')
found = '`_base_ = "mmpose::..."` loads'
"""),
    Check('pcloss_mmpose', 'pcloss_mmpose', [], """
from importlib.util import find_spec
found = getattr(find_spec('pcloss_mmpose'), 'origin', None)
if found is None:
    raise ModuleNotFoundError("No module named 'pcloss_mmpose'")
"""),
    Check('its import', 'pcloss_mmpose', ['pcloss_mmpose', 'mmpose'],
          'import pcloss_mmpose; found = "registers its classes"'),
    Check('machine', 'mmengine', ['mmengine'], """
from mmengine.utils.dl_utils import collect_env
found = ', '.join(value for key, value in collect_env().items()
                  if key in ('sys.platform', 'GCC', 'CUDA_HOME', 'NVCC'))
"""),
]  # yapf: disable


def answer(names):
    """Runs checks until one fails: half of what it imports may be left."""
    out = os.dup(1)
    for check in CHECKS:
        if check.name not in names:
            continue
        scope, said = {}, {}
        try:
            exec(check.code, scope)
            module = sys.modules.get(check.module)
            said['found'] = scope.get('found') or str(
                getattr(module, '__version__', '') or metadata.version(
                    PACKAGES.get(check.module, check.module)))
        except BaseException as error:  # also of a package that exits
            said['error'] = '%s: %s' % (type(error).__name__, error)
        said['installed'] = installed(check.module)
        os.write(out, ('\n%s%s\n' % (MARK, json.dumps(said))).encode())
        if 'error' in said:
            os._exit(0)


def installed(module):
    """Packages that bring a module, with their versions."""
    found = []
    for name in dict(cv2=OPENCV, mmcv=MMCV).get(module, [module]):
        try:
            found.append('%s %s' % (name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            pass
    return found


def ask(names):
    """What ``answer`` says of checks, a dict each, in their order.

    After one that fails the rest is for another call.
    """
    env, code = dict(os.environ), ''
    if env.get('PYTHONPATH'):  # relative to the folder of the user
        env['PYTHONPATH'] = os.pathsep.join(
            map(os.path.abspath, env['PYTHONPATH'].split(os.pathsep)))
    boot = ('import runpy, sys; '
            'runpy.run_path(sys.argv[1])["answer"](sys.argv[2:])')
    with tempfile.TemporaryDirectory(prefix='doctor-') as folder:
        try:
            done = subprocess.run(
                [sys.executable, '-c', boot, HERE, *names],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, cwd=folder, env=env,
                timeout=TIMEOUT)  # yapf: disable
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as error:
            output = error.stdout or b''
    lines = output.decode(errors='replace').split('\n')
    said = [json.loads(x[len(MARK):]) for x in lines if x.startswith(MARK)]
    if len(said) < len(names) and not (said and 'error' in said[-1]):
        last = [x.strip() for x in lines if x.strip() and MARK not in x][-1:]
        error = 'ends the process with exit code %s' % code
        if code == '':
            error, last = 'does not come to an end in %g s' % TIMEOUT, []
        elif code < 0:
            error = 'crashes the process (%s)' % signal.Signals(-code).name
        said.append(dict(error=': '.join([error] + last), installed=[]))
    return said


def pins(python=sys.version_info[:2]):
    """Tested version of each package for a Python, of constraints.txt."""
    compare = {'<': python.__lt__, '>=': python.__ge__}
    found = {}
    with open(CONSTRAINTS, encoding='utf-8') as file:
        for line in file:
            name, _, rest = line.split('#')[0].partition('==')
            version, _, marker = rest.partition(';')
            bounds = re.findall(r"python_version (<|>=) '(\d+)\.(\d+)'",
                                marker)
            if version and all(compare[sign]((int(a), int(b)))
                               for sign, a, b in bounds):
                found[name.strip()] = version.strip()
    return found


def release(version):
    return re.findall(r'\d+', version)[:2]


def untested(package, version):
    """A sentence if no tested version is near this one, else ''."""
    tested = [pins(python).get(package, '') for python in PYTHONS]
    if not all(tested) or release(version) in map(release, tested):
        return ''
    return '%s %s has not been tested with the plugin; tested: %s.' % (
        package, version, ', '.join(sorted(set(tested))))


def shell(*words):
    return ' '.join(map(shlex.quote, words))


def pip(*words):
    return shell(sys.executable, '-m', 'pip', *words)


def install(*words):
    """Command that installs the tested versions."""
    return pip('install', '--constraint', CONSTRAINTS, *words)


def repair(package):
    """Command for a package that is missing or broken."""
    if package in ('mmcv', 'xtcocotools'):
        # Against the installed torch and numpy: pip caches the wheels it
        # builds, by Python alone.
        tools = install('setuptools', 'wheel', 'ninja', 'cython', 'packaging')
        command = install('--force-reinstall', '--no-deps', '--no-cache-dir',
                          '--no-build-isolation', '--no-binary', package,
                          package)
        if package == 'mmcv':  # wants a CUDA compiler where it sees a GPU
            cpu = '' if shutil.which('nvcc') else 'CUDA_VISIBLE_DEVICES= '
            tools += ' && ' + pip('uninstall', '-y', *MMCV)
            command = 'MMCV_WITH_OPS=1 ' + cpu + command
        return '%s && %s' % (tools, command)
    if package in ('torch', 'torchvision'):
        return install('--force-reinstall', 'torch', 'torchvision', 'numpy')
    if package == 'cv2' or package in OPENCV:
        return '%s && %s' % (pip('uninstall', '-y', *OPENCV),
                             install('opencv-python-headless', 'numpy'))
    if package == 'pcloss_mmpose':
        from_here = os.path.isdir(os.path.join(ROOT, package))
        place = ['--editable', ROOT] if from_here else ['path/to/' + package]
        return pip('install', '--no-deps', '--no-build-isolation', *place)
    if package in ('mmengine', 'mmdet', 'mmpose', 'numpy', 'setuptools'):
        return install('--force-reinstall', '--no-deps', package)
    # With numpy, which a newer version of the package might lift.
    return install(package, 'numpy')


NUMPY = (r'numpy\.\w+ size changed|_ARRAY_API not found|Numpy is not avail|'
         r'compiled using NumPy|multiarray failed to import|compiled against '
         r'A[PB]I version')
# Module, what its error says, the sentence, and what to repair. ``{1}`` is a
# group of the pattern, ``{module}``, ``{torch}`` ... versions that work.
CAUSES = [
    ('torchvision', r'torchvision::nms|custom C\+\+ ops|undefined symbol',
     'torchvision was built for another torch than the installed {torch}, or '
     'one of the two for CUDA and the other not; both have to come from one '
     'index (add its --index-url if torch came from one).', 'torch'),
    ('', r"No module named 'mmcv\._ext'",
     'mmcv has no compiled operators, as mmcv-lite; compiling it takes about '
     '8 minutes.', 'mmcv'),
    ('mmcv', r'undefined symbol|lib[\w.+-]+\.so[\w.]*: cannot open',
     'The operators of mmcv were compiled for another torch than the '
     'installed {torch} ({0}); compiling them anew takes about 8 minutes.',
     'mmcv'),
    ('', r'MMCV==(\S+) is used but incompatible.*install mmcv(.+?)\.?$',
     '{module} works with mmcv {2} only, not with the installed {1}.', 'mmcv'),
    ('cv2', r'(lib[\w.+-]+\.so[\w.]*): cannot open',
     'This OpenCV draws windows and needs {1} of the system; the headless one '
     'does not.', 'cv2'),
    ('cv2', r'no attribute',
     'The folder cv2 holds no OpenCV; that is what uninstalling one of two '
     'OpenCV packages leaves.', 'cv2'),
    ('', r"No module named 'pkg_resources'", 'mmengine imports pkg_resources, '
     'which setuptools has dropped in version 82.', 'setuptools'),
    ('pcloss_mmpose', r"No module named 'pcloss_mmpose'",
     "The plugin is not installed in this Python; MMPose's scripts do not "
     'look for it in the working directory.', 'pcloss_mmpose'),
    ('mmpose', r"No module named 'mmpose'",
     'mmpose is not installed; without --no-deps pip tries to build chumpy, '
     'which fails and which mmpose never imports.', 'mmpose'),
    ('mmpose', r'deepfashion_full-256x192\.py',
     "MMPose's configs for FLD are in mmpose 1.2.0 and later.", 'mmpose'),
    ('mmpose', r'\.mim',
     'The installed mmpose has no folder .mim, so that no `mmpose::` config '
     'is found; an editable install has none.', 'mmpose'),
]


def explain(module, error, versions):
    """Sentence and command for a check that failed."""
    words = dict(dict(torch='', numpy='', module=module), **versions)
    for of, pattern, sentence, package in CAUSES:
        found = re.search(pattern, error, re.M)
        if found and of in ('', module):
            return sentence.format(found.group(), *found.groups(),
                                   **words), repair(package)
    if module != 'numpy' and re.search(NUMPY, error):
        pin = pins()['numpy']
        fits = release(words['numpy'])[:1] == release(pin)[:1]
        return ('%s was built for another numpy than the installed %s; for '
                'this Python it is %s.' % (module, words['numpy'], pin),
                repair(module) if fits else install('numpy'))
    first = error.strip().split('\n')[0][:300]
    missing = re.findall(r"No module named '(\w+)", error)
    if missing and missing[0] != module:
        name = PACKAGES.get(missing[0], missing[0])
        return ('%s imports %s, which is not installed.' % (module, name),
                repair(name))
    if missing:
        return module + ' is not installed.', repair(module)
    says = 'does not work: ' if re.match(r'[\w.]+: ', first) else ''
    return '%s %s%s.' % (module, says, first.rstrip('.')), repair(module)


def check_python():
    found = '%s, %s' % (platform.python_version(), sys.prefix)
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[-1]:
        return Finding(found)
    return Finding(found, ERROR if sys.version_info < (3, 8) else WARNING,
                   'The plugin needs Python 3.8 - 3.12; later ones have not '
                   'been tested.', 'python3.11 -m venv .venv')


def check_python_path():
    """Packages that hide those of the environment, as ROS has them."""
    path = os.environ.get('PYTHONPATH', '')
    hidden = [
        '%s in %s' % (name, entry) for name in list(pins()) + list(PACKAGES)
        for entry in filter(None, path.split(os.pathsep))
        if os.path.exists(os.path.join(entry, name))
    ]
    return Finding(path or 'not set') if not hidden else Finding(
        path, WARNING, 'PYTHONPATH puts these before the packages of the '
        'environment: %s.' % ', '.join(hidden), 'unset PYTHONPATH')


def check_shared_memory():
    """Two workers hold four batches of 64 images of 256x192: 0.1 GB."""
    if not os.path.isdir('/dev/shm'):
        return Finding('no /dev/shm here')
    free = shutil.disk_usage('/dev/shm').free / 1e9
    full = (WARNING, 'Data loader workers pass images through /dev/shm, and '
            'end with a bus error where it is full; in a container it is set '
            'by `docker run --shm-size=8g`.',
            'mount -o remount,size=8g /dev/shm')
    return Finding('%.2f GB free' % free, *(full if free < .5 else ()))


def judge(check, said, versions):
    """The finding of a check from what ``ask`` says of it."""
    module = check.module
    if 'error' in said:
        if check.name == 'GPU':
            return Finding('-', ERROR, 'The GPU does not compute with this '
                           'torch, and MMPose would use it: %s.' %
                           said['error'].split('\n')[0].rstrip('.'),
                           'export CUDA_VISIBLE_DEVICES=')
        return Finding(', '.join(said['installed']) or '-', ERROR,
                       *explain(module, said['error'], versions))
    found = said['found']
    if len(said['installed']) > 1:
        return Finding(found, WARNING, 'Uninstalling one of these breaks the '
                       'other: %s.' % ', '.join(said['installed']),
                       repair(module))
    if module not in versions:  # the first check is of the package itself
        versions[module] = found
        problem = untested(PACKAGES.get(module, module), found)
        if problem and module != 'setuptools':  # any with pkg_resources does
            return Finding(found, WARNING, problem, repair(module))
    return Finding(found)


def examine(checks=CHECKS):
    """Yields name and finding of each check."""
    waits, versions, answers = {}, {}, None
    for number, check in enumerate(checks):
        if check.name in waits:
            yield check.name, Finding(', '.join(waits[check.name]), WAITS)
            continue
        if answers is None:
            answers = iter(ask([c.name for c in checks[number:]
                                if c.name not in waits]))  # yapf: disable
        finding = judge(check, next(answers), versions)
        yield check.name, finding
        if finding.status == ERROR:
            broken, answers = {check.name}, None
            for other in checks[number + 1:]:
                if broken.intersection(other.needs):
                    broken.add(other.name)
                    waits.setdefault(other.name, []).append(check.name)


def show(name, finding):
    if finding.status == WAITS:
        print('%-19s%s until this works: %s' % (name, WAITS, finding.found))
    else:
        print('%-19s%-50s %s' % (name, finding.found, finding.status))
    for line in textwrap.wrap(finding.problem, 75, break_long_words=False,
                              break_on_hyphens=False):  # yapf: disable
        print('    ' + line)
    if finding.command:
        print('    $ ' + finding.command)
    sys.stdout.flush()


def summary(findings):
    counts = collections.Counter(f.status for f in findings)
    text = 'Errors: %d, warnings: %d.' % (counts[ERROR], counts[WARNING])
    if not counts[ERROR]:
        return text
    own = os.path.join(ROOT, '.venv')
    text += ' Mend the first error, then run this again.'
    if metadata and not installed('pip'):
        text += '\nThe commands need pip, which is not installed:\n    $ ' + (
            shell(sys.executable, '-m', 'ensurepip', '--upgrade'))
    if os.path.isdir(own) and os.path.realpath(sys.prefix) != own:
        text += '\nThe environment of `make env` is another:\n    $ ' + (
            shell(os.path.join(own, 'bin', 'python'), HERE))
    return text


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    findings = [check_python()]
    show('Python', findings[0])
    if findings[0].status != ERROR:
        for name, finding in [('PYTHONPATH', check_python_path()),
                              ('shared memory', check_shared_memory()),
                              *examine()]:
            show(name, finding)
            findings.append(finding)
    print('\n' + summary(findings))
    return int(any(f.status == ERROR for f in findings))


if __name__ == '__main__':
    try:
        sys.exit(main())
    except OSError as error:  # no constraints.txt, no temporary folder
        sys.exit('doctor.py: %s' % error)
    except KeyboardInterrupt:
        sys.exit('\ninterrupted')
