"""Files that are whole or not there."""
import os
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Union


@contextmanager
def replacing(path: Union[str, Path]) -> Iterator[Path]:
    """A name to write to, which becomes the file if all goes well.

    Until then what was there stays. The name is ``.part-ID-NAME`` in the same
    folder: hidden, and with the same ending, by which many libraries choose
    a format. Each call has its own, so that two processes may write the same
    file: it is that of the last one. The data is on the disk before the name.
    Of a process that is killed it is left behind, see :func:`remove_parts`.

    Args:
        path (str | Path): A file whose folder exists.

    Yields:
        Path: The name to write to.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from pcloss_mmpose.utils import replacing
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replacing(f'{folder}/a.txt') as part:
        ...         _ = part.write_text('1')
        ...     [(f.name, f.read_text()) for f in Path(folder).iterdir()]
        [('a.txt', '1')]
    """
    path = Path(path)
    part = path.with_name(f'.part-{uuid.uuid4().hex[:8]}-{path.name}')
    try:
        yield part
        with open(part, 'rb+') as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        if part.exists():
            part.unlink()


def remove_parts(folder: Union[str, Path], pattern: str) -> None:
    """Remove what processes left behind that were killed while they wrote.

    Args:
        folder (str | Path): Where nobody else is writing these files.
        pattern (str): Of the names of the files, as in ``Path.glob``.
    """
    for part in Path(folder).glob(f'.part-????????-{pattern}'):
        part.unlink()
