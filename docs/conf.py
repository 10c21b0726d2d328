"""The site of the documents: ``make docs``.

Sphinx with MyST, for the API reference out of the docstrings, as
OpenMMLab's projects have it. Pages are written to read well on GitHub; what
a site needs beyond that is made of them here.
"""
import importlib
import json
import os
import pkgutil
import re
from pathlib import Path

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

import pcloss_mmpose

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
README = ROOT / 'README.md'
#: Pages made at each build.
MADE = DOCS / 'site'

project = 'pcloss_mmpose'
author = 'The pcloss_mmpose contributors'
version = release = pcloss_mmpose.__version__
extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
exclude_patterns = ['_build']
source_suffix = dict.fromkeys(['.md', '.ipynb'], 'markdown')
source_suffix['.rst'] = 'restructuredtext'
myst_heading_anchors = 3

autodoc_default_options = {'show-inheritance': True}
autodoc_inherit_docstrings = False  # those of MMPose are in its own site
autodoc_typehints = 'none'  # the docstrings name them
napoleon_use_ivar = True  # fields are named once

html_math_renderer = 'mathml'
html_theme = 'furo'
html_title = f'{project} {version}'
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

# What stands outside of docs/ is in the repository, which Read the Docs
# names.
REPOSITORY = os.environ.get('READTHEDOCS_GIT_CLONE_URL', '')
COMMIT = os.environ.get('READTHEDOCS_GIT_COMMIT_HASH', 'HEAD')
LINK = re.compile(r'\[([^]]*)\]\(([^)#\s]+)(#[^)]*)?\)')
SITE_PAGES = {
    README: DOCS / 'index.md',
    ROOT / 'CHANGELOG.md': MADE / 'changelog.rst'
}


def with_links(text, page):
    """The text of ``page`` (Path) with links as the site has them."""

    def replace(found):
        title, link, anchor = found.groups('')
        target = Path(os.path.normpath(page.parent / link))
        if not target.exists():  # of the web
            return found[0]
        target = SITE_PAGES.get(target, target)
        if DOCS in target.parents:
            here = SITE_PAGES.get(page, page)
            link = Path(os.path.relpath(target, here.parent)).as_posix()
            return f'[{title}]({link}{anchor})'
        if REPOSITORY:
            address = re.sub(r'\.git$', '', REPOSITORY)
            place = target.relative_to(ROOT).as_posix()
            return f'[{title}]({address}/blob/{COMMIT}/{place}{anchor})'
        return title

    return LINK.sub(replace, text)


def contents(readme):
    """The tables of contents, from the README's table of tasks."""
    rows = re.findall(r'^\| ([^|]+) \| (.*\]\(.*) \|$', readme, re.M)
    chapters = {
        task.capitalize(): [
            f'{title[0].upper()}{title[1:]} '
            f'<{Path(link).with_suffix("").as_posix()}>'
            for title, link, _ in LINK.findall(links)
        ]
        for task, links in rows
    }
    chapters['API reference'] = [
        page.relative_to(DOCS).with_suffix('').as_posix()
        for page in sorted(MADE.glob('pcloss_mmpose.*.rst'))
    ]
    return ''.join(f'\n```{{toctree}}\n:hidden:\n:caption: {chapter}\n\n' +
                   '\n'.join(pages) + '\n```\n'
                   for chapter, pages in chapters.items())


def read_page(app, name, source):
    """Gives the site its first page, and each page its links."""
    if name == 'index':
        text = with_links(README.read_text(encoding='utf-8'), README)
        source[0] = text + contents(text)
    elif not name.startswith(MADE.name):
        page = Path(app.env.doc2path(name))
        text = source[0] if page.suffix == '.md' else notebook(source[0])
        source[0] = with_links(text, page)


def notebook(text):
    """A notebook as a page: its code in blocks."""
    parts = []
    for cell in json.loads(text)['cells']:
        part = ''.join(cell['source'])
        if cell['cell_type'] == 'code':
            language = 'bash' if part.startswith('!') else 'python'
            part = f'```{language}\n{part}\n```'
        parts.append(part)
    return '\n\n'.join(parts)


def write_made_pages(app):
    """A page for each part of the package, and the changelog."""
    pages = {
        'changelog': '.. include:: ../../CHANGELOG.md\n'
        '   :parser: myst_parser.sphinx_\n'
    }
    for info in pkgutil.iter_modules(pcloss_mmpose.__path__,
                                     f'{pcloss_mmpose.__name__}.'):
        text = ''.join(documented(info))
        if text:
            title = info.name.split('.')[-1]
            pages[info.name] = f'{title}\n{"=" * len(title)}\n{text}'
    MADE.mkdir(exist_ok=True)
    for old in {*MADE.iterdir()} - {MADE / f'{name}.rst' for name in pages}:
        old.unlink()
    for name, text in pages.items():
        path = MADE / f'{name}.rst'
        # untouched, it is not read again
        if not path.exists() or path.read_text(encoding='utf-8') != text:
            path.write_text(text, encoding='utf-8')


def documented(info):
    """Directives for what is public in a part: where it is to be imported.

    That is what packages export, and the modules that the pages import.
    """
    imported = {
        module
        for page in DOCS.rglob('*.md') for module in re.findall(
            r'^(?:>>> )?from (\S+) import', page.read_text('utf-8'), re.M)
    }
    part = importlib.import_module(info.name)
    inner = pkgutil.walk_packages(part.__path__,
                                  f'{info.name}.') if info.ispkg else ()
    seen = set()
    for name in [info.name, *(module.name for module in inner)]:
        module = importlib.import_module(name)
        # what another part has is documented there
        exported = {
            export
            for export in getattr(module, '__all__', ()) if getattr(
                getattr(module, export), '__module__',
                name).startswith(info.name)
        }
        new = sorted(exported - seen)
        seen.update(new)
        if new or name in imported:
            yield f'\n.. automodule:: {name}\n   :members: {", ".join(new)}\n'


def write_math(translator, node):
    """Formulas without a script from the web."""
    inline = node.tagname == 'math'
    code = tex2mathml(node.astext(), inline)
    translator.body.append(
        code if inline else f'<div style="overflow-x: auto">{code}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer('mathml', (write_math, None),
                               (write_math, None))
    app.connect('builder-inited', write_made_pages)
    # made of the README, whose date Sphinx does not look at
    app.connect('env-get-outdated', lambda *_: ['index'])
    app.connect('source-read', read_page)
