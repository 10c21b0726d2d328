"""What a reader does with a mistake in a file: refuse it, or report it."""
from typing import Callable

#: Takes a kind of mistake, one of those below, and a sentence that names the
#: place. If it returns, the reader goes on.
Report = Callable[[str, str], None]

BAD_HEADER = 'headers and row counts'
BAD_ROW = 'rows that break the format'
BAD_NAME = 'image names that can not be used'
LISTED_TWICE = 'images listed twice'
IN_ONE_LIST = 'images in one list only'
BAD_VISIBILITY = 'unknown visibility codes'
EMPTY_BOX = 'empty boxes'


def refuse(kind: str, message: str) -> None:
    """The readers' default: what a training could not use stops it.

    Raises:
        ValueError: With the message.
    """
    raise ValueError(message)
