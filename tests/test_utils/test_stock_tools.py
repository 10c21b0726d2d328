from importlib.machinery import PathFinder

import pytest

from pcloss_mmpose.utils import (call_stock_tool, find_mmpose, run_stock_tool,
                                 stock_tools)


def test_a_failing_script_is_one_sentence(tmp_path):
    log = tmp_path / 'log'
    with pytest.raises(RuntimeError) as error:
        call_stock_tool('test.py', ['nowhere.py', 'nowhere.pth'], log)
    assert '\n' not in str(error.value) and 'nowhere.py' in str(error.value)
    assert str(log) in str(error.value) and 'Traceback' in log.read_text()


@pytest.mark.parametrize('error, told', [
    ("OSError(28, 'No space left on device', 'log')",
     'could not be written .log.: No space left on device; free some space'),
    ("Fault('a.jpg: an empty file')", '^a.jpg: an empty file$'),
    ("ValueError('else')", None),
])
def test_a_fault_before_a_run_is_one_sentence(tmp_path, monkeypatch, error,
                                              told):
    script = tmp_path / 'train.py'
    script.write_text('from pcloss_mmpose.engine.faults import Fault\n'
                      f'raise {error}')
    monkeypatch.setattr(stock_tools, 'find_stock_tool', lambda name: script)
    monkeypatch.setattr('sys.argv', ['train.py'])
    with pytest.raises(SystemExit if told else ValueError, match=told):
        run_stock_tool('train.py')


def test_a_folder_of_that_name_is_no_mmpose(tmp_path, monkeypatch):
    """Such as one of results, in the working directory."""
    assert (find_mmpose() / 'apis').is_dir()
    (tmp_path / 'mmpose').mkdir()
    monkeypatch.setattr(
        stock_tools, 'find_spec',
        lambda name: PathFinder.find_spec(name, [str(tmp_path)]))
    assert find_mmpose() is None
    with pytest.raises(SystemExit, match='^train.py: mmpose is not installed'):
        run_stock_tool('train.py')
    (tmp_path / 'mmpose/__init__.py').touch()
    assert find_mmpose() == tmp_path / 'mmpose'
