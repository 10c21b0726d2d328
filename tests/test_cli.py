"""The command pcloss-mmpose."""
import sys
from pathlib import Path

import pytest

from pcloss_mmpose import cli
from pcloss_mmpose.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[1]
# What sets the environment up, and what shows the plugin in a checkout.
NOT_COMMANDS = {'setup_env.py', 'demo.py'}


@pytest.fixture(autouse=True)
def _process(monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['pcloss-mmpose'])
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.setitem(sys.modules, '__main__', sys.modules['__main__'])


def test_each_tool_is_a_command():
    tools = {
        path.relative_to(ROOT / 'tools').as_posix()
        for path in (ROOT / 'tools').rglob('*.py')
    }
    assert set(COMMANDS.values()) == tools - NOT_COMMANDS


def test_help(capsys):
    main(['--help'])
    output = capsys.readouterr().out
    for command in COMMANDS:
        assert f'  {command} ' in output
    main([])
    assert capsys.readouterr().out == output


@pytest.mark.parametrize('command', sorted(set(COMMANDS) - {'train', 'test'}))
def test_a_command_is_its_tool(command, capsys):
    with pytest.raises(SystemExit) as exit:
        main([command, '--help'])
    assert exit.value.code in (0, None)
    output = capsys.readouterr().out
    assert output.startswith(f'usage: pcloss-mmpose {command} ')


def test_a_command_by_the_name_of_its_file(capsys):
    with pytest.raises(SystemExit):
        main(['export_onnx', '--help'])
    assert capsys.readouterr().out.startswith('usage: pcloss-mmpose export ')


def test_an_unknown_command():
    with pytest.raises(SystemExit) as exit:
        main(['teach'])
    assert 'pcloss-mmpose: teach: no such command, but train, test, ' in str(
        exit.value)


def test_a_command_where_mmpose_is_not_installed(monkeypatch):
    monkeypatch.setattr(cli, 'find_mmpose', lambda: None)
    monkeypatch.setitem(sys.modules, 'pcloss_mmpose.comparison', None)
    with pytest.raises(SystemExit) as exit:
        main(['compare', 'a', 'b'])
    assert str(exit.value).startswith(
        'pcloss-mmpose compare: needs MMPose, which is not installed: ')
