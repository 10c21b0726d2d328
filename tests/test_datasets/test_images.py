import cv2
import numpy as np
import pytest
from PIL import Image

from pcloss_mmpose.datasets.readers import find_missing, image_size


def test_find_missing(tmp_path):
    (tmp_path / 'a.jpg').write_text('')
    paths = [str(tmp_path / p) for p in ('a.jpg', 'b.jpg', 'no/a.jpg')]
    assert find_missing(paths) == [1, 2]


@pytest.mark.parametrize('suffix', ['jpg', 'png'])
def test_image_size(tmp_path, suffix):
    path = str(tmp_path / f'a.{suffix}')
    cv2.imwrite(path, np.zeros((20, 30, 3), dtype=np.uint8))
    assert image_size(path) == (30, 20)


@pytest.mark.parametrize('orientation', [1, 3, 6, 8])
def test_image_size_is_that_of_the_decoded_image(tmp_path, orientation):
    path = str(tmp_path / 'a.jpg')
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new('RGB', (30, 20)).save(path, exif=exif)
    height, width = cv2.imread(path, cv2.IMREAD_COLOR).shape[:2]
    assert image_size(path) == (width, height)


def test_not_an_image(tmp_path):
    (tmp_path / 'a.jpg').write_text('nothing')
    with pytest.raises(ValueError, match='a.jpg: not an image'):
        image_size(str(tmp_path / 'a.jpg'))
    with pytest.raises(FileNotFoundError):
        image_size(str(tmp_path / 'b.jpg'))
