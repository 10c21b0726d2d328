"""The page's plots, as SVG whose text stays text."""
import io
import re
from html import escape
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ..measures import AVERAGE
from ..seeds import Model
from ..table import Comparison
from .style import model_styles

# Replaced by the page's own colour of text, whatever the theme.
_INK = '#010203'
_STYLE = {
    'svg.fonttype': 'none',
    'svg.hashsalt': 'page',
    'font.family': 'sans-serif',
    'font.size': 10,
    'axes.spines.top': False,
    'axes.spines.right': False,
    'grid.alpha': 0.18,
    'grid.linewidth': 0.8,
    **{
        key: _INK
        for key in ('text.color', 'axes.labelcolor', 'axes.edgecolor',
                    'xtick.color', 'ytick.color', 'grid.color')
    }
}
# Errors beyond are one and the same failure.
_MOST_PERCENT = 30


class Plot(NamedTuple):
    """A title, a sentence in words, and the picture."""
    title: str
    description: str
    svg: str


def draw_plots(models: Sequence[Model], comparison: Comparison,
               curves: Sequence[Sequence[dict]]) -> List[Plot]:
    """Landmarks, cumulative errors, garment types and trainings.

    Those for which there is nothing to draw are left out. ``curves`` are
    those of each seed of each model, by ``training_curves``.
    """
    unit = models[0].runs[0].unit
    with rc_context(_STYLE):
        plots = [
            _rows('Error of each landmark', 'landmarks', unit, models,
                  comparison),
            _cumulative(unit, 100 * models[0].runs[0].rules.outlier, models),
            _rows('Error of parts of the test set', 'parts', unit, models,
                  comparison),
            *_trainings(models, curves),
        ]
    return [plot for plot in plots if plot]


def _rows(title: str, table: str, unit: str, models: Sequence[Model],
          comparison: Comparison) -> Optional[Plot]:
    """A row a landmark or part, a marker a model."""
    values: Dict[str, Dict[str, float]] = {}
    for f in comparison.results:
        if f.measure.table == table and f.measure.name != AVERAGE:
            values.setdefault(f.measure.name, {})[f.model] = f.measure.value
    if not values:
        return None
    figure, axis = _axis(0.9 + 0.28 * len(values))
    places = np.arange(len(values))
    rows = [list(row.values()) for row in values.values()]
    axis.hlines(places, [*map(min, rows)], [*map(max, rows)], _INK, alpha=0.25)
    for model, look in zip(models, _looks(models)):
        found = [row.get(model.name, np.nan) for row in values.values()]
        axis.plot(found, places, **look, ls='none', ms=7, clip_on=False)
    axis.set_yticks(places)
    for label in axis.set_yticklabels(list(values)):
        label.set_parse_math(False)
    axis.invert_yaxis()
    axis.set_xlim(left=0)
    axis.set_xlabel(f'normalised error, % of the {unit}')
    axis.grid(axis='x')
    said = '; '.join(f'{name}: ' + ', '.join(f'{m} {v:.2f}'
                                             for m, v in row.items())
                     for name, row in values.items())
    return _plot(title, f'In % of the {unit}. {said}.', figure)


def _cumulative(unit: str, outlier: float, models: Sequence[Model]) -> Plot:
    figure, axis = _axis()
    limits = np.linspace(0, _MOST_PERCENT, 151)
    said = []
    for model, look in zip(models, _looks(models)):
        errors = np.concatenate(
            [run.distances().ravel() for run in model.runs])
        errors = np.sort(100 * errors[~np.isnan(errors)])
        shares = 100 * np.searchsorted(errors, limits, 'right') / len(errors)
        axis.plot(limits, shares, **look, markevery=25, clip_on=False, lw=1.8)
        within = 100 * np.mean(errors <= outlier)
        said.append(f'{model.name}: {within:.2f} %')
    if outlier < _MOST_PERCENT:
        axis.axvline(outlier, color=_INK, alpha=0.5, ls='--', lw=1)
        axis.text(outlier + 0.4, 3, 'outliers beyond', alpha=0.75)
    axis.set(
        xlim=(0, _MOST_PERCENT),
        ylim=(0, 100),
        xlabel=f'normalised error, % of the {unit}',
        ylabel='visible landmarks within, %')
    axis.grid()
    return _plot(
        'Cumulative error', 'Share of the visible landmarks whose error is '
        f'at most {outlier:g} % of the {unit}: {"; ".join(said)}.', figure)


