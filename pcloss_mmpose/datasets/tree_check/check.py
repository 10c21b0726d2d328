import os.path as osp
from functools import partial
from typing import Callable, NamedTuple, Optional

from .annotations import check_labels, check_positions, check_splits
from .fashionai_tree import check_fashionai, read_fashionai_tree
from .findings import FILES, Findings
from .fld_json_tree import read_fld_json_tree
from .images import check_images
from .layouts import find_layouts
from .list_tree import read_list_tree
from .summary import summarise
from .tree import Tree

#: How each layout is read, from its folder and with its errors.
LAYOUTS = {
    'fld': partial(read_list_tree, variation_type=True),
    'deepfashion_c': partial(read_list_tree, variation_type=False),
    'fashionai': read_fashionai_tree,
    'fld_json': read_fld_json_tree,
}

_OFFICIAL = {
    'fld': dict(train=83033, val=19992, test=19991),
    'deepfashion_c': dict(train=209222, val=40000, test=40000),
}


class TreeReport(NamedTuple):
    """What :func:`check_tree` found.

    Attributes:
        errors (Findings): What stops a training or a test.
        remarks (Findings): What is odd, but is coped with.
        tree (Tree, optional): The annotations, if they could be read at all.
    """

    errors: Findings
    remarks: Findings
    tree: Optional[Tree]

    def describe(self, every: bool = False) -> str:
        """Write the report, with all findings or three examples of each."""
        parts = [summarise(self.tree)] if self.tree else []
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
        layout (str): One of ``LAYOUTS``.
        root (str): The folder that ``data_root`` names.
        start (Callable): Called with the number of annotations, before their
            images are decoded.
        advance (Callable): Called with the number of annotations that are
            done.
    """
    errors, remarks = Findings(), Findings()
    mistaken = _describe_folder(layout, root)
    tree = None
    if mistaken:
        errors(FILES, f'{root}: {mistaken}')
    else:
        tree = LAYOUTS[layout](root, errors)
    if tree is not None:
        check_labels(tree, errors, remarks)
        check_splits(tree, _OFFICIAL.get(layout, {}), errors, remarks)
        if layout == 'fashionai':
            check_fashionai(tree, errors, remarks)
        start(len(tree.paths))
        sizes = check_images(tree, errors, remarks, advance)
        check_positions(tree, sizes, remarks)
    return TreeReport(errors, remarks, tree)


def _describe_folder(layout: str, root: str) -> Optional[str]:
    """Say what makes it pointless to read the files, if anything does."""
    if not osp.isdir(root):
        return 'not a folder' if osp.exists(root) else 'no such folder'
    found = find_layouts(root)
    # the two kinds of lists have the same files: their headers are read
    lists = {'fld', 'deepfashion_c'}
    if not found or layout in found or (layout in lists
                                        and lists.intersection(found)):
        return None
    return f'this looks like {" and ".join(found)}, not like {layout}'
