import os.path as osp
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import DATASETS

from ..evaluation.functional import FASHIONAI_REFERENCE, fashionai_size
from ..utils import counted
from .base_fashion_dataset import BaseFashionDataset, as_list
from .benchmark import Benchmark
from .detections import whole_image
from .readers import LandmarkTable, read_fashionai_csv, read_fashionai_ids
from .readers.fashionai_csv import CATEGORIES, LANDMARKS, SLOTS
from .tree_check import Findings, Tree, TreeFormat


def _check_tree(tree: Tree, errors: Findings, remarks: Findings) -> None:
    """Look for repeated rows, and for reference landmarks that are absent."""
    first: Dict[tuple, str] = {}
    for source, *row in zip(tree.table.sources, tree.splits, tree.table.names):
        if first.setdefault(tuple(row), source) != source:
            remarks(
                'image ids in two rows of a csv, of which the first counts',
                f'{source}: {row[1]} is in {first[tuple(row)]}')
    rows = np.flatnonzero(tree.table.categories)
    keypoints = tree.table.keypoints[rows]
    categories = tree.table.categories[rows]
    size = fashionai_size(keypoints[..., :2], keypoints[..., 2] > 0,
                          categories)[:, 0]
    for i in np.flatnonzero(np.isnan(size) | (size == 0)):
        pair = ' and '.join(LANDMARKS[slot]
                            for slot in FASHIONAI_REFERENCE[categories[i]])
        where = f'{tree.table.sources[rows[i]]}: {pair}'
        if size[i] == 0:
            errors(
                'reference landmarks in one place, which stops '
                'NormalizedError', f'{where} are at the same position')
        else:
            remarks(
                'rows without their two reference landmarks, which '
                'NormalizedError leaves out',
                f'{where} are not both annotated')


FASHIONAI = Benchmark(
    name='fashionai',
    landmarks=LANDMARKS,
    skeleton=(
        ('neckline_left', 'center_front'),
        ('neckline_left', 'shoulder_left'),
        ('shoulder_left', 'armpit_left'),
        ('shoulder_left', 'cuff_left_out'),
        ('armpit_left', 'cuff_left_in'),
        ('cuff_left_in', 'cuff_left_out'),
        ('armpit_left', 'waistline_left'),
        ('waistline_left', 'waistline_right'),
        ('armpit_left', 'top_hem_left'),
        ('top_hem_left', 'top_hem_right'),
        ('waistline_left', 'hemline_left'),
        ('waistband_left', 'waistband_right'),
        ('waistband_left', 'hemline_left'),
        ('hemline_left', 'hemline_right'),
        ('waistband_left', 'bottom_left_out'),
        ('crotch', 'bottom_left_in'),
        ('bottom_left_in', 'bottom_left_out'),
    ),
    categories=dict(zip(CATEGORIES, SLOTS.values())),
    norm='fashionai',
    trees=dict(
        fashionai=TreeFormat(
            what='csv files',
            annotations='Annotations/*.csv',
            reader=read_fashionai_csv,
            # those that the configs name
            needed=[('Annotations/train.csv', 'Annotations/val.csv')],
            check=_check_tree)),
    paper=(4, 3))


@DATASETS.register_module()
class FashionAIDataset(BaseFashionDataset):
    """FashionAI key points: 24 landmarks on five categories of garments.

    Reads the official csv files as downloaded. Landmarks, in the order of
    the columns::

        0: 'neckline_left',     12: 'cuff_right_out',
        1: 'neckline_right',    13: 'top_hem_left',
        2: 'center_front',      14: 'top_hem_right',
        3: 'shoulder_left',     15: 'waistband_left',
        4: 'shoulder_right',    16: 'waistband_right',
        5: 'armpit_left',       17: 'hemline_left',
        6: 'armpit_right',      18: 'hemline_right',
        7: 'waistline_left',    19: 'crotch',
        8: 'waistline_right',   20: 'bottom_left_in',
        9: 'cuff_left_in',      21: 'bottom_left_out',
        10: 'cuff_left_out',    22: 'bottom_right_in',
        11: 'cuff_right_in',    23: 'bottom_right_out'

    ``category_id`` is 1 blouse, 2 outwear, 3 dress, 4 skirt, 5 trousers.

    FashionAI has no boxes and no image sizes: the box is the whole image,
    (0, 0, width - 1, height - 1). It is read from the header of the image
    when a sample is loaded, just before the image itself.

    Args:
        ann_file (str | Sequence[str]): One or more csv files. Relative paths
            are relative to ``data_root``. Of rows with the same image id the
            first one counts.
        exclude (str | Sequence[str], optional): csv files, with or without
            annotations, whose image ids are left out: those of a validation
            set, say.
        crop (str): ``'bbox'`` or ``'image'``, which is the same here.
        data_prefix (dict): ``img`` is the folder that the image ids are
            relative to, or a list with one folder for each csv file.
            Defaults to ``dict(img='')``.
        **kwargs: Arguments of :class:`BaseFashionDataset`, which tells what
            is raised: ``occluded_weight``, ``bbox_file``, ``data_root``,
            ``data_prefix``, ``pipeline``, ``test_mode``, ...
    """

    BENCHMARK = FASHIONAI

    def __init__(self,
                 ann_file: Union[str, Sequence[str]],
                 exclude: Optional[Union[str, Sequence[str]]] = None,
                 **kwargs) -> None:
        self.exclude = exclude or []
        super().__init__(ann_file=ann_file, **kwargs)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        self.exclude = self._join_root(self.exclude)

    def _read_table(self) -> Tuple[LandmarkTable, List[str]]:
        files = as_list(self.ann_file)
        excludes = as_list(self.exclude)
        prefixes = as_list(self.data_prefix['img'])
        if not files:
            raise ValueError(f'{type(self).__name__}: ann_file names no csv')
        if len(prefixes) == 1:
            prefixes = prefixes * len(files)
        elif len(prefixes) != len(files):
            raise ValueError(
                f'{type(self).__name__}: data_prefix.img has {len(prefixes)} '
                f'folders for {len(files)} csv files, it must have one, or '
                'one for each')
        tables = [read_fashionai_csv(f) for f in files]
        paths = [
            osp.join(prefix, name) for table, prefix in zip(tables, prefixes)
            for name in table.names
        ]
        table = LandmarkTable.concatenate(tables)
        ids = np.arange(len(table.names))
        table = table._replace(ids=ids, image_ids=ids)

        excluded = {i for f in excludes for i in read_fashionai_ids(f)}
        first: Dict[str, int] = {}
        for row, name in enumerate(table.names):
            first.setdefault(name, row)
        rows = [row for name, row in first.items() if name not in excluded]
        print_log(
            f'{type(self).__name__}: {counted(len(table.names), "row")}, '
            'dropped '
            f'{len(table.names) - len(first)} whose image id came before and '
            f'{len(first) - len(rows)} that exclude names',
            logger='current')
        if not rows:
            raise ValueError(f'{", ".join(files)}: no rows are left, of '
                             f'{len(table.names)}')
        return table.take(rows), [paths[row] for row in rows]

    def get_data_info(self, idx: int) -> dict:
        data_info = super().get_data_info(idx)
        size = self.loading.size(data_info['img_path'])
        data_info['bbox'] = whole_image(*size)
        bbox = data_info['bbox'][0].tolist()
        for ann in as_list(data_info['raw_ann_info']):
            ann.update(bbox=bbox[:], area=bbox[2] * bbox[3])
        return data_info
