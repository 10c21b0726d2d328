from typing import Dict, List, NamedTuple, Optional, Sequence

from ..readers import LandmarkTable


class Tree(NamedTuple):
    """The annotations of a folder, those with mistakes included.

    Attributes:
        root (str): The folder.
        table (LandmarkTable): N rows. A row that could not be read has the
            category 0, a box that could not be read is NaN.
        splits (List[str]): The split of each row, '' for none.
        paths (List[str]): The image of each row.
        categories (Sequence[str]): Names of the category ids 1, 2, ...
        slots (Dict[int, List[int]]): Landmarks of each category.
        landmarks (Sequence[str]): Names of the landmark slots.
        box_sources (List[str], optional): Where the box of each row stands,
            if not where the row stands.
    """

    root: str
    table: LandmarkTable
    splits: List[str]
    paths: List[str]
    categories: Sequence[str]
    slots: Dict[int, List[int]]
    landmarks: Sequence[str]
    box_sources: Optional[List[str]] = None
