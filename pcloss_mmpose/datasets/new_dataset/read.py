"""Tell the tool that an export is from, and read it."""
from pathlib import Path
from typing import Union

from .annotations import Annotations, read_json
from .coco import read_coco
from .cvat import read_cvat
from .label_studio import read_label_studio
from .labelme import read_labelme


def read_export(path: Union[str, Path]) -> Annotations:
    """Read what an annotation tool exports.

    COCO's key points (CVAT, Roboflow, COCO Annotator, Label Studio), Label
    Studio's JSON, CVAT's XML, or a folder of labelme's jsons: the content
    tells which.

    Args:
        path (str | Path): A file, or labelme's folder.

    Returns:
        Annotations: With at least one landmark.

    Raises:
        FileNotFoundError: If there is nothing at the path.
        ValueError: If it is none of these, or broken, naming the place.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f'{path}: no such file or folder')
    if path.is_dir():
        if not any(path.rglob('*.json')):
            raise ValueError(f'{path}: holds no json of labelme')
        found = read_labelme(path)
    elif path.suffix.lower() == '.xml':
        found = read_cvat(path)
    else:
        content = read_json(path)
        if isinstance(content, list) and content and all(
                isinstance(task, dict) for task in content):
            found = read_label_studio(content, path)
        elif isinstance(content, dict) and 'annotations' in content:
            found = read_coco(path)
        elif isinstance(content, dict) and 'shapes' in content:
            raise ValueError(f'{path}: a json of labelme is for one picture: '
                             'give the folder')
        else:
            raise ValueError(
                f"{path}: neither COCO's key points (an object with images, "
                'annotations, categories) nor a list of tasks of Label Studio')
    if not any(picture.instances for picture in found.pictures):
        raise ValueError(f'{path}: no object has a landmark')
    return found
