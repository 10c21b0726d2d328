"""The lists of a COCO json."""
from typing import Dict, List, Sequence

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
        name: rows
        for name, rows in coco.items() if isinstance(rows, list) and all(
            isinstance(row, dict) and not any(
                isinstance(row.get(key), (list, dict)) for key in keys)
            for row in rows)
    }
    if 'images' not in lists or 'annotations' not in lists:
        raise ValueError(f'{path}: the lists images and annotations of a COCO '
                         'json are missing')
    return {'categories': [], **lists}
