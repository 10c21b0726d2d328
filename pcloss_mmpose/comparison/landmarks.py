"""Names of landmarks, for predictions that carry only their data set's."""
from pathlib import Path
from typing import Iterator, Optional, Tuple

from mmengine.config import Config
from mmpose.registry import DATASETS

from ..utils import find_stock_tool


def find_landmark_names(dataset: str,
                        num_landmarks: int,
                        cfg: Optional[Config] = None,
                        converted: bool = False) -> Tuple[str, ...]:
    """Names of a data set's landmarks.

    From the metainfo in the config of a model's test set, that of a
    registered data set, or mmpose's own files; of landmarks that have been
    ``converted`` into another order, only the config's. Empty if not found.

    Examples:
        >>> find_landmark_names('fld', 8)[:2]
        ('left collar', 'right collar')
    """
    # A CombinedDataset has its own, samples are named after its parts.
    names = _names(stated_metainfo(cfg))
    if len(names) == num_landmarks:
        return names
    for metainfo in () if converted else _known_metainfos(dataset):
        names = _names(metainfo)
        if (metainfo['dataset_name'] == dataset
                and len(names) == num_landmarks):
            return names
    return ()


def stated_metainfo(cfg: Optional[Config]) -> dict:
    """The metainfo in the config of a test set, empty if there is none."""
    dataloader = (cfg or {}).get('test_dataloader') or {}
    metainfo = dataloader.get('dataset', {}).get('metainfo') or {}
    file = Path(metainfo.get('from_file', ''))
    # as mmpose looks for it
    for place in (file, _stock_folder() / file.name):
        if place.is_file():
            return Config.fromfile(place).dataset_info
    return metainfo


def _names(metainfo: dict) -> Tuple[str, ...]:
    info = metainfo.get('keypoint_info') or {}
    return tuple(i['name'] for _, i in sorted(info.items()))


def _known_metainfos(dataset: str) -> Iterator[dict]:
    for module in DATASETS.module_dict.values():
        metainfo = getattr(module, 'METAINFO', {})
        if 'keypoint_info' in metainfo:
            yield metainfo
    for file in sorted(_stock_folder().glob('*.py')):
        if f"dataset_name='{dataset}'" in file.read_text():
            yield Config.fromfile(file).dataset_info


def _stock_folder() -> Path:
    return find_stock_tool('test.py').parents[1] / 'configs/_base_/datasets'
