import cv2
import numpy as np
import pytest
from PIL import Image

from pcloss_mmpose.inference import find_inputs, read_image

UPRIGHT = np.random.default_rng(0).integers(
    0, 256, (12, 20, 3), dtype=np.uint8)  # BGR


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


@pytest.mark.parametrize('orientation, turn', [
    (1, lambda a: a),
    (2, lambda a: a[:, ::-1]),
    (3, lambda a: a[::-1, ::-1]),
    (4, lambda a: a[::-1]),
    (5, lambda a: a.swapaxes(0, 1)),
    (6, lambda a: np.rot90(a)),
    (7, lambda a: a.swapaxes(0, 1)[::-1, ::-1]),
    (8, lambda a: np.rot90(a, -1)),
])
def test_a_turned_picture_is_read_as_displayed(orientation, turn, tmp_path):
    """The stored pixels, and what a viewer makes of them."""
    path = str(tmp_path / 'a.jpg')
    smooth = cv2.resize(UPRIGHT[:3, :5], (200, 120))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turn(smooth)[..., ::-1]))
    stored.save(path, exif=exif, quality=98, subsampling=0)
    read = read_image(path)
    assert read.shape == smooth.shape
    assert np.abs(read.astype(int) - smooth).mean() < 3


def test_depths_and_channels(tmp_path):
    grey = UPRIGHT[..., 0]
    cases = dict(
        grey=(grey, np.repeat(grey[..., None], 3, 2)),
        rgba=(np.dstack([UPRIGHT, grey]), UPRIGHT),
        deep=(UPRIGHT.astype(np.uint16) * 257, UPRIGHT),
        deep_grey=(grey.astype(np.uint16) * 257,
                   np.repeat(grey[..., None], 3, 2)),
    )
    for name, (stored, expected) in cases.items():
        path = str(tmp_path / f'{name}.png')
        cv2.imwrite(path, stored)
        read = read_image(path)
        assert read.dtype == np.uint8, name
        assert np.array_equal(read, expected), name


def test_what_is_no_picture(tmp_path):
    (tmp_path / 'empty.jpg').write_bytes(b'')
    (tmp_path / 'text.png').write_text('a text')
    data = cv2.imencode('.jpg', cv2.resize(UPRIGHT, (300, 300)))[1].tobytes()
    (tmp_path / 'cut.jpg').write_bytes(data[:len(data) // 2])
    for name in ('empty.jpg', 'text.png', 'cut.jpg'):
        with pytest.raises(ValueError, match=f'{name}: .*broken') as error:
            read_image(str(tmp_path / name))
        assert '\n' not in str(error.value)
    with pytest.raises(FileNotFoundError):
        read_image(str(tmp_path / 'no.jpg'))
