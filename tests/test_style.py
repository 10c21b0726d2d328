"""The hooks of .pre-commit-config.yaml, and what the project says of itself.
"""
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pcloss_mmpose import __version__

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(
    not (ROOT / '.git').exists() or shutil.which('git') is None,
    reason='pre-commit works on a git checkout')
def test_hooks():
    """What `make lint` runs, on each file that git knows."""
    folder = os.path.dirname(sys.executable)
    done = subprocess.run(
        [sys.executable, '-m', 'pre_commit', 'run', '--all-files'],
        cwd=ROOT,
        env=dict(os.environ, PATH=f'{folder}:{os.environ["PATH"]}'),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert done.returncode == 0, done.stdout
    hooks = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    number = sum(len(repo['hooks']) for repo in hooks['repos'])
    assert done.stdout.count('Passed') == number > 0


def test_one_version():
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    assert citation['version'] == __version__
    changes = (ROOT / 'CHANGELOG.md').read_text()
    assert re.search(r'^## \[([\d.]+)\]', changes, re.M)[1] == __version__


@pytest.mark.parametrize('page', ['CONTRIBUTING.md', 'CHANGELOG.md'])
def test_links(page):
    for link in re.findall(r'\]\(([^)]+)\)', (ROOT / page).read_text()):
        assert link.startswith('https://') or (ROOT / link).exists(), link


def test_commands_for_contributors():
    text = (ROOT / 'CONTRIBUTING.md').read_text()
    commands = ''.join(re.findall(r'```bash\n(.*?)```', text, flags=re.S))
    assert commands.splitlines() == [
        'make env', '. .venv/bin/activate', 'make test', 'make lint',
        'python -m pytest tests/test_functional', 'make docs',
        'make docs-links', 'make bench'
    ]
    assert (ROOT / 'tests/test_functional').is_dir()
    for command in re.findall('^make (.+)', commands, flags=re.M):
        assert f'\n{command}:' in (ROOT / 'Makefile').read_text()


def test_architecture_names_what_there_is():
    from mmpose.registry import DATASETS, KEYPOINT_CODECS, METRICS, MODELS

    import pcloss_mmpose
    text = ''.join((ROOT / 'docs/reference' / name).read_text()
                   for name in ('architecture.md', 'architecture.svg'))
    package = Path(pcloss_mmpose.__file__).parent
    for folder in re.findall(r'`pcloss_mmpose/([\w./]+)`', text):
        assert (package / folder).exists(), folder
    for tool in re.findall(r'tools/\w+\.py', text):
        assert (ROOT / tool).exists(), tool
    registries = (KEYPOINT_CODECS, DATASETS, METRICS, MODELS)
    for name in re.findall(
            r'>(?:datasets|codecs|models|evaluation): (.*?)<', text):
        for cls in name.split(', '):
            assert any(r.get(cls) for r in registries), cls


def test_registered_classes_are_imported_from_their_packages():
    """As MMPose's own, from the folder that bears the registry's name."""
    import mmdet.registry
    import mmpose.registry
    from mmengine.registry import Registry

    import pcloss_mmpose.detection  # noqa: F401
    found = {
        cls
        for module in (mmpose.registry, mmdet.registry)
        for registry in vars(module).values()
        if isinstance(registry, Registry)
        for cls in registry.module_dict.values()
        if cls.__module__.startswith('pcloss_mmpose.')
    }
    assert len(found) > 10
    for cls in found:
        _, package, _ = cls.__module__.split('.', 2)
        package = importlib.import_module(f'pcloss_mmpose.{package}')
        assert getattr(package, cls.__name__, None) is cls, cls
