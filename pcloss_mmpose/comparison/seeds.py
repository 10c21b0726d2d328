"""From the runs of a command line to models, each of one or more seeds."""
import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..utils import counted
from .rules import agreed_rules
from .run import Run, read_run, short_names
from .settings import first_difference, training_settings
from .work_dir import (PREDICTIONS, choose_checkpoints, find_checkpoints,
                       find_config, find_predictions)


class Model(NamedTuple):
    """What tables call by one name: runs of one config, each a seed.

    The notes are what has to be said of it beside others.
    """
    name: str
    runs: Sequence[Run]
    notes: Sequence[str] = ()


def read_models(
    arguments: Sequence[str],
    watch: Optional[Callable[[str, str], None]] = None,
    norm: Optional[str] = None,
) -> List[Model]:
    """Read runs, test them where need be, and tell which are seeds.

    Runs with one label are seeds of one config. So are work directories
    without labels whose trainings' configs have the same model, data and
    schedule, unless their seeds are equal too. Of all work directories the
    same kind of checkpoint is tested.

    Args:
        arguments (Sequence[str]): ``PATH`` or ``LABEL=PATH``, the baseline
            first; each path is a work directory of ``train.py`` or a pickle
            of ``test.py --dump``.
        watch (callable, optional): Gets the path of a work directory that is
            being tested and each line of ``test.py``.
        norm (str, optional): What errors are divided by, whatever the
            configs say.

    Raises:
        ValueError: If a run is absent, given twice, cannot be read, or is
            not over the same images, landmarks and truth as the first, if
            two seeds of a model have predicted the same, if work directories
            have no kind of checkpoint in common, or if it is not clear by
            what to measure.
        RuntimeError: If ``test.py`` fails.
    """
    given = [_split(argument) for argument in arguments]
    for _, path in given:
        if not path.exists():
            raise ValueError(f'{path}: no such work directory or pickle')
    (most, times), = Counter(p.resolve() for _, p in given).most_common(1)
    if times > 1:
        raise ValueError(f'{most}: given {times} times')

    found = {
        path: find_checkpoints(path)
        for _, path in given if path.is_dir()
    }
    configs = {
        path: Config.fromfile(find_config(path), import_custom_modules=False)
        for path in found
    }
    for cfg in configs.values():
        if cfg.get('custom_imports'):  # may register the data set
            import_modules_from_strings(
                cfg.custom_imports['imports'], allow_failed_imports=True)
    rules = agreed_rules([(str(path), cfg) for path, cfg in configs.items()],
                         norm)
    checkpoints = choose_checkpoints(found, next(iter(configs.values()), {}))

    groups: Dict[object, List[Tuple[Path, Run]]] = {}
    repeated: Counter = Counter()
    trained: Dict[object, str] = {}
    first = None
    for label, path in given:
        name = label or _default_name(path.resolve())
        key: object = path
        if path.is_file():
            run = read_run(path, name, rules=rules)
        else:
            cfg, checkpoint = configs[path], checkpoints.get(path)
            predictions = find_predictions(path, checkpoint, watch
                                           and partial(watch, str(path)))
            run = read_run(predictions, name, cfg, rules)._replace(
                work_dir=path,
                checkpoint=checkpoint.name if checkpoint else '')
            settings = training_settings(cfg, path)
            seed = (cfg.get('randomness') or {}).get('seed')
            key = (settings, repeated[settings, seed])
            repeated[settings, seed] += seed is not None
            if not label:
                trained.setdefault(key, settings)
        first = first or run
        check_comparable(first, run)
        groups.setdefault(label or key, []).append((path, run))
    names = []
    for group in groups.values():
        of = [run.name for _, run in group]
        names.append(os.path.commonprefix(of).rstrip('-_. ') or of[0])
    names = [
        name if names.count(name) == 1 else str(group[0][0])
        for name, group in zip(names, groups.values())
    ]
    notes = _identical(list(groups.values()), names)
    firsts = [(name, group[0][0], trained[key])
              for name, (key, group) in zip(names, groups.items())
              if key in trained]
    for i, (name, path, settings) in enumerate(firsts):
        for other, its_path, its_settings in firsts[:i]:
            differs = first_difference(its_settings, settings)
            if differs and _looks_same(its_path, path):
                notes[name].append(
                    f'{other} and {name} are two models, not seeds of one: '
                    f'{differs}.')
                break
    return [
        Model(name, [run for _, run in group], notes[name])
        for name, group in zip(names, groups.values())
    ]