def _trainings(models: Sequence[Model],
               curves: Sequence[Sequence[dict]]) -> List[Plot]:
    """The losses and the validation, each seed a line."""
    lines = [(model.name, look, found)
             for model, look, of in zip(models, _looks(models), curves)
             for found in of]
    kinds = [
        ('Training: loss', 'loss', ['loss'], 1),
        ('Training: parts of the loss', 'loss_base solid, loss_pc dashed',
         ['loss_base', 'loss_pc'], 1),
        ('Training: validation', 'NE (avg.), %', ['NE'], 100),
    ]
    plots = []
    for title, label, names, factor in kinds:
        figure, axis = _axis()
        said = []
        for model, look, found in lines:
            for name in names:
                points = [p for p in found.get(name, []) if p[1] is not None]
                if not points:
                    continue
                steps, values = np.array(points, float).T
                line, = axis.plot(steps, factor * values, **look, ms=5)
                line.set_markevery(max(1, len(steps) // 8))
                line.set_linestyle('--' if name == 'loss_pc' else '-')
                said.append(f'{model}{", " + name if names[1:] else ""}: '
                            f'{factor * values[-1]:.4g} at the end')
        if not said:
            continue
        axis.set(xlabel='training steps', ylabel=label)
        axis.set_xlim(left=0)
        if label.startswith('loss'):
            _log_if_wide(axis)
        axis.grid()
        plots.append(_plot(title, '; '.join(said) + f'. {label}.', figure))
    return plots


def _log_if_wide(axis) -> None:
    values = np.concatenate([line.get_ydata() for line in axis.lines])
    values = values[values > 0]
    if len(values) and values.max() > 10 * values.min():
        axis.set_yscale('log', nonpositive='mask')


def _axis(height: float = 2.9) -> Tuple[Figure, Axes]:
    figure = Figure(figsize=(4.6, height), layout='constrained')
    FigureCanvasSVG(figure)
    return figure, figure.subplots()


def _looks(models: Sequence[Model]) -> List[Dict[str, Any]]:
    return [{key: style[key] for key in ('color', 'marker')}
            for style in model_styles(len(models))]  # yapf: disable


def _plot(title: str, description: str, figure: Figure) -> Plot:
    file = io.StringIO()
    none = dict.fromkeys(['Date', 'Creator', 'Format', 'Type'])
    figure.savefig(file, format='svg', transparent=True, metadata=none)
    svg = file.getvalue()
    svg = svg[svg.index('<svg'):].replace(_INK, 'currentColor')
    svg = re.sub(r'<metadata>.*?</metadata>', '', svg, flags=re.S)
    # One document holds all plots: no id twice, none that nobody needs.
    prefix = re.sub(r'\W+', '-', title.lower())
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}-{m[1]}"'
                 if m[1] in used else '', svg)
    svg = re.sub(r'(url\(#|href="#)', rf'\g<1>{prefix}-', svg)
    begin, end = svg.split('>', 1)
    begin = re.sub(r' (width|height)="[^"]*"', '', begin)
    label = (f' role="img" aria-labelledby="{prefix}-t {prefix}-d">'
             f'<title id="{prefix}-t">{escape(title)}</title>'
             f'<desc id="{prefix}-d">{escape(description)}</desc>')
    return Plot(title, description, begin + label + end)
