import os
import signal
import sys

import pytest

from pcloss_mmpose.utils import check_new_folder, check_output, run_main


@pytest.fixture(autouse=True)
def tool(monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['tools/predict.py', 'a'])
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.parametrize('error', [
    FileNotFoundError('a: no such file'),
    ModuleNotFoundError('a: no such file'),
    RuntimeError('a: no such file'),
    ValueError('a: no such file')
])
def test_a_fault_is_one_sentence(error):

    def main():
        raise error

    with pytest.raises(SystemExit, match='^predict.py: a: no such file$'):
        run_main(main)


def test_what_the_system_refused_is_one_sentence(tmp_path):
    with pytest.raises(SystemExit) as stopped:
        run_main((tmp_path / 'no').read_text)
    assert str(stopped.value) == (
        f'predict.py: {tmp_path}/no: No such file or directory')


def test_a_mistake_in_a_tool_keeps_its_traceback():
    with pytest.raises(KeyError):
        run_main(lambda: {}['a'])


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_stopped(number):
    # of a shell's background job it is ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    cleaned = []

    def main():
        try:
            os.kill(os.getpid(), number)
        finally:
            cleaned.append(True)

    try:
        with pytest.raises(SystemExit, match='^predict.py: stopped, go on$'):
            run_main(main, 'stopped, go on')
    finally:
        signal.signal(signal.SIGINT, before)
    assert cleaned


def test_outputs(tmp_path):
    check_output(tmp_path / 'A.PNG', ending='.png')
    with pytest.raises(ValueError, match='^--a .*: is a folder, not a file$'):
        check_output(tmp_path, '--a')
    with pytest.raises(ValueError, match='^no/a: there is no folder no$'):
        check_output('no/a')
    with pytest.raises(ValueError, match=r'a.jpg: must end in \.png$'):
        check_output(tmp_path / 'a.jpg', ending='.png')


def test_a_new_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_new_folder('a/b')
    check_new_folder(tmp_path / 'a/b')
    assert not list(tmp_path.iterdir())
    (tmp_path / 'file').touch()
    (tmp_path / 'lost').symlink_to('nowhere')
    for folder, message in (
        ('file', '^--out file: exists: name a new folder'),
        ('.', 'exists'),
        ('lost', 'exists'),
        ('file/a/b', '^--out file/a/b: file is a file, not a folder$'),
        ('lost/a', 'lost is a file, not a folder'),
    ):
        with pytest.raises(ValueError, match=message):
            check_new_folder(folder, '--out')
    monkeypatch.setattr(os, 'access', lambda *_: False)
    with pytest.raises(ValueError, match='^a/b: cannot write in .$'):
        check_new_folder('a/b')
