import os
import runpy
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope='session')
def shared() -> Path:
    """Folder of real annotations and photographs beside the project."""
    folder = ROOT.parent / 'shared'
    if not (folder / 'data').is_dir():
        pytest.skip('no folder of real data beside the project')
    return folder


@pytest.fixture
def run_tool(monkeypatch, capfd):
    """Run a tool as from a shell, in this process: it takes seconds less.

    By its path from the project's folder. Returns what it prints, by itself
    and through its own commands; if it fails, its errors too, which
    ``run_tool.errors`` has in any case.
    """

    def run(name, *arguments, cwd=None, code=0):
        handler = signal.getsignal(signal.SIGTERM)
        monkeypatch.setattr(sys, 'argv', [name, *map(str, arguments)])
        before = os.getcwd()
        os.chdir(cwd or before)
        found = 0
        capfd.readouterr()
        try:
            runpy.run_path(str(ROOT / name), run_name='__main__')
        except SystemExit as error:
            found = error.code
        finally:
            os.chdir(before)
            signal.signal(signal.SIGTERM, handler)
        output, run.errors = capfd.readouterr()
        if isinstance(found, str):  # as the interpreter does
            run.errors, found = run.errors + found + '\n', 1
        if found:
            output += run.errors
        assert (found or 0) == code, output
        return output

    return run
