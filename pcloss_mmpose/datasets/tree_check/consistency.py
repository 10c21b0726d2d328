"""Mistakes that only show when files, images and splits come together."""
from typing import Mapping, Sequence

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
    labelled = (tree.table.keypoints[..., 2] > 0).any(axis=1)
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
    for id_, (category, slots) in enumerate(benchmark.categories.items(), 1):
        mine = np.flatnonzero(tree.table.categories == id_)
        alien = tree.table.keypoints[mine, :, 2] > 0
        alien[:, list(slots)] = False
        for row, slot in np.argwhere(alien):
            remarks(
                'landmarks that the category does not have',
                f'{tree.table.sources[mine[row]]}: {category} with '
                f'{benchmark.landmarks[slot]}')


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
    first = {}
    for i, (name, split) in enumerate(zip(tree.table.names, tree.splits)):
        other, j = first.setdefault(name, (split, i))
        if other != split:
            remarks(
                'images in two splits',
                f'{tree.table.sources[i]}: {name} is in '
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
    outside = find_outside(table.keypoints[..., :2], sizes)
    for row, landmark in np.argwhere(outside):
        x, y = table.keypoints[row, landmark, :2]
        remarks(
            'landmarks more than a pixel outside their image',
            f'{table.sources[row]}: {landmarks[landmark]} at '
            f'({x:g}, {y:g}) {in_image[row]}')
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
