"""The tables of the paper, as data.

Source: "Position Constraint Loss for Fashion Landmark Estimation", slides,
2020, tables 1 to 4. Figures are normalised errors in percent.
"""
import csv
import math
from pathlib import Path
from typing import Dict, List, NamedTuple

PAPER_TABLES = Path(__file__).with_name('paper_tables.csv')
AVERAGE = 'NE (avg.)'


class PaperRow(NamedTuple):
    """One row of one table.

    Attributes:
        table (int): 1 DeepFashion, 2 FLD, 3 and 4 FashionAI.
        dataset (str): ``'deepfashion'``, ``'fld'`` or ``'fashionai_val'``.
        model (str): As the paper calls it.
        kind (str): ``'reg'`` for coordinates, ``'heat'`` for heatmaps.
        pcloss (bool): Trained with the position constraint.
        skeleton (bool): With left and right landmarks constrained apart.
        average (float): "NE (avg.)" in percent.
        landmarks (dict): Error in percent by landmark, NaN where the paper
            says "not released"; empty for tables 3 and 4.
    """
    table: int
    dataset: str
    model: str
    kind: str
    pcloss: bool
    skeleton: bool
    average: float
    landmarks: Dict[str, float]


def paper_rows() -> List[PaperRow]:
    """Read the rows of the paper's tables, in the paper's order.

    Examples:
        >>> row = paper_rows()[0]
        >>> row.dataset, row.model, row.average, row.landmarks['L.Collar']
        ('deepfashion', 'FashionNet', 8.75, 8.54)
    """
    errors: Dict[tuple, Dict[str, float]] = {}
    with PAPER_TABLES.open(newline='') as file:
        for line in csv.DictReader(file):
            key = (int(line['table']), line['dataset'], line['model'],
                   line['kind'], line['pcloss'] == '1',
                   line['skeleton'] == '1')
            percent = line['error_percent']
            errors.setdefault(key, {})[line['landmark']] = (
                float(percent) if percent else math.nan)
    return [
        PaperRow(*key, average=landmarks.pop(AVERAGE), landmarks=landmarks)
        for key, landmarks in errors.items()
    ]
