"""Predict files, and write what was found."""
import json
import os
import os.path as osp
from itertools import chain, islice
from pathlib import Path
from typing import (Any, Callable, Dict, Iterable, Iterator, List, NamedTuple,
                    Optional, Tuple, Union)

import cv2
import numpy as np

from ..datasets.readers import read_image
from ..utils import replacing
from .garments import Garments, check_inside
from .inputs import Input

# Endings under which a drawing can be stored as it is.
_DRAWN = ('.jpg', '.jpeg', '.png')

# A picture (BGR) and its garments, None for those that the inferencer takes.
_Picture = Tuple[np.ndarray, Optional[Garments]]


class Outcome(NamedTuple):
    """What became of the files.

    Attributes:
        garments (dict[str, int]): How many garments each of the predicted
            files has, in all frames.
        skipped (list[str]): A sentence for each file that was not predicted.
    """
    garments: Dict[str, int]
    skipped: List[str]


class _Job(NamedTuple):
    """A file, and where its results go."""
    item: Input
    drawing: str
    result: str


def predict(inferencer,
            inputs: List[Input],
            out: str,
            garments: Callable[[str], Optional[Garments]] = lambda name: None,
            advance: Callable[[int], None] = lambda count: None,
            **options) -> Outcome:
    """Predict pictures and videos, and write drawings and json files.

    ``predictions/NAME.json`` is as MMPose's inferencer writes it: a list of
    instances; of a video, a list of frames. ``visualizations/NAME`` is drawn:
    NAME itself for jpg and png, NAME.mp4 or NAME.png for others. Each file is
    written under another name first; earlier ones are replaced.

    Args:
        inferencer (GarmentInferencer | OnnxInferencer): The model.
        inputs (list[Input]): The files.
        out (str): The folder of results.
        garments (callable): Gets the name of a file and returns its boxes, or
            None for those that the inferencer takes.
        advance (callable): Called with 1 for each picture and frame.
        **options: That the inferencer is called with, such as ``bbox_thr``.

    Returns:
        Outcome: What was predicted and what not.

    Raises:
        OSError: If a result cannot be written.
        ValueError: If two drawings would have the same name.

    Note:
        A file that cannot be read, or whose boxes do not lie in it, is left
        out and named.
    """
    drawings = [drawing_name(item) for item in inputs]
    for name in set(drawings):
        if drawings.count(name) > 1:
            raise ValueError(f'two of the files would be drawn as {name}: '
                             'predict them one by one')
    outcome = Outcome({}, [])
    waiting: List[Tuple[_Job, _Picture]] = []

    def run(pictures: Iterable[_Picture]) -> Iterator[tuple]:
        return _predict_pictures(inferencer, pictures, options)

    def finish() -> None:
        found = run([picture for _, picture in waiting])
        for (job, _), (instances, drawn) in zip(waiting, found):
            with replacing(job.drawing) as part:
                _write_image(part, drawn)
            _write_json(job.result, instances)
            outcome.garments[job.item.name] = len(instances)
            advance(1)
        waiting.clear()

    for item, drawing in zip(inputs, drawings):
        job = _Job(
            item, osp.join(out, 'visualizations', *drawing.split('/')),
            osp.join(out, 'predictions', *f'{item.name}.json'.split('/')))
        for file in job[1:]:
            os.makedirs(osp.dirname(file), exist_ok=True)
        try:
            boxes = garments(item.name)
            if item.is_video:
                finish()
                outcome.garments[item.name] = _predict_video(
                    job, boxes, run, advance)
            else:
                image = _read(item)
                waiting.append((job, _checked(item.path, image, boxes)))
        except _Unusable as error:
            outcome.skipped.append(str(error))
            advance(1)
        if len(waiting) == inferencer.batch_size:
            finish()
    finish()
    return outcome


class _Unusable(ValueError):
    """A file that is left out."""


def drawing_name(item: Input) -> str:
    """Name of the drawing of a file.

    Example:
        >>> from pcloss_mmpose.deploy.inputs import Input
        >>> from pcloss_mmpose.deploy.files import drawing_name
        >>> drawing_name(Input('in/a/b.tif', 'a/b.tif', False))
        'a/b.tif.png'
    """
    ending = osp.splitext(item.name)[1].lower()
    if item.is_video:
        return item.name if ending == '.mp4' else f'{item.name}.mp4'
    return item.name if ending in _DRAWN else f'{item.name}.png'


def _read(item: Input) -> np.ndarray:
    try:
        return read_image(item.path)
    except ValueError as error:
        raise _Unusable(str(error)) from None


def _checked(path: str, image: np.ndarray,
             boxes: Optional[Garments]) -> _Picture:
    """A picture with the boxes that are given for it."""
    if boxes is not None:
        if not len(boxes):
            raise _Unusable(f'{path}: no box is given for it')
        try:
            check_inside(boxes, image.shape[1], image.shape[0])
        except ValueError as error:
            raise _Unusable(f'{path}: {error}') from None
    return image, boxes


def _predict_pictures(inferencer, pictures: Iterable[_Picture],
                      options: dict) -> Iterator[Tuple[list, np.ndarray]]:
    """Instances and drawing (BGR) of each, some pictures at a time."""
    pictures = iter(pictures)
    while True:
        some = list(islice(pictures, inferencer.batch_size))
        if not some:
            return
        boxes = [() if b is None else b for _, b in some]
        for result in inferencer([image for image, _ in some],
                                 bboxes=boxes,
                                 return_vis=True,
                                 **options):
            drawn = result['visualization'][0]
            yield result['predictions'][0], drawn[..., ::-1]


def _predict_video(job: _Job, boxes: Optional[Garments],
                   run: Callable[[Iterable[_Picture]], Iterator[tuple]],
                   advance: Callable[[int], None]) -> int:
    path = job.item.path
    video = cv2.VideoCapture(path)
    images = _frames(video)
    first = next(images, None)
    if first is None:
        raise _Unusable(f'{path}: not a video that OpenCV can read')
    pictures = (_checked(path, i, boxes) for i in chain([first], images))
    frames = []
    writer: Any = None
    try:
        with replacing(job.drawing) as part:
            for number, (instances, drawn) in enumerate(run(pictures)):
                if writer is None:
                    writer = cv2.VideoWriter(
                        str(part), cv2.VideoWriter_fourcc(*'mp4v'),
                        video.get(cv2.CAP_PROP_FPS) or 25,
                        (drawn.shape[1], drawn.shape[0]))
                    if not writer.isOpened():
                        raise OSError(f'{job.drawing}: OpenCV cannot write it')
                writer.write(np.ascontiguousarray(drawn))
                frames.append(dict(frame_id=number, instances=instances))
                advance(1)
            writer.release()
    finally:
        if writer is not None:
            writer.release()
    _write_json(job.result, frames)
    return sum(len(frame['instances']) for frame in frames)


def _frames(video: cv2.VideoCapture) -> Iterator[np.ndarray]:
    while True:
        read, image = video.read()
        if not read:
            return
        yield image


def _write_image(path: Union[str, Path], image: np.ndarray) -> None:
    done, data = cv2.imencode(osp.splitext(path)[1], image)
    if not done:
        raise OSError(f'{path}: OpenCV cannot encode the drawing')
    with open(path, 'wb') as file:
        file.write(data.tobytes())


def _write_json(path: str, value: list) -> None:
    with replacing(path) as part, open(part, 'w', encoding='utf-8') as file:
        # byte by byte what MMPose's inferencer writes
        json.dump(value, file, indent='  ', default=lambda v: v.item())