def _identical(groups: Sequence[List[Tuple[Path, Run]]],
               names: Sequence[str]) -> Dict[str, List[str]]:
    """Notes, by name, on models that have predicted the same as another.

    Raises:
        ValueError: If two seeds of one model have.
    """
    notes: Dict[str, List[str]] = {name: [] for name in names}
    found: Dict[bytes, Tuple[str, Path]] = {}
    for name, group in zip(names, groups):
        for path, run in group:
            pred = run.pred.tobytes()
            other, its_path = found.setdefault(pred, (name, path))
            if its_path == path:
                continue
            same = f'predictions of {its_path} and {path} are identical'
            if other == name:
                raise ValueError(f'the {same}: they are one run, not two '
                                 f'seeds of {name}')
            notes[name].append(f'The {same}.')
    return notes


def _looks_same(*paths: Path) -> bool:
    """Whether two work directories look like those of one config."""
    configs = [{file.name for file in path.glob('*.py')} for path in paths]
    names = {_default_name(path.resolve()) for path in paths}
    return len(names) == 1 or bool(set.intersection(*configs))


def _split(argument: str) -> Tuple[str, Path]:
    label, equals, path = argument.partition('=')
    if equals and label and not Path(argument).exists():
        return label, Path(path)
    return '', Path(argument)


def _default_name(path: Path) -> str:
    if path.is_dir():
        return path.name
    # called after its work directory
    return path.parent.name if path.name == PREDICTIONS else path.stem


def check_comparable(first: Run, run: Run) -> None:
    """Refuse runs whose difference would not be the models' alone.

    Raises:
        ValueError: Other landmarks, images or truth; the message says which.
    """
    pair = f'{run.name} and {first.name}'
    numbers = [r.gt.shape[1] for r in (run, first)]
    if numbers[0] != numbers[1]:
        raise ValueError(
            f'{pair} have different landmarks: {numbers[0]} and {numbers[1]}')
    for names in zip(run.landmarks, first.landmarks):
        if names[0] != names[1]:
            raise ValueError(f'{pair} have different landmarks: {names[0]!r} '
                             f'in the place of {names[1]!r}')
    images = [Counter(short_names(r.images)) for r in (run, first)]
    if images[0] != images[1]:
        surplus = [
            f'{sum(more.values())} of {a.name}\'s {len(a.images)} are not '
            f'among {b.name}\'s, such as {next(iter(more))}'
            for a, b, more in ((run, first, images[0] - images[1]),
                               (first, run, images[1] - images[0])) if more
        ]
        raise ValueError(
            f'{pair} were tested on different images: {", ".join(surplus)}')
    if run.rules != first.rules:
        raise ValueError(f'{pair} are normalised differently, by '
                         f'{run.rules.norm} and {first.rules.norm}; choose '
                         'one with --norm')
    labelled = (first.visibility > 0)[..., None]
    truths = (
        ('visibility codes', run.visibility, first.visibility),
        ('true landmarks', run.gt * labelled, first.gt * labelled),
        ('ground-truth boxes', run.boxes, first.boxes),
    )
    for what, ours, theirs in truths:
        # annotations in pixels, of which mmpose keeps 32 bits
        same = np.isclose(ours, theirs, rtol=0, atol=0.01)
        if not same.all():
            differ = ~same.reshape(len(same), -1).all(1)
            raise ValueError(
                f'{pair} were tested on different truth: the {what} of '
                f'{differ.sum()} of {counted(len(differ), "image")} differ, '
                'such as of '
                f'{run.images[int(np.argmax(differ))]}')
