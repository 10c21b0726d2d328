"""Predict files, and write what was found."""
import os
import os.path as osp
from pathlib import Path
from typing import (Any, Callable, Dict, Iterator, List, NamedTuple, Optional,
                    Union)

import cv2
import mmcv
import mmengine
import numpy as np

from ..datasets.readers import read_image
from ..utils import replacing
from .garments import Garments, check_inside
from .inferencer import GarmentInferencer
from .inputs import Input

# Endings under which a drawing can be stored as it is.
_DRAWN = ('.jpg', '.jpeg', '.png')


class Outcome(NamedTuple):
    """What became of the files.

    Attributes:
        garments (dict[str, int]): How many garments each of the predicted
            files has, in all frames.
        skipped (list[str]): A sentence for each file that was not predicted.
    """
    garments: Dict[str, int]
    skipped: List[str]


def predict(inferencer: GarmentInferencer,
            inputs: List[Input],
            out: str,
            garments: Callable[[str], Optional[Garments]] = lambda name: None,
            bbox_thr: float = 0.3,
            advance: Callable[[int], None] = lambda count: None) -> Outcome:
    """Predict pictures and videos, and write drawings and json files.

    ``predictions/NAME.json`` is as MMPose's inferencer writes it: a list of
    instances; of a video, a list of frames. ``visualizations/NAME`` is drawn:
    NAME itself for jpg and png, NAME.mp4 or NAME.png for others. Each file is
    written under another name first; earlier ones are replaced.

    Args:
        inferencer (GarmentInferencer): The model.
        inputs (list[Input]): The files.
        out (str): The folder of results.
        garments (callable): Gets the name of a file and returns its boxes, or
            None for those that the inferencer takes.
        bbox_thr (float): Score that a detected garment must exceed.
        advance (callable): Called with 1 for each picture and frame.

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
    for item, drawing in zip(inputs, drawings):
        drawing = osp.join(out, 'visualizations', *drawing.split('/'))
        result = osp.join(out, 'predictions', *f'{item.name}.json'.split('/'))
        for file in (drawing, result):
            os.makedirs(osp.dirname(file), exist_ok=True)
        try:
            boxes = garments(item.name)
            if item.is_video:
                number = _predict_video(inferencer, item.path, boxes, bbox_thr,
                                        drawing, result, advance)
            else:
                image = _read(item)
                found, drawn = _predict_image(inferencer, item.path, image,
                                              boxes, bbox_thr)
                with replacing(drawing) as part:
                    _write_image(part, drawn)
                _write_json(result, found)
                number = len(found)
                advance(1)
            outcome.garments[item.name] = number
        except _Unusable as error:
            outcome.skipped.append(str(error))
            advance(1)
    return outcome


class _Unusable(ValueError):
    """A file that is left out."""


def drawing_name(item: Input) -> str:
    """Name of the drawing of a file.

    Example:
        >>> from pcloss_mmpose.inference.inputs import Input
        >>> from pcloss_mmpose.inference.files import drawing_name
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


def _predict_image(inferencer, path, image, boxes, bbox_thr):
    options: dict = dict(bbox_thr=bbox_thr, return_vis=True)
    if boxes is not None:
        if not len(boxes):
            raise _Unusable(f'{path}: no box is given for it')
        try:
            check_inside(boxes, image.shape[1], image.shape[0])
        except ValueError as error:
            raise _Unusable(f'{path}: {error}') from None
        options['bboxes'] = [boxes]
    result = next(inferencer([image], **options))
    return result['predictions'][0], result['visualization'][0][..., ::-1]


def _predict_video(inferencer, path, boxes, bbox_thr, drawing, result,
                   advance) -> int:
    video = mmcv.VideoReader(path)
    first = video.read()
    if first is None:
        raise _Unusable(f'{path}: not a video that OpenCV can read')
    frames = []
    writer: Any = None
    try:
        with replacing(drawing) as part:
            for number, image in enumerate(_frames(first, video)):
                instances, drawn = _predict_image(inferencer, path, image,
                                                  boxes, bbox_thr)
                if writer is None:
                    writer = cv2.VideoWriter(str(part),
                                             cv2.VideoWriter_fourcc(*'mp4v'),
                                             video.fps or 25,
                                             (drawn.shape[1], drawn.shape[0]))
                    if not writer.isOpened():
                        raise OSError(f'{drawing}: OpenCV cannot write it')
                writer.write(np.ascontiguousarray(drawn))
                frames.append(dict(frame_id=number, instances=instances))
                advance(1)
            writer.release()
    finally:
        if writer is not None:
            writer.release()
    _write_json(result, frames)
    return sum(len(frame['instances']) for frame in frames)


def _frames(first: np.ndarray,
            video: mmcv.VideoReader) -> Iterator[np.ndarray]:
    image = first
    while image is not None:
        yield image
        image = video.read()


def _write_image(path: Union[str, Path], image: np.ndarray) -> None:
    done, data = cv2.imencode(osp.splitext(path)[1], image)
    if not done:
        raise OSError(f'{path}: OpenCV cannot encode the drawing')
    with open(path, 'wb') as file:
        file.write(data.tobytes())


def _write_json(path: str, value: list) -> None:
    with replacing(path) as part:
        # the call with which MMPose's inferencer writes
        mmengine.dump(value, part, indent='  ')
