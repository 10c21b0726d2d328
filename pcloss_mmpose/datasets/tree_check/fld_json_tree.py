"""FLD as MMPose prepares it: nine json files and ``img/``."""
import os.path as osp
from typing import Optional

from ..metainfo import FLD_LANDMARKS
from ..readers import LandmarkTable, read_fld_json
from ..readers.list_files import CLOTHES_TYPES, PARTITIONS, SLOTS
from .findings import EMPTY, FILES, Findings
from .places import explain_missing_file
from .tree import Tree


def read_fld_json_tree(root: str, errors: Findings) -> Optional[Tree]:
    """Read what can be read of ``root/annotations/fld_*_*.json``.

    Args:
        root (str): The folder.
        errors (Findings): Takes the mistakes in the files.

    Returns:
        Tree | None: None without a json.
    """
    names = [
        f'annotations/fld_{kind}_{split}.json' for kind in CLOTHES_TYPES
        for split in PARTITIONS
    ]
    there = [name for name in names if osp.isfile(osp.join(root, name))]
    # a garment type may be left out, all of its splits
    kinds = {name.split('_')[1] for name in there or names}
    for name in names:
        if name not in there and name.split('_')[1] in kinds:
            errors(FILES, f'{osp.join(root, name)}: no such file')
    if not there:
        errors.hint(FILES, explain_missing_file(root, names[0], 'fld_json'))

    tables, splits = [], []
    for name in there:
        _, kind, split = osp.splitext(name)[0].split('_')
        file = osp.join(root, name)
        table = errors.attempt(read_fld_json, file)
        if table is not None:
            if not table.names:
                errors(EMPTY, file)
            tables.append(table)
            splits += [split] * len(table.names)
            _check_ids(table, errors)
            _check_kind(table, kind, errors)
    if not tables:
        return None
    table = LandmarkTable.concatenate(tables)
    return Tree(root, table, splits,
                [osp.join(root, 'img', name) for name in table.names],
                CLOTHES_TYPES, SLOTS, FLD_LANDMARKS)


def _check_ids(table: LandmarkTable, errors: Findings) -> None:
    seen = set()
    for source, id_ in zip(table.sources, table.ids.tolist()):
        if id_ in seen:
            errors('annotation ids used twice',
                   f'{source}: the id is already used')
        seen.add(id_)


def _check_kind(table: LandmarkTable, kind: str, errors: Findings) -> None:
    wanted = CLOTHES_TYPES.index(kind) + 1
    for source, category in zip(table.sources, table.categories):
        if category not in (0, wanted):
            errors(
                'garments of another type than the file names',
                f'{source}: {len(SLOTS[category])} landmarks, which is '
                f'{CLOTHES_TYPES[category - 1]}')
