"""The page: template, tables, plots and gallery put together."""
import json
from pathlib import Path
from types import ModuleType
from typing import Sequence

import mmpose
import torch

from ...utils import replacing
from ...version import __version__
from ..measures import failure_definitions
from ..seeds import Model
from ..table import Comparison
from ..work_dir import training_curves
from .gallery import gallery_items
from .plots import draw_plots
from .style import TRUTH, model_styles

_FOLDER = Path(__file__).parent


def load_jinja2() -> ModuleType:
    """The template engine.

    Raises:
        RuntimeError: If it is not installed.
    """
    try:
        import jinja2
    except ImportError:
        raise RuntimeError('the page is made with Jinja2, which is not '
                           'installed: pip install jinja2') from None
    return jinja2


def write_page(models: Sequence[Model], comparison: Comparison,
               file: Path) -> None:
    """Write tables, plots and test images as one self-contained page.

    It opens from the disk, without a network. Test images that cannot be
    read are named in their places. Progress is on the standard error.

    Args:
        models (Sequence[Model]): On the same images, the baseline first.
        comparison (Comparison): Of these models, by :func:`compare`.
        file (Path): An .html; its folder must exist.

    Raises:
        RuntimeError: If Jinja2 is not installed.
    """
    jinja2 = load_jinja2()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(_FOLDER)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True)
    run = models[0].runs[0]
    names = [model.name for model in models]
    styles = model_styles(len(models))
    curves = [[
        training_curves(run.work_dir) if run.work_dir else {}
        for run in model.runs
    ] for model in models]
    items = gallery_items(models)
    landmarks = list(run.landmarks) or [str(k) for k in range(run.gt.shape[1])]
    data = dict(
        models=names,
        landmarks=landmarks,
        outlier=100 * run.rules.outlier,
        truth=TRUTH,
        styles=styles,
        items=items)
    text = environment.get_template('page.html.j2').render(
        title=' against '.join(names[:2])
        if len(names) == 2 else ', '.join(names),
        models=list(zip(names, styles, [len(m.runs) for m in models])),
        truth=TRUTH,
        dataset=run.dataset or 'unknown data set',
        images=len(set(run.images)),
        missing=sum(item['picture'] is None for item in items),
        comparison=comparison,
        plots=draw_plots(models, comparison, curves),
        no_logs=[m.name for m, of in zip(models, curves) if not any(of)],
        definitions=failure_definitions(run.rules, run.unit),
        kinds=sorted(set(run.categories)),
        landmarks=landmarks,
        versions=f'pcloss_mmpose {__version__}, mmpose {mmpose.__version__}, '
        f'torch {torch.__version__}',
        css=(_FOLDER / 'page.css').read_text(encoding='utf-8'),
        js=(_FOLDER / 'page.js').read_text(encoding='utf-8'),
        data=_script(data))
    with replacing(file) as part:
        part.write_text(text, encoding='utf-8')


def _script(data: dict) -> str:
    """JSON that no name in it can end the script block of."""
    text = json.dumps(data, separators=(',', ':'), allow_nan=False)
    for letter in '<>&':
        text = text.replace(letter, f'\\u{ord(letter):04x}')
    return text
