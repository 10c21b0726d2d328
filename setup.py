"""Build commands of the package; its metadata is in setup.cfg."""
import atexit
import os
import shutil
import sys
import tempfile
from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = os.path.dirname(os.path.abspath(__file__))
PACKAGE = 'pcloss_mmpose'
# What lies in the folder `.mim` of an installed package: what OpenMMLab
# looks for there, and the versions that tools/doctor.py knows.
MIM = ['configs', 'tools', 'model-index.yml', 'constraints.txt']


def copy_mim(folder):
    """Fills ``folder`` anew, so that nothing of a former build survives."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    ignore = shutil.ignore_patterns('__pycache__', '*.py[cod]', '.*')
    for name in MIM:
        source, target = os.path.join(ROOT, name), os.path.join(folder, name)
        if os.path.isdir(source):
            shutil.copytree(source, target, ignore=ignore)
        elif os.path.isfile(source):
            shutil.copyfile(source, target)


def link_mim():
    """Gives an editable install the originals themselves."""
    folder = os.path.join(ROOT, PACKAGE, '.mim')
    if os.name == 'nt':  # where links need a privilege
        return copy_mim(folder)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in MIM:
        if os.path.exists(os.path.join(ROOT, name)):
            os.symlink(
                os.path.join(os.pardir, os.pardir, name),
                os.path.join(folder, name))


class BuildPy(build_py):

    def run(self):
        super().run()
        if getattr(self, 'editable_mode', False):
            link_mim()
        else:
            copy_mim(os.path.join(self.build_lib, PACKAGE, '.mim'))


def temporary_folders():
    """Options that keep builds out of the source tree.

    There, setuptools leaves ``build/``, and the next wheel would carry the
    modules in it that have been deleted since.
    """
    folder = tempfile.mkdtemp(prefix=f'{PACKAGE}-')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    options = {'build': {'build_base': folder}}
    # A source distribution carries the .egg-info, and `develop` points to it.
    if 'sdist' not in sys.argv and 'develop' not in sys.argv:
        options['egg_info'] = {'egg_base': folder}
    return options


if 'develop' in sys.argv:  # an editable install of setuptools before 64
    link_mim()
setup(cmdclass={'build_py': BuildPy}, options=temporary_folders())
