"""How the tools begin and end."""
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Tuple, Union


def run_main(main: Callable[[], None], stopped: str = 'stopped') -> None:
    """Run a tool, whose faults end it with one sentence.

    Ctrl-C and SIGTERM stop it alike, so that no process of its own is left.

    Args:
        main (callable): The tool.
        stopped (str): What is said then.

    Raises:
        SystemExit: With the sentence of an ``ImportError``, ``OSError``,
            ``RuntimeError`` or ``ValueError``, after the name of the tool;
            of what the system refused, the file and its reason.

    Example:
        >>> import sys
        >>> from pcloss_mmpose.utils import run_main
        >>> sys.argv = ['tools/predict.py']
        >>> run_main(lambda: int('one'))
        Traceback (most recent call last):
        ...
        SystemExit: predict.py: invalid literal for int() with base 10: 'one'
    """
    name = Path(sys.argv[0]).name
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        told = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            told = f'{error.filename}: {error.strerror}'
        sys.exit(f'{name}: {told}')
    except KeyboardInterrupt:
        sys.exit(f'{name}: {stopped}')


def check_output(file: Union[str, Path],
                 option: str = '',
                 ending: str = '') -> None:
    """Refuse a file that could not be written, before any work is done.

    Args:
        file (str | Path): The file to be; it may be there already.
        option (str): By which it was given, for the message.
        ending (str): That its name must have.

    Raises:
        ValueError: If it is a folder, or its folder is not there or cannot
            be written, or its name ends otherwise.

    Example:
        >>> from pcloss_mmpose.utils import check_output
        >>> check_output('no/folder/a.csv', '--csv')
        Traceback (most recent call last):
        ...
        ValueError: --csv no/folder/a.csv: there is no folder no/folder
    """
    what = f'{option} {file}'.strip()
    folder = os.path.dirname(file) or '.'
    if not str(file).lower().endswith(ending):
        raise ValueError(f'{what}: must end in {ending}')
    if os.path.isdir(file):
        raise ValueError(f'{what}: is a folder, not a file')
    if not os.path.isdir(folder):
        raise ValueError(f'{what}: there is no folder {folder}')
    if not os.access(folder, os.W_OK):
        raise ValueError(f'{what}: cannot write in {folder}')


def check_new_folder(folder: Union[str, Path], option: str = '') -> None:
    """Refuse a folder that is there or could not be made.

    Args:
        folder (str | Path): The folder to be, with those above it.
        option (str): By which it was given, for the message.

    Raises:
        ValueError: If it exists, or what is above it is a file or cannot be
            written.

    Example:
        >>> from pcloss_mmpose.utils import check_new_folder
        >>> check_new_folder('README.md/a', '--out')
        Traceback (most recent call last):
        ...
        ValueError: --out README.md/a: README.md is a file, not a folder
    """
    what = f'{option} {folder}'.strip()
    if os.path.lexists(folder):
        raise ValueError(f'{what}: exists: name a new folder, or delete it')
    above = os.path.dirname(folder) or '.'
    while not os.path.lexists(above):
        above = os.path.dirname(above) or '.'
    if not os.path.isdir(above):
        raise ValueError(f'{what}: {above} is a file, not a folder')
    if not os.access(above, os.W_OK):
        raise ValueError(f'{what}: cannot write in {above}')


@contextmanager
def progress(title: str, total: Optional[int] = None) -> Iterator[Tuple]:
    """A bar on the terminal while something long goes on, else nothing.

    Args:
        title (str): What goes on.
        total (int, optional): Its steps, if they are known yet.

    Yields:
        tuple: The ``rich.progress.Progress``, and the number of its task.
    """
    # here: who needs no bar needs no rich
    from rich.console import Console
    from rich.progress import (BarColumn, MofNCompleteColumn, Progress,
                               TimeRemainingColumn)
    console = Console(stderr=True)
    columns: Any = (title, BarColumn(), MofNCompleteColumn(),
                    TimeRemainingColumn())
    with Progress(
            *columns,
            console=console,
            transient=True,
            disable=not console.is_terminal) as bar:
        yield bar, bar.add_task('', total=total)
