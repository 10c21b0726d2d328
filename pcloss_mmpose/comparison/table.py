"""Figures of models as tables of text, laid out as the paper's."""
import math
import re
from typing import List, NamedTuple, Sequence

import numpy as np

from ..evaluation.functional import OCCLUDED, VISIBLE
from ..utils import counted
from .measures import AVERAGE, failure_definitions
from .paper import PaperRow, subset_note
from .results import Result, compute_results
from .seeds import Model
from .work_dir import checkpoint_criterion

# A wider table is turned: what it has as columns become rows.
_MOST_COLUMNS = 10


class Table(NamedTuple):
    """Text in rows and columns.

    Attributes:
        title (str): What the figures are.
        header (list[str]): The first one is that of the rows' labels.
        rows (list[list[str]]): As long as the header. A label that begins
            with two blanks belongs to a row above it.
    """
    title: str
    header: List[str]
    rows: List[List[str]]


class Comparison(NamedTuple):
    """Figures, the tables of them, and what has to be said with them."""
    results: List[Result]
    tables: List[Table]
    notes: List[str]


def compare(models: Sequence[Model],
            paper: Sequence[PaperRow] = ()) -> Comparison:
    """Measure models and lay their figures out.

    Args:
        models (Sequence[Model]): On the same images, the baseline first.
        paper (Sequence[PaperRow]): The paper's rows to stand beside; they
            must be of the models' data set.
    """
    results = compute_results(models)
    unit = f'% of the {models[0].runs[0].unit}'
    titles = {
        'average': f'Normalised error, {unit}',
        'landmarks': f'Normalised error of each landmark, {unit}',
        'parts': f'{AVERAGE} of parts, {unit}',
        'failures': 'Failures in %, and the measures of MMPose',
    }
    tables = {}
    for key, title in titles.items():
        chosen = [r for r in results if r.measure.table == key]
        if key == 'average' and (len(models) > 1 or paper):
            tables[key] = _averages(title, results)
        elif chosen:
            tables[key] = _models_as_rows(title, chosen)
    if paper:
        table = tables['landmarks' if paper[0].landmarks else 'average']
        table.rows.append(['the paper'] + [''] * (len(table.header) - 1))
        table.rows.extend(_paper_row(row, table.header) for row in paper)
    return Comparison(results, list(tables.values()),
                      _notes(models, bool(paper)))


def _text(value: float, digits: int, sign: str = '') -> str:
    return '-' if math.isnan(value) else f'{value:{sign}.{digits}f}'


def _interval(result: Result) -> str:
    if math.isnan(result.low):
        return '-'
    low, high = (
        _text(end, result.measure.digits, '+')
        for end in (result.low, result.high))
    return f'{low} to {high}'


def _averages(title: str, figures: Sequence[Result]) -> Table:
    """One row a model: the average, its difference and what that is worth."""
    figures = [f for f in figures if f.measure.name == AVERAGE]
    several = max(f.seeds for f in figures) > 1
    header = ['', AVERAGE, *(['±', 'seeds'] if several else [])]
    if len(figures) > 1:
        header += ['difference', 'difference, %', '95 % interval', '']
    rows = []
    for i, f in enumerate(figures):
        row = [f.model, _text(f.measure.value, 2)]
        if several:
            row += [_text(f.std, 2), str(f.seeds)]
        if i > 0:
            verdict = ('holds 0: no clear difference' if f.low <= 0 <= f.high
                       else 'lower' if f.high < 0 else 'higher')
            row += [
                _text(f.difference, 2, '+'),
                _text(f.relative, 1, '+'),
                _interval(f), verdict
            ]
        rows.append(row + [''] * (len(header) - len(row)))
    return Table(title, header, rows)


