import math

import numpy as np
import pytest

from pcloss_mmpose.comparison.paper import paper_rows, paper_rows_for

ROWS = paper_rows()
DETAILED = [row for row in ROWS if row.table in (1, 2)]


def test_rows_of_all_tables():
    assert [sum(row.table == t for row in ROWS)
            for t in (1, 2, 3, 4)] == [9, 9, 6, 6]
    assert all(len(row.landmarks) == 8 for row in DETAILED)
    assert not any(row.landmarks for row in ROWS if row.table in (3, 4))
    assert all(row.average > 0 for row in ROWS)


def test_only_dfa_on_fld_lacks_landmarks():
    missing = {(row.table, row.model, landmark)
               for row in ROWS
               for landmark, error in row.landmarks.items()
               if math.isnan(error)}
    assert missing == {(2, 'DFA', 'L.Waist'), (2, 'DFA', 'R.Waist')}


@pytest.mark.parametrize(
    'row',
    DETAILED,
    ids=lambda row: f'{row.dataset}-{row.model}-{row.kind}-pc{row.pcloss:d}')
def test_average_is_the_plain_mean_over_landmarks(row):
    average = np.nanmean(list(row.landmarks.values()))
    # The paper prints two digits.
    assert average == pytest.approx(row.average, abs=0.005 + 1e-9)


def test_tables_3_and_4_agree():
    """Table 4 repeats models of table 3 with two more digits."""
    fine = {row[2:6]: row.average for row in ROWS if row.table == 4}
    shared = [row for row in ROWS if row.table == 3 and row[2:6] in fine]
    assert len(shared) == 4
    for row in shared:
        assert fine[row[2:6]] == pytest.approx(row.average, abs=0.005)


def test_rows_for_a_data_set():
    rows = paper_rows_for('fashionai', 'fashionai')
    assert [(row.label, row.average)
            for row in rows] == [('FashionNet', 10.1724),
                                 ('FashionNet pc', 9.8295),
                                 ('FashionNet pc-skel', 9.7078),
                                 ('FPN', 4.1219), ('FPN pc', 3.9646),
                                 ('FPN pc-skel', 3.9110), ('SPB', 4.10),
                                 ('SPB pc-skel', 3.90)]
    rows = paper_rows_for('deepfashion_c', 'deepfashion_c')
    assert len(rows) == 9
    assert rows[0].landmarks['left waistline'] == 8.54


@pytest.mark.parametrize('name, dataset, averages', [
    ('fld', 'fld', dict(DFA=6.98, DLAN=6.73, FGN=5.83)),
    ('deepfashion_c', 'deepfashion_c', dict(DFA=6.62, DLAN=6.44, FGN=4.85)),
])
def test_the_peers_stand_beside(name, dataset, averages):
    rows = {row.label: row.average for row in paper_rows_for(name, dataset)}
    assert averages.items() <= rows.items()


@pytest.mark.parametrize('name, dataset, message', [
    ('fld', 'deepfashion_c', "the paper's fld is the data set fld or "
     'deepfashion_full, the runs are on deepfashion_c'),
    ('fld', '', 'one that the pickle does not name'),
    ('fashionai', 'fld', 'the runs are on fld'),
])
def test_another_data_set_is_refused(name, dataset, message):
    with pytest.raises(ValueError, match=message):
        paper_rows_for(name, dataset)
