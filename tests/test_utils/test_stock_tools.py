import pytest

from pcloss_mmpose.utils import call_stock_tool, run_stock_tool, stock_tools


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
