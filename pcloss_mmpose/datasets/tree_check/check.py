import os.path as osp
from typing import Callable, List, NamedTuple, Optional, Sequence

import numpy as np

from ..benchmark import Benchmark
from ..readers.list_files import PARTITIONS
from ..readers.text import check_file
from .consistency import check_labels, check_positions, check_splits
from .findings import FILES, Findings
from .images import check_images
from .places import explain_missing_file, find_formats, tree_formats
from .tree import Tree, TreeFormat


class TreeReport(NamedTuple):
    """What :func:`check_tree` found.

    Attributes:
        errors (Findings): What stops a training or a test.
        remarks (Findings): What is odd, but is coped with.
        benchmark (Benchmark): What is known of the data set.
        tree (Tree, optional): The annotations, if they could be read at all.
    """

    errors: Findings
    remarks: Findings
    benchmark: Benchmark
    tree: Optional[Tree]

    def describe(self, every: bool = False) -> str:
        """Write the report, with all findings or three examples of each."""
        parts = []
        if self.tree:
            parts = [_summarise(self.tree, self.benchmark)]
        for title, findings in (('ERRORS', self.errors), ('remarks',
                                                          self.remarks)):
            if findings:
                lines = [f'  {line}' for line in findings.lines(every)]
                parts.append('\n'.join([title, *lines]))
        return '\n\n'.join(parts)

    def __str__(self) -> str:
        return self.describe()


def check_tree(
    layout: str,
    root: str,
    start: Callable[[int], None] = lambda total: None,
    advance: Callable[[int], None] = lambda count: None,
) -> TreeReport:
    """Check the files of a data set, all of them to the end.

    What a data set class refuses, at construction or when it loads a sample,
    is an error here, whichever split it is in.

    Args:
        layout (str): A key of :func:`tree_formats`.
        root (str): The folder that ``data_root`` names.
        start (Callable): Called with the number of annotations, before their
            images are decoded.
        advance (Callable): Called with the number of annotations that are
            done.
    """
    benchmark, form = tree_formats()[layout]
    errors, remarks = Findings(), Findings()
    mistaken = _describe_folder(layout, root)
    tree = None
    if mistaken:
        errors(FILES, f'{root}: {mistaken}')
    else:
        _check_needed(layout, form, root, errors)
        tree = form.read(root, errors)
        if tree is None and not errors:
            errors(FILES, f'{osp.join(root, form.annotations)}: no such file')
    if tree is not None:
        check_labels(tree, benchmark, errors, remarks)
        check_splits(tree, form.official, errors, remarks)
        form.check(tree, errors, remarks)
        start(len(tree.paths))
        sizes = check_images(tree, errors, remarks, advance)
        check_positions(tree, benchmark.landmarks, sizes, remarks)
    return TreeReport(errors, remarks, benchmark, tree)


def _describe_folder(layout: str, root: str) -> Optional[str]:
    """Say what makes it pointless to read the files, if anything does."""
    if not osp.isdir(root):
        return 'not a folder' if osp.exists(root) else 'no such folder'
    formats = tree_formats()
    mine = formats[layout][1].annotations
    found = find_formats(root)
    # of two formats with the same files, the reader says what is wrong
    if not found or mine in [formats[name][1].annotations for name in found]:
        return None
    return f'this looks like {" and ".join(found)}, not like {layout}'


def _check_needed(layout: str, form: TreeFormat, root: str,
                  errors: Findings) -> None:
    """Look for files that the data set's class will ask for."""
    groups = [[osp.join(root, name) for name in group]
              for group in form.needed]
    missing = []
    for group in [g for g in groups if any(map(osp.exists, g))] or groups:
        for file in group:
            try:
                _check_place(file)
            except FileNotFoundError as error:
                errors(FILES, str(error))
                missing.append(osp.relpath(file, root))
    if missing:
        errors.hint(FILES, explain_missing_file(root, missing[0], layout))


def _check_place(path: str) -> None:
    if not path.endswith('/'):
        check_file(path)
    elif not osp.isdir(path):
        raise FileNotFoundError(f'{path}: no such folder')


def _summarise(tree: Tree, benchmark: Benchmark) -> str:
    """Table of garments by split and category, and of their landmarks.

    Rows that could not be read are left out. Absent are the landmarks that
    the category has and the garment lacks, cut off or not annotated.
    """
    names = set(tree.splits) - {''}
    splits = [s for s in PARTITIONS if s in names
              ] + sorted(names - set(PARTITIONS))
    lines = [['', *splits, 'visible', 'occluded', 'absent']]
    split_of = np.array(tree.splits, dtype=object)
    labels = np.zeros((len(benchmark.categories) + 1, 3), dtype=np.int64)
    for rows, keypoints in tree.table.blocks():
        categories = tree.table.categories[rows]
        for id_, slots in enumerate(benchmark.categories.values(), 1):
            codes = keypoints[categories == id_][:, list(slots), 2]
            labels[id_] += [(codes == v).sum() for v in (2, 1, 0)]
    total = np.zeros(len(splits) + 3, dtype=np.int64)
    for id_, category in enumerate(benchmark.categories, 1):
        mine = split_of[tree.table.categories == id_]
        numbers = np.array(
            [*((mine == s).sum() for s in splits), *labels[id_]])
        total += numbers
        lines.append([category, *(f'{n:,}' for n in numbers)])
    lines.append(['all', *(f'{n:,}' for n in total)])
    return '\n'.join(_align(lines))


def _align(rows: Sequence[Sequence[str]]) -> List[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        '  '.join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths)))
        for row in rows
    ]
