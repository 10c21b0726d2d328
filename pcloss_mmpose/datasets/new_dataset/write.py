"""Write a data set and its configs as MMPose reads them."""
import json
import shutil
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple

from ...groups import side_of
from ..metainfo import SIDE_COLORS
from .annotations import Annotations, Picture

#: Of all landmarks: what MMPose takes where none were measured.
SIGMA = 0.05
# The plugin's, copied, so that the folder can be handed on.
_BASES = ('hooks.py', 'models/td-hm_res50.py', 'models/td-hm_res18.py',
          'losses/pcloss.py', 'evaluators/fashion.py')


class Recipe(NamedTuple):
    """A model and how it is trained on a number of objects.

    Attributes:
        base (str): Below the folder ``_base_`` of the plugin's configs.
        batch (int): Objects a step.
        epochs (int): Passes over the training objects.
        rate (float): Of the optimizer.
        one_cycle (bool): Whether the base's schedule follows the epochs by
            itself.
    """
    base: str
    batch: int
    epochs: int
    rate: float
    one_cycle: bool


def recipes(number: int) -> Dict[str, Recipe]:
    """What suits a number of training objects: name of the config -> recipe.

    A small set is seen more often: about 60,000 objects on a GPU, 210 epochs
    at most, as MMPose does; 36,000 on a CPU, 120 epochs at most.
    """
    batch = 32 if number >= 256 else 8
    return {
        'td-hm_res50': Recipe('models/td-hm_res50.py', batch,
                              min(210, max(30, 60000 // number)), 5e-4, False),
        'td-hm_res18': Recipe('models/td-hm_res18.py', batch,
                              min(120, max(10, 36000 // number)),
                              4e-3 if batch == 32 else 2e-3, True),
    }  # yapf: disable


def write_dataset(out: Path, name: str, images: str, configs: Path,
                  annotations: Annotations, partners: Dict[str, str],
                  parts: Dict[str, List[Picture]]) -> List[str]:
    """Write metainfo, annotations and configs: all of it, or nothing.

    Args:
        out (Path): The folder; must not exist.
        name (str): Of the data set.
        images (str): Path from ``out`` to the folder of the pictures.
        configs (Path): The plugin's configs.
        annotations (Annotations): Landmarks and skeleton.
        partners (dict[str, str]): Mirror partners, both ways. Without any,
            pictures are not mirrored.
        parts (dict[str, list[Picture]]): The pictures of train, val, test.

    Returns:
        list[str]: The configs, below ``out``.
    """
    part = out.with_name(f'.part-{out.name}')
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / 'annotations').mkdir(parents=True)
        for split, pictures in parts.items():
            content = to_coco(annotations, pictures)
            (part / f'annotations/{split}.json').write_text(
                json.dumps(content, ensure_ascii=False), encoding='utf-8')
        (part / 'metainfo.py').write_text(
            metainfo_text(name, annotations, partners), encoding='utf-8')
        for file in _BASES:
            copy = part / 'configs/_base_' / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(configs / '_base_' / file, copy)
        number = sum(len(p.instances) for p in parts['train'])
        files = config_texts(out, name, images, annotations.names, partners,
                             number)
        for file, text in files.items():
            (part / file).write_text(text, encoding='utf-8')
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return list(files)[1:]


def to_coco(annotations: Annotations, pictures: Sequence[Picture]) -> dict:
    """Objects as a COCO json of key points, landmarks in one order."""
    names = annotations.names
    categories = {c: i for i, c in enumerate(annotations.landmarks, 1)}
    images: List[dict] = []
    objects: List[dict] = []
    for i, picture in enumerate(pictures, 1):
        assert picture.size is not None  # check_export reads it
        width, height = picture.size
        images.append(
            dict(id=i, file_name=picture.file, width=width, height=height))
        for instance in picture.instances:
            points = [instance.points.get(n, (0, 0, 0)) for n in names]
            assert instance.box is not None  # check_export draws it
            x, y, w, h = instance.box
            objects.append(
                dict(
                    id=len(objects) + 1,
                    image_id=i,
                    category_id=categories[instance.category],
                    bbox=[x, y, w, h],
                    area=w * h,
                    iscrowd=0,
                    num_keypoints=len(instance.points),
                    keypoints=[value for point in points for value in point]))
    return dict(
        images=images,
        annotations=objects,
        categories=[
            dict(id=i, name=c, supercategory='', keypoints=names, skeleton=[])
            for c, i in categories.items()
        ])


def metainfo_text(name: str, annotations: Annotations,
                  partners: Dict[str, str]) -> str:
    """A file of ``metainfo=dict(from_file=...)``."""
    names, none = annotations.names, SIDE_COLORS['']
    points = [
        f'        {i}: dict(name={n!r}, id={i}, '
        f"color={SIDE_COLORS[_side(n, partners)]}, type='', "
        f"swap={partners.get(n, '')!r}),\n" for i, n in enumerate(names)
    ]
    links = [
        f'        {i}: dict(link={link!r}, id={i}, color={none}),\n'
        for i, link in enumerate(_skeleton(annotations, partners))
    ]
    return f'''\
# The sigmas, which only COCO's AP uses, are equal, not measured.
dataset_info = dict(
    dataset_name={name!r},
    paper_info=dict(),
    keypoint_info={{
{"".join(points)}    }},
    skeleton_info={{
{"".join(links)}    }},
    joint_weights=[1.] * {len(names)},
    sigmas=[{SIGMA}] * {len(names)})
'''


def _side(name: str, partners: Dict[str, str]) -> str:
    """Told by the order of a pair where the names do not tell it."""
    if name not in partners:
        return ''
    other = partners[name]
    own, others = side_of(name), side_of(other)
    if own != others:
        return own or ('left' if others == 'right' else 'right')
    return 'left' if list(partners).index(name) < list(partners).index(
        other) else 'right'


def _skeleton(annotations: Annotations,
              partners: Dict[str, str]) -> List[Tuple[str, str]]:
    """The export's, else along each side and across each pair."""
    if annotations.skeleton:
        known = set(annotations.names)
        return [link for link in annotations.skeleton if known >= set(link)]
    links = []
    for side in ('left', 'right'):
        along = [n for n in annotations.names if _side(n, partners) == side]
        links += list(zip(along, along[1:]))
    return links + [(n, other) for n, other in partners.items()
                    if _side(n, partners) == 'left']  # yapf: disable


def config_texts(out: Path, name: str, images: str, names: Sequence[str],
                 partners: Dict[str, str], number: int) -> Dict[str, str]:
    """The configs: file below ``out`` -> text."""
    sizes = dict(CPU='96x64', GPU='256x192')
    files = {'configs/_base_/data.py': _data(out, images, len(names))}
    for model, recipe in recipes(number).items():
        device = 'CPU' if recipe.one_cycle else 'GPU'
        stem = f'{model}{{}}_{recipe.epochs}e_{name}-{sizes[device]}'
        base = stem.format('')
        files[f'configs/{base}.py'] = _baseline(recipe, device, number,
                                                bool(partners))
        files[f'configs/{stem.format("_pc")}.py'] = _CONSTRAINT.format(
            base=base)
    return files


def _data(out: Path, images: str, number: int) -> str:
    return f'''\
_base_ = './evaluators/fashion.py'

num_landmarks = {number}
_dataset = dict(
    type='CocoDataset',
    data_mode='topdown',
    data_root='{out.as_posix()}/',
    metainfo=dict(from_file='{out.as_posix()}/metainfo.py'),
    data_prefix=dict(img='{images}/'))
train_dataset = dict(_dataset, ann_file='annotations/train.json')
val_dataset = dict(
    _dataset, ann_file='annotations/val.json', test_mode=True)
test_dataset = dict(
    _dataset, ann_file='annotations/test.json', test_mode=True)
'''


_CONSTRAINT = '''\
_base_ = ['./{base}.py', './_base_/losses/pcloss.py']

# the stock loss moves into `base`
model = dict(
    head=dict(
        loss=dict(
            _delete_=True, base=_base_.model.head.loss, **_base_.pcloss)))
'''


def _baseline(recipe: Recipe, device: str, number: int, mirror: bool) -> str:
    text = f'''\
# For {_ONE[device]}, and {number} objects to train on.
_base_ = ['./_base_/{recipe.base}', './_base_/data.py']

model = dict(head=dict(out_channels=_base_.num_landmarks))
'''
    if not mirror:
        text += '''\
# left and right are not known: no mirroring, in training and test
model.update(test_cfg=dict(flip_test=False))
_base_.train_pipeline[2].prob = 0.
'''
    text += f'''\
train_dataloader = dict(
    batch_size={recipe.batch},
    dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_dataset))
val_dataloader = dict(dataset=_base_.val_dataset)
test_dataloader = dict(dataset=_base_.test_dataset)
val_evaluator = [*_base_.fashion_metrics, *_base_.val_evaluator]
test_evaluator = val_evaluator

train_cfg = dict(max_epochs={recipe.epochs}, val_interval={max(1, recipe.epochs // 10)})
optim_wrapper = dict(optimizer=dict(lr={recipe.rate}))
'''  # noqa: E501
    if recipe.one_cycle:
        return text + f'_base_.param_scheduler[0].eta_max = {recipe.rate}\n'
    steps = recipe.epochs * -(-number // recipe.batch)
    milestones = [round(recipe.epochs * part) for part in (.81, .95)]
    return text + f'''\
_base_.param_scheduler[0].end = {min(500, steps // 20)}  # steps of warm-up
_base_.param_scheduler[1].update(
    end={recipe.epochs}, milestones={milestones})
'''


_ONE = dict(CPU='a CPU', GPU='one GPU')
