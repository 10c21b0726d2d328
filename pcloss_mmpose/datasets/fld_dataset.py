import os.path as osp
from collections import Counter
from typing import List, Optional, Sequence, Tuple, Union

from mmpose.registry import DATASETS

from .base_fashion_dataset import as_list
from .base_list_dataset import BaseListDataset
from .benchmark import Benchmark
from .readers import LandmarkTable, read_fld_json
from .readers.list_files import CLOTHES_TYPES, PARTITIONS, SLOTS
from .readers.mistakes import Report
from .tree_check import ListFormat, TreeFormat

# A garment type may be left out, all of its splits.
_JSONS = [[f'annotations/fld_{kind}_{split}.json' for split in PARTITIONS]
          for kind in CLOTHES_TYPES]


def _read_json_of_type(file: str, report: Report) -> LandmarkTable:
    """Read a json, and report garments of another type than its name says."""
    table = read_fld_json(file, report)
    kind = osp.basename(file).split('_')[1]
    wanted = CLOTHES_TYPES.index(kind) + 1
    for source, category in zip(table.sources, table.categories):
        if category not in (0, wanted):
            report(
                'garments of another type than the file names',
                f'{source}: {len(SLOTS[category])} landmarks, which is '
                f'{CLOTHES_TYPES[category - 1]}')
    return table


FLD = Benchmark(
    name='fld',
    landmarks=('left collar', 'right collar', 'left sleeve', 'right sleeve',
               'left waistline', 'right waistline', 'left hem', 'right hem'),
    skeleton=(
        ('left collar', 'right collar'),
        ('left collar', 'left sleeve'),
        ('left collar', 'left waistline'),
        ('left waistline', 'right waistline'),
        ('left waistline', 'left hem'),
        ('left hem', 'right hem'),
    ),
    categories=dict(zip(CLOTHES_TYPES, SLOTS.values())),
    norm='bbox',
    trees=dict(
        fld=ListFormat(True, train=83033, val=19992, test=19991),
        fld_json=TreeFormat(
            what="MMPose's json files of FLD",
            annotations='annotations/fld_*_*.json',
            reader=_read_json_of_type,
            needed=_JSONS,
            images='img',
            is_one=lambda file: any(
                file.endswith(name) for group in _JSONS for name in group))),
    parts={f'deepfashion_{kind}': kind
           for kind in CLOTHES_TYPES},
    paper=(2, ))


@DATASETS.register_module()
class FLDDataset(BaseListDataset):
    """Fashion Landmark Detection, the "FLD" of DeepFashion, 123,016 images.

    "Fashion Landmark Detection in the Wild", ECCV 2016. Reads the official
    files as downloaded, or MMPose's own json files. Upper-body, lower-body
    and full-body garments share eight landmarks::

        0: 'left collar',
        1: 'right collar',
        2: 'left sleeve',
        3: 'right sleeve',
        4: 'left waistline',
        5: 'right waistline',
        6: 'left hem',
        7: 'right hem'

    An upper-body garment has no waistline, a lower-body garment neither
    collar nor sleeves: these are absent then. ``category_id`` is the
    ``clothes_type``: 1 upper, 2 lower, 3 full.

    With json the garment type follows from the number of landmarks (6, 4 or
    8), ``split`` must be left out since a json is one split, and
    ``bbox_list`` and ``partition_file`` are not read. Image names then come
    without ``img/``, so ``data_prefix=dict(img='img/')`` is needed. Other
    than in ``DeepFashionDataset``, boxes are not clipped to the image, so
    that both formats give the same boxes.

    Args:
        ann_file (str | Sequence[str]): ``list_landmarks.txt``, or one or more
            json files such as ``fld_upper_train.json``. Relative paths are
            relative to ``data_root``. Defaults to the official place.
        bbox_list (str): Defaults to the official place.
        partition_file (str): Defaults to the official place.
        split (str): ``'train'``, ``'val'`` or ``'test'``.
        **kwargs: Arguments of :class:`BaseFashionDataset`, which tells what
            is raised: ``occluded_weight``, ``crop``, ``bbox_file``,
            ``data_root``,
            ``data_prefix``, ``pipeline``, ``test_mode``, ...
    """

    BENCHMARK = FLD
    VARIATION_TYPE = True

    def _check_split(self, ann_file: Union[str, Sequence[str]],
                     split: Optional[str]) -> None:
        files = as_list(ann_file)
        if not _are_json(files):
            if len(files) != 1:
                raise ValueError(
                    f'{type(self).__name__}: ann_file must be one '
                    f'list_landmarks.txt or some json files, found {files}')
            super()._check_split(ann_file, split)
        elif split is not None:
            raise ValueError(
                f'{type(self).__name__}: a json is one split already, leave '
                f'out split={split!r}')

    def _read_table(self) -> Tuple[LandmarkTable, List[str]]:
        files = as_list(self.ann_file)
        if not _are_json(files):
            return super()._read_table()
        table = LandmarkTable.concatenate([read_fld_json(f) for f in files])
        if not table.names:
            raise ValueError(f'{", ".join(files)}: no annotations')
        id_, count = Counter(table.ids.tolist()).most_common(1)[0]
        if count > 1:
            first, second = [
                s for s, i in zip(table.sources, table.ids) if i == id_
            ][:2]
            raise ValueError(f'{second}: the id is already used in {first}')
        return table, [
            osp.join(self.data_prefix['img'], name) for name in table.names
        ]


def _are_json(files: Sequence[str]) -> bool:
    return bool(files) and all(f.endswith('.json') for f in files)
