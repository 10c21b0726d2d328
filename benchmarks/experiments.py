"""What is compared: grids of a config, its overrides, and data."""
from typing import Any, Dict, NamedTuple, Tuple

FLD = 'fashion_2d_keypoint/topdown_heatmap/fld/'
RES18 = FLD + 'td-hm_res18_1xb32-18e_fld-96x64.py'
RES18_SKEL = FLD + 'td-hm_res18_pc-skel_1xb32-18e_fld-96x64.py'


class Data(NamedTuple):
    """A rendered set: the arguments of render_garments.py.

    ``train``, ``val`` and ``test`` are numbers of pictures.
    """
    layout: str
    train: int
    val: int
    test: int
    seed: int
    size: int = 128


class Row(NamedTuple):
    """One trained model, but for its seed.

    Attributes:
        config (str): Below ``configs/``.
        options (dict): Overrides, dotted keys.
        epochs (int): Of training; schedules by epoch are stretched to it.
        data (str): A key of :data:`DATA`.
    """
    config: str
    options: Dict[str, Any]
    epochs: int
    data: str


DATA = {
    'fld-500': Data('fld', 500, 500, 1000, seed=11),
    'fld-2000': Data('fld', 2000, 500, 1000, seed=12),
    'fld-8000': Data('fld', 8000, 500, 1000, seed=13),
}

LOSS = 'model.head.loss.'


def _beta(data: str, epochs: int) -> Dict[str, Row]:
    rows = {'baseline': Row(RES18, {}, epochs, data)}
    for beta in (3e-4, 1e-3, 4e-3):
        rows[f'beta {beta:g}'] = Row(RES18_SKEL, {LOSS + 'beta': beta}, epochs,
                                     data)
    return rows


#: name -> rows, the baseline first
EXPERIMENTS: Dict[str, Dict[str, Row]] = {
    'beta': _beta('fld-2000', 30),
}
SEEDS: Tuple[int, ...] = (0, 1, 2, 3, 4)
