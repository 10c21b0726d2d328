import pytest

from pcloss_mmpose.inference import find_inputs


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'')


def test_a_folder_with_its_sub_folders(tmp_path):
    touch(tmp_path, 'b.jpg', 'a/b.jpg', 'a/b.png', 'a/é x.MP4', '.hidden.jpg',
          '.git/c.jpg', 'out/predictions/b.jpg.json', 'notes.txt')
    found = find_inputs(str(tmp_path), str(tmp_path / 'out'))
    assert [i.name for i in found
            ] == ['a/b.jpg', 'a/b.png', 'a/é x.MP4', 'b.jpg', 'notes.txt']
    assert [i.is_video for i in found] == [False, False, True, False, False]
    assert found[0].path == str(tmp_path / 'a/b.jpg')


def test_one_file_and_none(tmp_path):
    touch(tmp_path, 'a/b.jpg')
    (found, ) = find_inputs(str(tmp_path / 'a/b.jpg'), 'out')
    assert found.name == 'b.jpg'
    with pytest.raises(FileNotFoundError, match='no such picture, video or'):
        find_inputs(str(tmp_path / 'no.jpg'), 'out')
    with pytest.raises(ValueError, match='the folder holds no files'):
        find_inputs(str(tmp_path), str(tmp_path / 'a'))
