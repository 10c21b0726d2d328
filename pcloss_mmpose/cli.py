"""The command ``pcloss-mmpose``: the tools, as its subcommands."""
import sys
from pathlib import Path
from types import ModuleType
from typing import List, Optional

from .utils import find_mmpose

#: Subcommand -> file below ``tools``.
COMMANDS = {
    'train': 'train.py',
    'test': 'test.py',
    'compare': 'compare.py',
    'predict': 'predict.py',
    'doctor': 'doctor.py',
    'check-dataset': 'check_dataset.py',
    'new-dataset': 'new_dataset.py',
    'render': 'dataset_converters/render_garments.py',
    'export': 'export_onnx.py',
}


def main(arguments: Optional[List[str]] = None) -> None:
    """Run a tool with the arguments after its name.

    Args:
        arguments (list[str], optional): Defaults to those of the process.

    Raises:
        SystemExit: With what the tool exits with.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments else '--help'
    # by the name of the file, too
    stems = {Path(file).stem: command for command, file in COMMANDS.items()}
    name = stems.get(name, name)
    if name in ('-h', '--help'):
        print('usage: pcloss-mmpose COMMAND ...\n\n' + '\n'.join(
            f'  {command:<14} {summary(command)}' for command in COMMANDS) +
              '\n\npcloss-mmpose COMMAND --help tells the rest.')
        return
    if name not in COMMANDS:
        sys.exit(f'pcloss-mmpose: {name}: no such command, but '
                 f'{", ".join(COMMANDS)}')
    path = tool(name)
    sys.argv = [f'pcloss-mmpose {name}', *arguments[1:]]
    sys.path[0] = str(path.parent)  # as of a script that is called
    # what runpy does, which would name the file in messages
    module = ModuleType('__main__')
    module.__file__ = str(path)
    sys.modules['__main__'] = module
    code = compile(path.read_text(encoding='utf-8'), str(path), 'exec')
    try:
        exec(code, vars(module))
    except ModuleNotFoundError as error:
        if find_mmpose() is not None:
            raise
        sys.exit(f'pcloss-mmpose {name}: needs MMPose, which is not installed:'
                 f' {error}')


def tool(command: str) -> Path:
    """The file of a subcommand: of the installed package, or the checkout."""
    here = Path(__file__).parent
    folder = here / '.mim' if (here / '.mim').is_dir() else here.parent
    return folder / 'tools' / COMMANDS[command]


def summary(command: str) -> str:
    """The first line of a tool, without running it."""
    first = tool(command).read_text(encoding='utf-8').splitlines()[0]
    return first.strip('"')
