"""MMPose's own command line scripts."""
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path


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
    spec = find_spec('mmpose')
    if spec is None:
        raise FileNotFoundError('mmpose is not installed in '
                                f'{sys.executable}')
    package = Path(spec.origin).parent
    places = [
        package / '.mim' / 'tools' / name, package.parent / 'tools' / name
    ]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"mmpose's {name} is neither {places[0]} nor {places[1]}")


def run_stock_tool(name: str) -> None:
    """Run a script of the installed mmpose with this process's arguments."""
    tool = str(find_stock_tool(name))
    sys.argv[0] = tool
    runpy.run_path(tool, run_name='__main__')
