import pytest

from pcloss_mmpose.utils import replacing


def test_half_a_file_leaves_nothing_behind(tmp_path):
    target = tmp_path / 'a.json'
    target.write_text('earlier')
    with pytest.raises(OSError):
        with replacing(str(target)) as part:
            assert part.parent == tmp_path and part.suffix == '.json'
            part.write_text('half')
            raise OSError('disk full')
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_text() == 'earlier'


def test_nothing_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        with replacing(tmp_path / 'a.json'):
            pass
