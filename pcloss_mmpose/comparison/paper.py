"""The tables of the paper, as data.

Source: "Position Constraint Loss for Fashion Landmark Estimation", slides,
2020, tables 1 to 4. Figures are normalised errors in percent.
"""
import csv
import math
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

from ..datasets.benchmark import find_benchmark, registered_benchmarks

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

    @property
    def label(self) -> str:
        """How tables call the row: "pc-skel" as in names of configs."""
        suffix = ' pc-skel' if self.skeleton else ' pc' if self.pcloss else ''
        return f'{self.model}{suffix}'


def paper_rows() -> List[PaperRow]:
    """Read the rows of the paper's tables, in the paper's order.

    Examples:
        >>> row = paper_rows()[0]
        >>> row.dataset, row.model, row.average, row.landmarks['L.Collar']
        ('deepfashion', 'FashionNet', 8.75, 8.54)
    """
    errors: Dict[Tuple[int, str, str, str, bool, bool], Dict[str, float]] = {}
    with PAPER_TABLES.open(newline='') as file:
        for line in csv.DictReader(file):
            key = (int(line['table']), line['dataset'], line['model'],
                   line['kind'], line['pcloss'] == '1',
                   line['skeleton'] == '1')
            percent = line['error_percent']
            errors.setdefault(key, {})[line['landmark']] = (
                float(percent) if percent else math.nan)
    return [
        PaperRow(*key, landmarks.pop(AVERAGE), landmarks)
        for key, landmarks in errors.items()
    ]


def paper_rows_for(name: str, dataset: str) -> List[PaperRow]:
    """The paper's rows to stand beside models of a data set.

    The landmarks are called as in our data sets; what two of the paper's
    tables have is there once.

    Args:
        name (str): Of a benchmark that the paper has tables of.
        dataset (str): ``dataset_name`` of the models' test set.

    Raises:
        ValueError: If the models' data set is another one.

    Examples:
        >>> row = paper_rows_for('fld', 'fld')[-1]
        >>> row.label, row.landmarks['left collar']
        ('SPB pc-skel', 2.86)
    """
    benchmark = registered_benchmarks()[name]
    datasets = [name] + [
        part for part, category in benchmark.parts.items()
        if len(benchmark.categories[category]) == len(benchmark.landmarks)
    ]
    if dataset not in datasets:
        raise ValueError(
            f"the paper's {name} is the data set {' or '.join(datasets)}, "
            f"the runs are on {dataset or 'one that the pickle does not name'}"
        )
    rows: Dict[str, PaperRow] = {}
    for table in benchmark.paper:
        for row in paper_rows():
            if row.table == table:
                errors = dict(zip(benchmark.landmarks, row.landmarks.values()))
                rows.setdefault(row.label, row._replace(landmarks=errors))
    return list(rows.values())


def subset_note(dataset: str) -> List[str]:
    """What to say of runs on a part of the paper's data, if they are."""
    benchmark = find_benchmark(dataset)
    if not benchmark or dataset == benchmark.name:
        return []
    return [
        f'The runs are on {dataset}, the {benchmark.parts[dataset]}-body '
        f'garments of {benchmark.name} alone; the paper\'s rows are '
        'over all garment types.'
    ]
