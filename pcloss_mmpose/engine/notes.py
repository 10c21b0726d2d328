"""Notes in a sample about images that could not be read.

They travel in the annotation, which reaches the main process as it is.
"""
from typing import Any, List


def add_notes(annotation: Any, notes: List[str]) -> bool:
    """Put sentences into a sample's annotation, if there is a place.

    Example:
        >>> from pcloss_mmpose.engine.notes import add_notes, read_notes
        >>> annotations = [dict(id=1), dict(id=2)]
        >>> add_notes(annotations, ['a.jpg: an empty file'])
        True
        >>> read_notes(annotations)
        ['a.jpg: an empty file']
    """
    # in each, since a transform may drop some of them
    objects = _objects(annotation)
    for of_object in objects:
        of_object['unreadable'] = notes
    return bool(objects)


def read_notes(annotation: Any) -> List[str]:
    """The notes in a sample's annotation, each once."""
    for of_object in _objects(annotation):
        return of_object.get('unreadable', [])
    return []


def _objects(annotation: Any) -> List[dict]:
    if not isinstance(annotation, list):
        annotation = [annotation]
    return [x for x in annotation if isinstance(x, dict)]
