import csv
import io
import re

import numpy as np
import pytest

from pcloss_mmpose.comparison import (compare, measures, paper_rows_for,
                                      print_terminal, read_models, to_csv,
                                      to_latex, to_markdown)
from pcloss_mmpose.comparison.bootstrap import Ratio
from pcloss_mmpose.comparison.measures import Column


@pytest.fixture
def compared(write, make_samples):
    """Compares models of runs, given by landmark 0's errors in images."""

    def compared(
            paper=(), number=8, dataset='fld', codes=None, norm=None,
            **models):
        arguments = []
        for name, runs in models.items():
            for seed, errors in enumerate(runs):
                table = np.zeros((len(errors), number))
                table[:, 0] = errors
                samples = make_samples(table, dataset, codes)
                file = write(f'{name}{seed}.pkl', samples)
                arguments.append(f'{name}={file}')
        return compare(read_models(arguments, norm=norm), paper)

    return compared


def cells(table, label):
    (row, ) = [row for row in table.rows if row[0] == label]
    return dict(zip(table.header[1:], row[1:]))


def below(table, label, step):
    """Cells of a row after a model's."""
    start = [row[0] for row in table.rows].index(label)
    row = table.rows[start + step]
    return row[0], dict(zip(table.header[1:], row[1:]))


def test_two_models(compared):
    average, landmarks, parts, failures = compared(
        base=[[8., 0., 16.]], other=[[8., 0., 4.]]).tables
    assert cells(average, 'base')['NE (avg.)'] == '1.00'
    other = cells(average, 'other')
    assert (other['NE (avg.)'], other['difference'],
            other['difference, %']) == ('0.50', '-0.50', '-50.0')
    # Differences of an image's NE: 0, 0 and -1.5; resamples of three.
    assert other['95 % interval'] == '-1.50 to +0.00'
    assert other[''] == 'holds 0: no clear difference'

    assert cells(landmarks, 'base')['left collar'] == '8.00'
    assert cells(landmarks, 'other')['left collar'] == '4.00'
    label, difference = below(landmarks, 'other', 1)
    assert label == '  difference' and difference['left collar'] == '-4.00'
    label, difference = below(landmarks, 'other', 2)
    assert label == '  difference, %' and difference['left collar'] == '-50.0'
    assert difference['right collar'] == '-'  # of nothing
    assert list(cells(parts, 'base')) == ['full', 'lower', 'upper']
    assert cells(parts, 'base')['full'] == '2.00'
    assert cells(failures, 'base')['outliers'] == '4.17'


def test_failures_have_intervals(compared):
    failures = compared(
        base=[[20., 0., 0.]], other=[[0., 0., 20.]]).tables[-1]
    label, interval = below(failures, 'other', 3)
    assert label == '  95 % interval'
    # one of 24 landmarks each: from all of an image's to none
    assert interval['outliers'] == '-12.50 to +12.50'
    assert interval['duplicates'] == '+0.000 to +0.000'
    assert interval['AUC'] == '-'
    assert len(failures.rows) == 5  # none of the baseline


def test_another_column_is_one_entry(compared, monkeypatch):
    """In tables, in csv, and with an interval if it tells its parts."""

    def misses(run):
        far = run.distances() > 2 * run.rules.outlier
        return Ratio(100. * far.sum(1, keepdims=True), np.full((3, 1), 8))

    monkeypatch.setattr(measures, 'COLUMNS', [
        *measures.COLUMNS,
        Column('over twice {outlier:g}', misses),
        Column('K', lambda run: run.gt.shape[1], digits=0)
    ])
    comparison = compared(base=[[30., 0., 0.]], other=[[0., 0., 0.]])
    failures = comparison.tables[-1]
    assert cells(failures, 'base')['over twice 0.1'] == '4.17'
    assert cells(failures, 'base')['K'] == '8'
    interval = below(failures, 'other', 3)[1]
    assert interval['over twice 0.1'] == '-12.50 to +0.00'
    assert interval['K'] == '-'
    assert 'failures,over twice 0.1,other,1,0.0,' in to_csv(comparison)


def test_the_interval_says_which_is_better(compared):
    for error, verdict in ((3., 'higher'), (1., 'lower')):
        table = compared(base=[[2., 2.1]], other=[[error, error]]).tables[0]
        assert cells(table, 'other')[''] == verdict


def test_seeds(compared):
    comparison = compared(base=[[8.], [16.]], other=[[4.]])
    average, landmarks = comparison.tables[:2]
    base = cells(average, 'base')
    # 1 and 2 per cent; the sample standard deviation
    assert (base['NE (avg.)'], base['±'], base['seeds']) == ('1.50', '0.71',
                                                             '2')
    assert cells(average, 'other')['±'] == '-'
    assert cells(average, 'other')['difference'] == '-1.00'
    label, std = below(landmarks, 'base', 1)
    assert label == '  ± (2 seeds)' and std['left collar'] == '5.66'
    assert below(landmarks, 'other', 1)[0] == '  difference'
    assert any('the seeds of a model' in note for note in comparison.notes)


def test_one_model_has_no_difference(compared):
    comparison = compared(base=[[8., 0.]])
    assert comparison.tables[0].header[1] == 'left collar'
    assert len(comparison.tables[0].rows) == 1
    assert not any('Differences' in note for note in comparison.notes)


