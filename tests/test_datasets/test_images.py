import cv2
import numpy as np
import pytest
from PIL import Image

from pcloss_mmpose.datasets.readers import find_missing, image_size, read_image

UPRIGHT = np.random.default_rng(0).integers(
    0, 256, (12, 20, 3), dtype=np.uint8)  # BGR


def test_find_missing(tmp_path):
    (tmp_path / 'a.jpg').write_text('')
    paths = [str(tmp_path / p) for p in ('a.jpg', 'b.jpg', 'no/a.jpg')]
    assert find_missing(paths) == [1, 2]


@pytest.mark.parametrize('suffix', ['jpg', 'png'])
def test_image_size(tmp_path, suffix):
    path = str(tmp_path / f'a.{suffix}')
    cv2.imwrite(path, np.zeros((20, 30, 3), dtype=np.uint8))
    assert image_size(path) == (30, 20)


@pytest.mark.parametrize('kind', ['JPEG', 'WEBP', 'PNG', 'TIFF', 'BMP'])
@pytest.mark.parametrize('orientation', range(10))
def test_image_size_is_that_of_the_decoded_image(tmp_path, kind, orientation):
    """However it is read, and whatever OpenCV makes of the orientation."""
    path = str(tmp_path / 'a.jpg')
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new('RGB', (30, 20)).save(path, kind, exif=exif)
    content = np.fromfile(path, dtype=np.uint8)
    height, width = cv2.imdecode(content, cv2.IMREAD_COLOR).shape[:2]
    assert image_size(path) == (width, height)
    for backend in ('cv2', 'pillow'):
        for color_type in ('color', 'grayscale', 'unchanged',
                           'color_ignore_orientation',
                           'grayscale_ignore_orientation'):
            options = dict(color_type=color_type, imdecode_backend=backend)
            height, width = read_image(path, **options).shape[:2]
            for decode in (False, True):
                assert image_size(path, decode,
                                  **options) == (width, height), options


def test_an_image_that_pillow_does_not_open(tmp_path, monkeypatch):
    path = str(tmp_path / 'a.png')
    cv2.imwrite(path, np.zeros((20, 30, 3), dtype=np.uint8))
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 100)
    assert image_size(path) == image_size(path, decode=True) == (30, 20)


@pytest.mark.parametrize('content, reason', [
    (b'', 'an empty file'),
    (b'nothing', 'not an image that OpenCV reads, or a broken one'),
    (None, 'Is a directory'),
])
def test_not_an_image(content, reason, tmp_path):
    path = tmp_path / 'a.jpg'
    path.mkdir() if content is None else path.write_bytes(content)
    for decode in (False, True):
        with pytest.raises(ValueError, match=f'a.jpg: {reason}$'):
            image_size(str(path), decode)
        with pytest.raises(FileNotFoundError):
            image_size(str(tmp_path / 'b.jpg'), decode)


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
