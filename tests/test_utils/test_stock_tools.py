import pytest

from pcloss_mmpose.utils import call_stock_tool


def test_a_failing_script_is_one_sentence(tmp_path):
    log = tmp_path / 'log'
    with pytest.raises(RuntimeError) as error:
        call_stock_tool('test.py', ['nowhere.py', 'nowhere.pth'], log)
    assert '\n' not in str(error.value) and 'nowhere.py' in str(error.value)
    assert str(log) in str(error.value) and 'Traceback' in log.read_text()
