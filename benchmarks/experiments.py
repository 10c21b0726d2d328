"""What is compared: grids of a config, its overrides, and data."""
from typing import Any, Dict, NamedTuple, Optional, Tuple

HEATMAP = 'fashion_2d_keypoint/topdown_heatmap/fld/td-hm_res18{}_1xb32-18e_fld-96x64.py'  # noqa: E501
REGRESSION = 'fashion_2d_keypoint/topdown_regression/fld/td-reg_res18{}_1xb32-18e_fld-96x64.py'  # noqa: E501
FACES = 'face_2d_keypoint/topdown_heatmap/300w/td-hm_res18{}_1xb32-16e_300w-64x64.py'  # noqa: E501
LOSS = 'model.head.loss.'


class Rendered(NamedTuple):
    """Rendered garments, the arguments of render_garments.py.

    Training, validation and test pictures are sets of their own, whose seeds
    are ``seed``, ``seed + 1`` and ``seed + 2``. A training uses the first
    pictures of its set.
    """
    layout: str
    seed: int
    train: int
    val: int
    test: int
    clutter: float
    size: int = 128


class Faces(NamedTuple):
    """Photographs of faces in the format of 300W, read from ``--faces``.

    The first ``val`` images of the training part, which are of other people
    than the rest, are the validation part.
    """
    train: str
    test: str
    val: int


class Row(NamedTuple):
    """One trained model, but for its seed.

    Attributes:
        config (str): Below ``configs/``.
        data (str): A key of :data:`DATA`.
        num (int): Training images.
        epochs (int): Of training; schedules by epoch are stretched to it.
        options (dict): Overrides, dotted keys.
        start (str): Experiment and row, ``'a/b'``, whose model of seed 0 is
            the start, else nothing is.
    """
    config: str
    data: str
    num: int
    epochs: int
    options: Dict[str, Any] = {}
    start: Optional[str] = None


DATA = {
    'garments': Rendered('fld', 11, 8000, 1000, 3000, clutter=0.),
    'faces': Faces('face68_train.json', 'face68_test.json', 401),
}

# MMPose's own codec in the place of the plugin's
STOCK_CODEC = {
    'model.head.decoder.type': 'MSRAHeatmap',
    'train_dataloader.dataset.pipeline.{}.encoder.type': 'MSRAHeatmap',
}


def _rows(config: str, *data, start=None, names=('pc', 'pc-skel'), **more):
    """The baseline, and with PCLoss as the configs have it."""
    rows = {'baseline': Row(config.format(''), *data, start=start)}
    for name in names:
        rows[name] = Row(config.format(f'_{name}'), *data, start=start)
    return rows


def _whole(config: str, *data):
    """MMPose's codec against the plugin's codec with PCLoss."""
    stock = Row(config.format(''), *data, STOCK_CODEC)
    return {'stock codec': stock, **_rows(config, *data)}


GARMENTS = ('garments', 2000, 24)
PHOTOS = ('faces', 2997, 16)

#: name -> rows; each is compared with the first one
EXPERIMENTS: Dict[str, Dict[str, Row]] = {
    'garments': _rows(HEATMAP, *GARMENTS),
    'faces': _rows(FACES, *PHOTOS),
    'garments-plugin': _whole(HEATMAP, *GARMENTS),
    'faces-plugin': _whole(FACES, *PHOTOS),
    'regression': _rows(
        REGRESSION, *GARMENTS, start='garments/baseline'),
    'garments-500': _rows(HEATMAP, 'garments', 500, 96, names=('pc', )),
    'garments-8000': _rows(HEATMAP, 'garments', 8000, 12, names=('pc', )),
}
SEEDS: Tuple[int, ...] = (0, 1, 2, 3, 4)
