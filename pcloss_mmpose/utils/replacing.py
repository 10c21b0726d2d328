import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Union


@contextmanager
def replacing(path: Union[str, Path]) -> Iterator[Path]:
    """A name to write to, which becomes the file if all goes well.

    Until then what was there stays. The name is ``.part-NAME`` in the same
    folder: hidden, and with the same ending, by which many libraries choose
    a format. Of a process that is killed it is left behind, until the same
    file is written again.

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
    part = path.with_name(f'.part-{path.name}')
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
