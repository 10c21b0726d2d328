"""Draw garments: landmarks with their names and scores, and boxes."""
import os.path as osp
from importlib.util import find_spec
from typing import Iterable, List, Sequence, Tuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..utils.palette import ORANGE, SKY, rgb
from .garments import Garments, Landmarks
from .labels import place_labels

_LEFT, _RIGHT, _NEITHER = rgb(SKY), rgb(ORANGE), (255, 255, 255)
_BLACK = (0, 0, 0)
# Names are not readable on fewer pixels.
_LONG_SIDE = 720


def draw_garments(image: np.ndarray,
                  garments: Garments,
                  landmarks: Landmarks,
                  names: Sequence[str],
                  links: Iterable[Sequence[int]] = (),
                  kpt_thr: float = 0.3) -> np.ndarray:
    """Draw landmarks with names and scores.

    Left is blue, right is orange. A landmark is a disc, or a ring if its
    score is below ``kpt_thr``; one with the score 0, which the garment's type
    does not have, is not drawn. Small pictures are enlarged to a long side of
    720 pixels; on larger ones, all grows with the picture.

    Args:
        image (np.ndarray): RGB, in shape (H, W, 3), uint8.
        garments (Garments): Of the picture.
        landmarks (Landmarks): Of each garment.
        names (Sequence[str]): Of the landmarks.
        links (Iterable[Sequence[int]]): Pairs of landmarks to join by a line.
        kpt_thr (float): Score below which a landmark is a ring.

    Returns:
        np.ndarray: The drawn picture, RGB, another array than the given one.

    Example:
        >>> import numpy as np
        >>> from pcloss_mmpose.deploy import (Landmarks, draw_garments,
        ...                                   given_garments)
        >>> garments = given_garments([(10, 5, 20, 30)], ['upper'])
        >>> landmarks = Landmarks(np.array([[[15., 20.]]]), np.ones((1, 1)))
        >>> image = np.zeros((48, 36, 3), dtype=np.uint8)
        >>> draw_garments(image, garments, landmarks, ['hem']).shape
        (720, 540, 3)
    """
    height, width = image.shape[:2]
    zoom = max(1., _LONG_SIDE / max(height, width))
    if zoom > 1:
        image = cv2.resize(
            image, (round(width * zoom) or 1, round(height * zoom) or 1),
            interpolation=cv2.INTER_CUBIC)
    image = np.array(image, order='C')  # not the caller's
    # an edge of pixel 0 is at -0.5
    points = (landmarks.points + .5) * zoom - .5
    boxes = garments.boxes * zoom
    unit = max(image.shape[:2]) / _LONG_SIDE
    names = [n.replace('_', ' ') for n in names]
    links = list(links)
    texts: List[Tuple[str, np.ndarray, tuple]] = []
    for box in boxes:
        _draw_box(image, box, unit)
    image = _write_types(image, garments, boxes, unit)
    for kind, places, scores in zip(garments.types, points, landmarks.scores):
        shown = np.flatnonzero(scores > 0)
        for a, b in links:
            if a in shown and b in shown:
                _draw_line(image, places[a], places[b], _NEITHER, unit)
        for k in shown:
            colour = _colour(names[k])
            _draw_marker(image, places[k], colour, unit, scores[k] >= kpt_thr)
            name = names[k]
            if kind and name.startswith(f'{kind} '):  # which the box has
                name = name[len(kind) + 1:]
            texts.append((f'{name} {scores[k]:.2f}', places[k], colour))
    return _write_names(image, texts, unit)


def _draw_box(image: np.ndarray, box: np.ndarray, unit: float) -> None:
    height, width = image.shape[:2]
    if (box[:2] <= 1).all() and (box[2:] >= (width - 1, height - 1)).all():
        return  # the whole picture
    corners = [tuple(int(round(v)) for v in box[j:j + 2]) for j in (0, 2)]
    for colour, thick in ((_BLACK, 3), (_NEITHER, 1)):
        cv2.rectangle(image, *corners, colour, _pixels(thick * unit))


