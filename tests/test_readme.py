"""The README is true: its commands run, its config works, its links lead."""
import doctest
import re
import subprocess
from pathlib import Path

import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.models import build_pose_estimator

import pcloss_mmpose  # noqa: F401

ROOT = Path(__file__).parents[1]
README = (ROOT / 'README.md').read_text()


def blocks(language):
    return re.findall(rf'```{language}\n(.*?)```', README, flags=re.S)


COMMANDS = [line for block in blocks('bash') for line in block.splitlines()]
CONFIG, EXAMPLE = blocks('python')


def test_it_is_short():
    assert len(README.splitlines()) <= 130


def test_every_command_is_known():
    """What they do is tested in test_packaging.py and test_demo.py."""
    assert COMMANDS == ['pip install .', 'make demo']
    done = subprocess.run(['make', '--dry-run', 'demo'],
                          cwd=ROOT,
                          stdout=subprocess.PIPE,
                          universal_newlines=True,
                          check=True)
    assert '.venv/bin/python tools/demo.py\n' in done.stdout


def test_config(tmp_path):
    file = tmp_path / 'config.py'
    file.write_text(CONFIG)
    cfg = Config.fromfile(file)
    init_default_scope(cfg.default_scope)
    loss = build_pose_estimator(cfg.model).head.loss_module
    assert loss.groups == [[0, 2, 4, 6], [1, 3, 5, 7]] and loss.topk is None
    assert loss.base.use_target_weight


def test_example():
    test = doctest.DocTestParser().get_doctest(EXAMPLE, {}, 'README', None, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_bibtex_is_that_of_the_citation_file():
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    slides, software = re.findall(r'@\w+{.*?\n}', *blocks('bibtex'), re.S)
    source = citation['preferred-citation']
    author, = source['authors']
    for value in (source['title'],
                  f'{author["family-names"]}, {author["given-names"]}',
                  source['year'], source['institution']['name']):
        assert str(value) in slides
    for key in ('title', 'version', 'license'):
        assert f'{{{citation[key]}}}' in software.replace('\\_', '_')
    assert citation['authors'][0]['name'] in software.replace('\\_', '_')


def test_links():
    links = re.findall(r'\]\(([^)]+)\)', README)
    assert links
    for link in links:
        file, _, anchor = link.partition('#')
        assert link.startswith('https://') or (ROOT / file).exists(), link
        if anchor:
            headings = [
                line.lstrip('# ').lower().replace(' ', '-')
                for line in (ROOT / file).read_text().splitlines()
                if line.startswith('#')
            ]
            assert anchor in headings, link


def test_names_of_what_is_registered():
    from mmdet.registry import DATASETS as DETECTION
    from mmpose.registry import (DATASETS, HOOKS, KEYPOINT_CODECS, METRICS,
                                 MODELS, TRANSFORMS)

    import pcloss_mmpose.detection  # noqa: F401
    table = (ROOT / 'docs/reference/registered.md').read_text()
    names = [
        name for row in table.splitlines() if row.startswith('| `')
        for name in re.findall(r'`(\w+)`', row.split('|')[1])
    ]
    assert names
    for name in names:
        assert any(
            r.get(name)
            for r in (DATASETS, DETECTION, HOOKS, KEYPOINT_CODECS, METRICS,
                      MODELS, TRANSFORMS))
