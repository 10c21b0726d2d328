import pytest

from pcloss_mmpose.utils import remove_parts, replacing


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


def test_two_write_the_same_file_at_once(tmp_path):
    target = tmp_path / 'a.json'
    with replacing(target) as first:
        first.write_text('first')
        with replacing(target) as second:
            second.write_text('second')
        assert target.read_text() == 'second'
    assert target.read_text() == 'first'
    assert list(tmp_path.iterdir()) == [target]


def test_the_data_is_on_the_disk_before_the_name(tmp_path, monkeypatch):
    done = []
    for name in 'fsync', 'replace':
        monkeypatch.setattr(f'pcloss_mmpose.utils.writing.os.{name}',
                            lambda *args, name=name: done.append(name))
    with replacing(tmp_path / 'a') as part:
        part.write_text('1')
    assert done == ['fsync', 'replace']


def test_what_a_kill_leaves_is_removed(tmp_path):
    with pytest.raises(FileNotFoundError):
        with replacing(tmp_path / 'epoch_1.pth') as part:
            left = part.with_name(part.name)
    left.write_text('half')
    others = {tmp_path / '.part-mine', tmp_path / 'epoch_2.pth'}
    for other in others:
        other.write_text('')
    remove_parts(tmp_path, '*.json')
    assert left.exists()
    remove_parts(tmp_path, '*.pth')
    assert set(tmp_path.iterdir()) == others