def _colour(name: str) -> tuple:
    return _LEFT if 'left' in name else _RIGHT if 'right' in name else _NEITHER


def _pixels(length: float) -> int:
    return max(1, int(round(length)))


def _draw_line(image: np.ndarray, start: np.ndarray, end: np.ndarray,
               colour: tuple, unit: float) -> None:
    # OpenCV takes 1/16 of a pixel, for smooth videos
    ends = [tuple(int(round(v * 16)) for v in p) for p in (start, end)]
    for c, thick in ((_BLACK, 3), (colour, 1)):
        cv2.line(
            image,
            *ends,
            c,
            _pixels(thick * unit),
            lineType=cv2.LINE_AA,
            shift=4)


def _draw_marker(image: np.ndarray, point: np.ndarray, colour: tuple,
                 unit: float, sure: bool) -> None:
    centre = tuple(int(round(v * 16)) for v in point)
    layers: Tuple[Tuple[tuple, float, float], ...]
    if sure:
        layers = ((_BLACK, 6.5, -1), (colour, 5, -1))
    else:
        layers = ((_BLACK, 5, 5), (colour, 5, 2.5))
    for c, radius, thick in layers:
        cv2.circle(
            image,
            centre,
            int(round(radius * unit * 16)),
            c,
            -1 if thick < 0 else _pixels(thick * unit),
            lineType=cv2.LINE_AA,
            shift=4)


def _text_size(unit: float) -> Tuple[ImageFont.FreeTypeFont, int, int]:
    """Font, height of a line and margin beside the text."""
    size = _pixels(13 * unit)
    if find_spec('matplotlib') is not None:
        import matplotlib
        folder = osp.join(matplotlib.get_data_path(), 'fonts', 'ttf')
        font = ImageFont.truetype(osp.join(folder, 'DejaVuSans.ttf'), size)
    else:
        font = ImageFont.load_default(size)  # Pillow has one of its own
    return font, sum(font.getmetrics()), _pixels(2 * unit)


def _write_types(image: np.ndarray, garments: Garments, boxes: np.ndarray,
                 unit: float) -> np.ndarray:
    """Type and score of each garment, at the upper left corner of its box."""
    font, height, pad = _text_size(unit)
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    for (x, y), score, kind in zip(boxes[:, :2], garments.scores,
                                   garments.types):
        if kind is None:
            continue
        text = kind if score == 1 else f'{kind} {score:.2f}'  # 1: given
        width = font.getlength(text) + 2 * pad
        x = max(0, min(x, picture.width - width))
        y = y - height if y > height else max(y, 0)
        draw.rectangle((x, y, x + width, y + height),
                       fill=_NEITHER,
                       outline=_BLACK)
        draw.text((x + pad, y), text, font=font, fill=_BLACK)
    return np.array(picture)


def _write_names(image: np.ndarray, texts: Sequence[tuple],
                 unit: float) -> np.ndarray:
    """Names beside the landmarks, with a line to those further away."""
    font, height, pad = _text_size(unit)
    sizes = [(font.getlength(text) + 2 * pad, height) for text, *_ in texts]
    points = np.array([point for _, point, _ in texts])
    radius = 7 * unit
    places = place_labels(points, sizes, image.shape[1::-1], radius)
    for box, (_, point, colour) in zip(places, texts):
        nearest = np.clip(point, box[:2], box[2:])
        gap = np.linalg.norm(nearest - point)
        if gap > 3 * radius:
            start = point + (nearest - point) * (radius / gap)
            _draw_line(image, start, nearest, colour, unit)
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    for box, (text, _, colour) in zip(places, texts):
        draw.rectangle(
            tuple(box), fill=_BLACK, outline=colour, width=_pixels(unit))
        draw.text((box[0] + pad, box[1]), text, font=font, fill=_NEITHER)
    return np.array(picture)
