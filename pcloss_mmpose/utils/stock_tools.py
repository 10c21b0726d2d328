"""MMPose's own command line scripts."""
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Callable, Optional


def find_mmpose() -> Optional[Path]:
    """Folder of the installed mmpose, None where there is none.

    It is not imported. A folder of that name without code, such as one of
    results in the working directory, is none.
    """
    spec = find_spec('mmpose')
    return Path(spec.origin).parent if spec and spec.origin else None


def find_stock_tool(name: str) -> Path:
    """Path of a script of the installed mmpose.

    Args:
        name (str): File in mmpose's ``tools/``, such as ``'train.py'``.

    Returns:
        Path: In the wheel's ``.mim``, or in the checkout that an editable
        install points to.

    Raises:
        FileNotFoundError: If mmpose is not installed or has no such script.
    """
    package = find_mmpose()
    if package is None:
        raise FileNotFoundError('mmpose is not installed in '
                                f'{sys.executable}')
    places = [
        package / '.mim' / 'tools' / name, package.parent / 'tools' / name
    ]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"mmpose's {name} is neither {places[0]} nor {places[1]}")


def run_stock_tool(name: str) -> None:
    """Run a script of the installed mmpose with this process's arguments.

    Raises:
        SystemExit: With one sentence, for a fault of the data or a full disk,
            or where mmpose is not installed.
    """
    try:
        tool = str(find_stock_tool(name))
    except FileNotFoundError as error:
        sys.exit(f'{name}: {error}')
    sys.argv[0] = tool
    try:
        runpy.run_path(tool, run_name='__main__')
    except Exception as error:
        # Not above: the renderer, which imports this folder, has no torch.
        from ..engine.faults import sentence_of
        told = sentence_of(error)
        if told is None:
            raise
        sys.exit(told)


def call_stock_tool(name: str,
                    arguments: list,
                    log: Path,
                    watch: Optional[Callable[[str], None]] = None) -> None:
    """Run a script of the installed mmpose in a process of its own.

    Args:
        name (str): File in mmpose's ``tools/``.
        arguments (list): Its command line.
        log (Path): Gets appended what the script prints.
        watch (callable, optional): Gets each of these lines.

    Raises:
        RuntimeError: If the script fails; with its last line.
    """
    # Through the package, so that it reads checkpoints under torch 2.6 and
    # later whatever the config imports.
    code = ('from pcloss_mmpose.utils import run_stock_tool; '
            f'run_stock_tool({name!r})')
    command = [sys.executable, '-c', code, *map(str, arguments)]
    last = ''
    with open(log, 'a') as file, subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True) as process:
        try:
            for line in process.stdout or ():
                file.write(line)
                last = line.strip() or last
                if watch:
                    watch(line)
        except BaseException:  # no orphan
            process.terminate()
            raise
    if process.returncode:
        raise RuntimeError(f"mmpose's {name} failed: {last} (its whole output "
                           f'is in {log})')
