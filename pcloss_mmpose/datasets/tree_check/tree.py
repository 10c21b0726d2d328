import os.path as osp
from dataclasses import dataclass, field
from glob import escape, glob
from typing import Callable, List, Mapping, NamedTuple, Optional, Sequence

from ..readers import LandmarkTable
from .findings import EMPTY, Findings


class Tree(NamedTuple):
    """The annotations of a folder, those with mistakes included.

    Attributes:
        root (str): The folder.
        table (LandmarkTable): N rows. A row that could not be read has the
            category 0, a box that could not be read is NaN.
        splits (List[str]): The split of each row, '' for none.
        paths (List[str]): The image of each row.
        box_sources (List[str], optional): Where the box of each row stands,
            if not where the row stands.
    """

    root: str
    table: LandmarkTable
    splits: List[str]
    paths: List[str]
    box_sources: Optional[List[str]] = None


def _no_check(tree: Tree, errors: Findings, remarks: Findings) -> None:
    """Nothing that only one data set can have."""


@dataclass(frozen=True)
class TreeFormat:
    """How a data set lies in a folder: by files of one split each.

    Args:
        what (str): What the files are, for the tool's help.
        annotations (str): The files, a pattern of names below the folder; its
            last ``*`` stands for the split. A folder is told by them.
        reader (Callable): Reads one, given its path and ``report``, to a
            ``LandmarkTable``.
        needed (Sequence[Sequence[str]]): Names of files, or of folders, which
            end with ``/``. One group of them must be there, and none of those
            that are may be incomplete.
        images (str): The folder that image names are relative to; ``{split}``
            in it stands for the split. Defaults to the data set's.
        official (Mapping[str, int]): Size of each official split.
        is_one (Callable): Whether a file that fits the pattern belongs to
            the format. Defaults to all.
        check (Callable): Looks for mistakes that only this data set can have;
            called with the tree, errors and remarks.
    """

    what: str
    annotations: str
    reader: Callable[..., LandmarkTable]
    needed: Sequence[Sequence[str]] = ()
    images: str = ''
    official: Mapping[str, int] = field(default_factory=dict)
    is_one: Callable[[str], bool] = osp.isfile
    check: Callable[[Tree, Findings, Findings], None] = _no_check

    def files(self, root: str) -> List[str]:
        """Those of the annotations that are there."""
        pattern = osp.join(escape(root), self.annotations)
        return [file for file in sorted(glob(pattern)) if self.is_one(file)]

    def _split_of(self, file: str) -> str:
        *_, before, after = self.annotations.split('*')
        return file[:len(file) - len(after)].rsplit(before or '/', 1)[-1]

    def read(self, root: str, errors: Findings) -> Optional[Tree]:
        """Read what can be read.

        Args:
            root (str): The folder.
            errors (Findings): Takes the mistakes in the files.

        Returns:
            Tree | None: None if nothing can.
        """
        tables, splits = [], []
        for file in self.files(root):
            table = errors.attempt(self.reader, file)
            if table is not None:
                if not table.names:
                    errors(EMPTY, file)
                tables.append(table)
                splits += [self._split_of(file)] * len(table.names)
                seen = set()
                for source, id_ in zip(table.sources, table.ids.tolist()):
                    if id_ in seen:
                        errors('annotation ids used twice',
                               f'{source}: the id is already used')
                    seen.add(id_)
        if not tables:
            return None
        table = LandmarkTable.concatenate(tables)
        return Tree(root, table, splits, [
            osp.join(root, self.images.format(split=split), name)
            for name, split in zip(table.names, splits)
        ])
