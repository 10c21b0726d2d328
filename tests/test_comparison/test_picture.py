import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

from pcloss_mmpose.comparison import draw_differences, picture, read_models
from pcloss_mmpose.comparison.seeds import Model


@pytest.fixture
def models(write, make_samples, paint):

    def models(*runs):
        files = []
        for n, errors in enumerate(runs):
            table = np.zeros((len(errors), 8))
            table[:, 0] = errors
            files.append(str(write(f'{n}.pkl', paint(make_samples(table)))))
        return read_models(files)

    return models


@pytest.mark.parametrize('runs', [
    [[1., 50., 3.], [1., 2., 3.]],
    [[1., 50., 3.], [1., 50., 3.], [2., 2., 3.]],
    [[1., 50., 3.]],
])
def test_picture_shows_where_models_differ_most(runs, models, tmp_path):
    draw_differences(models(*runs), tmp_path / 'one.png', num_images=1)
    picture = cv2.imread(str(tmp_path / 'one.png'))
    # of the three grey images the second one, value 40, fills the panels
    grey = (picture == 40).all(-1).mean()
    assert grey > 0.1 > (picture == 80).all(-1).mean()
    assert not list(tmp_path.glob('.*'))


@pytest.mark.parametrize('number', [1, 3, 5])
def test_titles_stay_in_their_columns(number, models, tmp_path, monkeypatch):
    figures = []

    def note(*args, **kwargs):
        figures.append(Figure(*args, **kwargs))
        return figures[-1]

    monkeypatch.setattr(picture, 'Figure', note)
    read = models(*([float(n), 3.] for n in range(number)))
    name = 'td-hm_hrnet-w32_udp_pc-skel_8xb64-210e_fashionai-256x192_s'
    read = [Model(f'{name}{n}', model.runs) for n, model in enumerate(read)]
    draw_differences(read, tmp_path / 'one.png')
    (figure, ) = figures
    renderer = figure.canvas.get_renderer()
    titles = [
        axis.title.get_window_extent(renderer) for axis in figure.axes
        if axis.get_title()
    ]
    assert len(titles) == 2 * (1 + number)
    for i, title in enumerate(titles):
        assert 0 <= title.x0 and title.x1 <= figure.bbox.width
        assert not any(title.overlaps(other) for other in titles[:i])


def test_images_that_are_gone_are_named(models, tmp_path):
    read = models([1.], [2.])
    (tmp_path / '0000.png').write_bytes(b'no image')
    with pytest.raises(ValueError, match='0000.png: not an image'):
        draw_differences(read, tmp_path / 'one.png')
    (tmp_path / '0000.png').unlink()
    with pytest.raises(ValueError, match='0000.png: No such file'):
        draw_differences(read, tmp_path / 'one.png')
    assert not list(tmp_path.glob('*one.png'))
