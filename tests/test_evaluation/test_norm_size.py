import csv

import numpy as np
import pytest

from pcloss_mmpose.evaluation.functional import (FASHIONAI_REFERENCE,
                                                 count_duplicates,
                                                 fashionai_size)
from pcloss_mmpose.evaluation.metrics import LandmarkFailures

CATEGORIES = ['blouse', 'outwear', 'dress', 'skirt', 'trousers']


@pytest.fixture(scope='module')
def fashionai(shared):
    """Header, category ids, positions and codes of the real csv rows."""
    path = shared / 'data' / 'fashionai_real' / 'val_6415.csv'
    with path.open(newline='') as file:
        header, *rows = csv.reader(file)
    numbers = np.array([[cell.split('_') for cell in row[2:]] for row in rows],
                       dtype=float)
    category = np.array([CATEGORIES.index(row[1]) + 1 for row in rows])
    return header[2:], category, numbers[..., :2], numbers[..., 2]


@pytest.fixture(scope='module')
def fld(shared):
    """Positions and codes of the real rows, all of upper-body garments."""
    path = shared / 'data' / 'fld_real' / 'Anno' / 'list_landmarks.txt'
    numbers = np.loadtxt(
        path, skiprows=2, usecols=range(3, 21)).reshape(-1, 6, 3)
    return numbers[..., 1:], numbers[..., 0]


@pytest.mark.parametrize('category, pair', [(1, (5, 6)), (2, (5, 6)),
                                            (3, (5, 6)), (4, (15, 16)),
                                            (5, (15, 16))])
def test_fashionai_reference_pair(category, pair):
    gt = np.arange(48.).reshape(1, 24, 2)**2
    labelled = np.ones((1, 24), bool)
    expected = np.hypot(*(gt[0, pair[0]] - gt[0, pair[1]]))
    size = fashionai_size(gt, labelled, np.array([category]))
    assert size[0].tolist() == pytest.approx([expected, expected])
    labelled[0, pair[1]] = False
    assert np.isnan(fashionai_size(gt, labelled, np.array([category]))).all()


def test_reference_landmarks_in_the_official_header(fashionai):
    header = fashionai[0]
    for category, pair in FASHIONAI_REFERENCE.items():
        part = 'armpit' if category < 4 else 'waistband'
        assert [header[k] for k in pair] == [f'{part}_left', f'{part}_right']


def test_real_rows_without_a_reference_pair(fashionai):
    """40 of the 6,415 rows lack one, and no other distance is tiny."""
    _, category, xy, code = fashionai
    size = fashionai_size(xy, code >= 0, category)
    lacking = np.isnan(size[:, 0])
    by_hand = [(code[n, list(FASHIONAI_REFERENCE[c])] == -1).any()
               for n, c in enumerate(category)]
    assert lacking.tolist() == by_hand
    assert lacking.sum() == 40
    assert np.nanmin(size) > 30


def share_of_close_pairs(xy, labelled, size, threshold):
    """Share of true pairs closer than the threshold.

    A prediction that puts every landmark on one spot is a duplicate in all
    pairs except those whose true positions are as close.
    """
    duplicates, pairs = count_duplicates(
        np.zeros_like(xy), xy, labelled, size, threshold)
    return 1 - duplicates.sum() / pairs.sum()


def test_default_duplicate_threshold_on_real_fashionai(fashionai):
    _, category, xy, code = fashionai
    size = fashionai_size(xy, code >= 0, category)
    counted = ~np.isnan(size[:, 0])
    rows = xy[counted], (code >= 0)[counted], size[counted]
    threshold = LandmarkFailures().duplicate_threshold
    assert share_of_close_pairs(*rows, threshold) == pytest.approx(
        0.00046, abs=5e-6)
    assert share_of_close_pairs(*rows, 0.05) > 0.001


def test_default_duplicate_threshold_on_real_fld(fld):
    """The rows have no boxes: the box around the landmarks is taken."""
    xy, code = fld
    labelled = code < 2
    inside = labelled[..., None]
    size = (
        np.where(inside, xy, -np.inf).max(axis=1) -
        np.where(inside, xy, np.inf).min(axis=1))
    counted = (size > 0).all(axis=1)
    rows = xy[counted], labelled[counted], size[counted]
    threshold = LandmarkFailures().duplicate_threshold
    assert share_of_close_pairs(*rows, threshold) == pytest.approx(
        0.000056, abs=5e-6)
    assert share_of_close_pairs(*rows, 0.05) > 0.0004
