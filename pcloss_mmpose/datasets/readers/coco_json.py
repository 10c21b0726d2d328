"""The lists of a COCO json."""
from typing import Any, Dict, List, Sequence

from .text import read_json


def read_coco(path: str, keys: Sequence[str] = ()) -> Dict[str, List[dict]]:
    """Read a json with lists of images and annotations.

    Args:
        path (str): The file.
        keys (Sequence[str]): Keys of an image, annotation or category that
            are looked up, so that no list or object may stand there.

    Returns:
        dict: ``images``, ``annotations`` and ``categories``, which may be
        absent in the file, each a list of dictionaries.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If one of the first two is no such list.
    """
    coco = read_json(path)
    coco = coco if isinstance(coco, dict) else {}
    lists = {
        name: coco[name]
        for name in ('images', 'annotations', 'categories')
        if _is_list(coco.get(name), keys)
    }
    if 'images' not in lists or 'annotations' not in lists:
        raise ValueError(f'{path}: the lists images and annotations of a COCO '
                         'json are missing')
    return {'categories': [], **lists}


def _is_list(rows: Any, keys: Sequence[str]) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, dict) for row in rows) and not any(
            isinstance(row.get(key), (list, dict)) for row in rows
            for key in keys)