def _models_as_rows(title: str, figures: Sequence[Result]) -> Table:
    names = list(dict.fromkeys(f.measure.name for f in figures))
    rows = []
    for model in dict.fromkeys(f.model for f in figures):
        found = {f.measure.name: f for f in figures if f.model == model}
        own = [found.get(name) for name in names]

        def line(label, attribute, sign='', digits=None):
            rows.append([label] + [
                '-' if f is None else _text(
                    attribute(f), f.measure.digits if digits is
                    None else digits, sign) for f in own
            ])

        line(model, lambda f: f.measure.value)
        seeds = max(f.seeds for f in found.values())
        if seeds > 1:
            line(f'  ± ({seeds} seeds)', lambda f: f.std)
        if model != figures[0].model:
            line('  difference', lambda f: f.difference, '+')
            line('  difference, %', lambda f: f.relative, '+', 1)
            # that of the average is in its own table
            if any(f and f.measure.name != AVERAGE and f.low == f.low
                   for f in own):
                rows.append(['  95 % interval'] +
                            ['-' if f is None else _interval(f) for f in own])
    header = ['', *names]
    if len(header) > _MOST_COLUMNS:
        header, *rows = map(list, zip(header, *rows))
        header = [label.strip() for label in header]
    return Table(title, header, rows)


def _paper_row(row: PaperRow, header: Sequence[str]) -> List[str]:
    errors = {**row.landmarks, AVERAGE: row.average}
    return [f'  {row.label}'] + [
        _text(errors[name], 2) if name in errors else '' for name in header[1:]
    ]


def _notes(models: Sequence[Model], paper: bool) -> List[str]:
    run = models[0].runs[0]
    measured = ~np.isnan(run.size[:, :1])
    images = len(set(run.images))
    numbers = [((run.visibility == code) & measured).sum()
               for code in (VISIBLE, OCCLUDED)]
    kinds = f'{numbers[0]} visible and {numbers[1]} occluded landmarks'
    if not run.tells_occlusion:
        kinds = (f'{numbers[0]} labelled landmarks (the data set does not '
                 'tell which are occluded, all count as visible)')
    elif run.untold:
        kinds += (f'; {run.untold} of the labelled ones are not where the '
                  'annotation has any, and count as visible')
    notes = [f'{counted(images, "test image")}, {kinds}.']
    skipped = int((~measured).sum())
    if skipped:
        garments = counted(skipped, 'garment is', 'garments are')
        notes.append(f'{garments} left out: the landmarks that set the scale '
                     'are not annotated.')
    mean = ('over all landmarks at once'
            if run.pooled else 'of the landmarks\' means')
    notes.append(
        f'{AVERAGE}: mean {mean}. Visible landmarks only, unless said. '
        f'{failure_definitions(run.rules, run.unit)} '
        f'PCK@{run.rules.pck:g}, AUC (in %, up to {run.rules.auc_pixels:g} '
        'px) and EPE are for visible and occluded landmarks.')
    notes += _checkpoints(models)
    seeds = max(len(model.runs) for model in models)
    if len(models) > 1:
        drawn = ('the images, and the seeds of a model that has several,'
                 if seeds > 1 else 'the images')
        notes.append(
            f'Differences are to {models[0].name}. 95 % interval: bootstrap, '
            f'1,000 times {drawn} drawn with replacement, the same images for '
            'all models. ' +
            ('Of two or three seeds it is too narrow.' if seeds > 1 else
             'It does not tell how other seeds of the models would do.'))
    if seeds > 1:
        notes.append('±: standard deviation over the seeds.')
    if paper:
        notes.append('The paper\'s models were trained and tested on the '
                     'official data; pc: with PCLoss, pc-skel: with '
                     'skeleton-like groups too.')
        notes += subset_note(run.dataset)
    return notes + [note for model in models for note in model.notes]


def _checkpoints(models: Sequence[Model]) -> List[str]:
    """Which ones of the work directories were tested."""
    names = {
        model.name: [
            run.checkpoint or 'one that is gone' for run in model.runs
            if run.work_dir
        ]
        for model in models
    }
    criteria = {
        checkpoint_criterion(run.checkpoint)
        for model in models
        for run in model.runs if run.checkpoint
    }
    if not criteria:
        return []
    kind = re.sub('^last$', 'the last ones',
                  re.sub('^best_', 'the best by ', criteria.pop()))
    listed = '; '.join(f'{model} {", ".join(files)}'
                       for model, files in names.items() if files)
    return [f'Checkpoints of the work directories, {kind}: {listed}.']
