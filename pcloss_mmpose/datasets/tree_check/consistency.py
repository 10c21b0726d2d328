"""Mistakes that only show when files, images and splits come together."""
from typing import Dict, Mapping, Sequence, Tuple

import numpy as np

from ..benchmark import Benchmark
from ..checks import find_outside
from .findings import Findings
from .tree import Tree


def check_labels(tree: Tree, benchmark: Benchmark, errors: Findings,
                 remarks: Findings) -> None:
    """Look for garments, and for splits, without a labelled landmark.

    And for landmarks that the category of a garment does not have.
    """
    labelled = tree.table.num_labelled > 0
    splits = np.array(tree.splits, dtype=object)
    for split in sorted(set(tree.splits)):
        rows = np.flatnonzero((splits == split) & (tree.table.categories > 0))
        if len(rows) and not labelled[rows].any():
            errors('splits without a labelled landmark',
                   f'{tree.table.sources[rows[0]]}: {split}')
        else:
            for row in rows[~labelled[rows]]:
                remarks('garments without a labelled landmark, left out',
                        tree.table.sources[row])
    names = list(benchmark.categories)
    has = np.ones((len(names) + 1, len(benchmark.landmarks)), dtype=bool)
    for id_, name in enumerate(names, 1):
        has[id_] = False
        has[id_, list(benchmark.categories[name])] = True
    for rows, keypoints in tree.table.blocks():
        categories = tree.table.categories[rows]
        alien = (keypoints[..., 2] > 0) & ~has[categories]
        for i, slot in np.argwhere(alien):
            remarks(
                'landmarks that the category does not have',
                f'{tree.table.sources[rows[i]]}: {names[categories[i] - 1]} '
                f'with {benchmark.landmarks[slot]}')


def check_splits(tree: Tree, official: Mapping[str, int], errors: Findings,
                 remarks: Findings) -> None:
    """Look for images in two splits and for splits of unusual size."""
    if '' not in tree.splits:  # else their file is the mistake
        for split, count in official.items():
            found = tree.splits.count(split)
            if not found:
                errors('splits without an image', split)
            elif found != count:
                remarks('splits that are not as large as the official ones',
                        f'{split}: {found:,}, officially {count:,}')
    first: Dict[str, Tuple[str, int]] = {}
    for i, (path, split) in enumerate(zip(tree.paths, tree.splits)):
        other, j = first.setdefault(path, (split, i))
        if other != split:
            remarks(
                'images in two splits',
                f'{tree.table.sources[i]}: {tree.table.names[i]} is in '
                f'{tree.table.sources[j]}')


def check_positions(tree: Tree, landmarks: Sequence[str], sizes: np.ndarray,
                    remarks: Findings) -> None:
    """Compare landmarks, boxes and sizes with the images.

    Args:
        tree (Tree): The annotations.
        landmarks (Sequence[str]): Their names.
        sizes (np.ndarray): (width, height) of each row's image in shape
            (N, 2), NaN where it is not known.
        remarks (Findings): Takes what lies outside.
    """
    table = tree.table
    in_image = [f'in an image of {w:.0f} x {h:.0f}' for w, h in sizes]
    for rows, keypoints in table.blocks():
        outside = find_outside(keypoints[..., :2], sizes[rows])
        for i, landmark in np.argwhere(outside):
            x, y = keypoints[i, landmark, :2]
            remarks(
                'landmarks more than a pixel outside their image',
                f'{table.sources[rows[i]]}: {landmarks[landmark]} at '
                f'({x:g}, {y:g}) {in_image[rows[i]]}')
    if table.boxes is not None:
        sources = tree.box_sources or table.sources
        corners = table.boxes.reshape(-1, 2, 2)
        for row in np.flatnonzero(find_outside(corners, sizes).any(axis=1)):
            box = ' '.join(f'{c:g}' for c in table.boxes[row])
            remarks('boxes more than a pixel outside their image',
                    f'{sources[row]}: the box {box} {in_image[row]}')
    if table.sizes is not None:
        known = np.isfinite(sizes).all(axis=1)
        for row in np.flatnonzero(known & (sizes != table.sizes).any(axis=1)):
            width, height = table.sizes[row]
            remarks(
                'images of another size than the annotations say',
                f'{table.sources[row]}: {width:.0f} x {height:.0f}, but '
                f'{sizes[row, 0]:.0f} x {sizes[row, 1]:.0f}')