def test_many_landmarks_are_rows(compared):
    table = compared(
        number=17, dataset='coco', norm='bbox', base=[[8.]],
        other=[[4.]]).tables[1]
    assert table.header == ['', 'base', 'other', 'difference', 'difference, %']
    assert table.rows[0] == ['nose', '8.00', '4.00', '-4.00', '-50.0']
    assert table.rows[-1][0] == 'NE (avg.)' and len(table.rows) == 18


def test_notes_count(compared):
    codes = [[2] * 5 + [1] * 2 + [0], [2] * 8]
    comparison = compared(codes=codes, base=[[8., 1.]])
    assert comparison.notes[0] == (
        '2 test images, 13 visible and 2 occluded landmarks.')
    assert 'occluded' in comparison.tables[1].header
    comparison = compared(
        number=24,
        dataset='fashionai',
        codes=[[2] * 24, [2] * 5 + [0] * 19],
        base=[[8., 1.]])
    assert comparison.notes[1].startswith('1 garment is left out')


@pytest.mark.parametrize('name', ['fld', 'fashionai'])
def test_paper_stands_beside(name, compared):
    paper = paper_rows_for(name, name)
    comparison = compared(
        paper,
        number=24 if name == 'fashionai' else 8,
        dataset=name,
        base=[[8.]],
        other=[[4.]])
    table = comparison.tables[1 if name == 'fld' else 0]
    row = cells(table, '  FPN pc-skel')
    if name == 'fld':
        assert list(row.values()) == [
            '2.83', '2.84', '5.21', '5.17', '6.56', '6.49', '4.31', '4.30',
            '4.71'
        ]
        assert cells(table, '  DFA')['left waistline'] == '-'
    else:
        assert row['NE (avg.)'] == '3.91' and row['difference'] == ''
        assert cells(table, '  FashionNet pc')['NE (avg.)'] == '9.83'
    assert len(table.rows) == {'fld': 4 + 1 + 9, 'fashionai': 2 + 1 + 8}[name]
    text = to_csv(comparison, paper)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [r['value'] for r in rows
            if r['model'] == 'paper: SPB pc-skel'][-1] == {
                'fld': '4.58',
                'fashionai': '3.9'
            }[name]


def test_full_body_garments_are_a_part_of_the_papers(compared):
    paper = paper_rows_for('fld', 'deepfashion_full')
    for dataset, number in (('deepfashion_full', 1), ('fld', 0)):
        notes = compared(paper, dataset=dataset, base=[[8.]]).notes
        assert sum('full-body garments' in note for note in notes) == number


def test_csv_has_all_digits(compared):
    rows = csv.DictReader(
        io.StringIO(
            to_csv(compared(base=[[1., 3.], [2., 3.]], other=[[1., 1.]]))))
    rows = {(r['measure'], r['model']): r for r in rows}
    base = rows['left collar', 'base']
    assert float(base['value']) == pytest.approx(2.25)
    assert float(base['std']) == pytest.approx(np.std([2, 2.5], ddof=1))
    assert base['seeds'] == '2' and base['difference'] == ''
    other = rows['NE (avg.)', 'other']
    assert float(other['difference']) == pytest.approx(-1.25 / 8)
    assert float(other['difference_percent']) == pytest.approx(-500 / 9)
    assert float(other['low']) < float(other['high'])


def test_markdown(compared):
    text = to_markdown(compared(base=[[8.]], other=[[4.]]))
    blocks = [b for b in text.split('\n\n') if b.startswith('|')]
    assert len(blocks) == 3
    for block in blocks:
        lines = block.splitlines()
        assert len({line.count('|') for line in lines}) == 1
        assert len({len(line) for line in lines}) == 1
        assert re.fullmatch(r'\|-+\|(-+:\|)+', lines[1])
    assert '| &emsp;difference ' in text


def test_latex(compared):
    text = to_latex(
        compared(
            **{
                'a_b&c': [[8.], [9.]],
                'd': [[4.]]
            },
            paper=paper_rows_for('fld', 'fld')))
    assert text.count(r'\begin{tabular}') == text.count(r'\end{tabular}') == 3
    assert r'a\_b\&c & 8.50 &' in text
    assert r'\quad $\pm$ (2 seeds) & 0.71 &' in text
    assert r'\quad difference & $-$4.50 &' in text
    body = [
        line for line in text.splitlines() if line and not line.startswith('%')
    ]
    assert not [line for line in body if re.search(r'(?<!\\)[%_#]', line)]
    for table in text.split(r'\begin{tabular}')[1:]:
        columns = len(re.match(r'\{(l?r*)\}', table)[1])
        rows = [r for r in table.splitlines() if r.endswith(r' \\')]
        assert {len(re.split(r'(?<!\\)&', row)) for row in rows} == {columns}


def test_terminal_fits_in_100_columns(compared, capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '80')
    names = ['baseline', 'td-hm_res50_pc-skel_8xb64-210e', 'a [bold]name']
    print_terminal(
        compared(
            paper_rows_for('fld', 'fld'),
            **{name: [[8.], [4.]]
               for name in names}))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    output = '\n'.join(lines)
    assert '[bold]' in output and 'pc-skel' in output
    (row, ) = [
        line for line in lines
        if line.startswith(' baseline  ') and line.count('.') == 9
    ]
    assert row.split() == ['baseline', '6.00', *['0.00'] * 7, '0.75']
