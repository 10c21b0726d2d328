"""What a picture is painted of: layers, each over those before it."""
from dataclasses import dataclass, field
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from .cloth import Cloth, Colour

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel


def fixed(points: np.ndarray) -> np.ndarray:
    """Pixels -> OpenCV's fixed-point integers."""
    return np.round(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)


@dataclass
class Patch:
    """An opaque piece: fabric or skin within the union of some outlines."""
    polygons: List[np.ndarray]  # outlines in pixels, each (n, 2)
    cloth: Cloth
    angle: float = 0.  # in which the fabric is laid, degrees
    # (polyline, strength) of light (> 0) and dark (< 0) creases
    folds: Sequence[Tuple[np.ndarray, float]] = ()
    volume: float = .3  # 0 flat .. 1 round, darkens the rim
    part: str = ''  # of the garment that the picture is about
    marks: Tuple[str, ...] = ()  # landmarks that are corners of this piece
    # lines from the top or left, for the landmarks between corners
    edges: Dict[str, np.ndarray] = field(default_factory=dict)
    second: bool = False  # of the other garment that the same person wears

    def __post_init__(self):
        self.polygons = [q.astype(np.float32) for q in self.polygons]
        self._bounds = [(*q.min(0).tolist(), *q.max(0).tolist())
                        for q in self.polygons]

    def depth(self, point: np.ndarray) -> float:
        """How deep ``point`` lies inside the union, pixels.

        -inf where it is outside of the box around every outline.
        """
        x, y = float(point[0]), float(point[1])
        return max((cv2.pointPolygonTest(polygon, (x, y), True)
                    for polygon, (x1, y1, x2, y2) in zip(
                        self.polygons, self._bounds)
                    if x1 <= x <= x2 and y1 <= y <= y2),
                   default=-np.inf)

    def paint(self, image: np.ndarray) -> None:
        corner, mask = cut_mask(self.polygons, image.shape)
        if mask is None:
            return
        x, y = corner
        h, w = mask.shape
        roi = image[y:y + h, x:x + w]
        anchor = self.polygons[0][0] - corner
        paint = self.cloth.cut(w, h, self.angle, anchor)
        shade = self._shade(mask, corner)
        paint = cv2.multiply(paint, cv2.merge([shade] * 3), scale=1 / 128.)
        alpha = mask.astype(np.float32) * np.float32(1 / 255.)
        roi[:] = cv2.blendLinear(paint, roi, alpha, 1 - alpha)

    def _shade(self, mask: np.ndarray, corner: np.ndarray) -> np.ndarray:
        """Brightness, 128 neutral: darker rim, creases; at half the size."""
        h, w = mask.shape
        half = ((w + 1) // 2, (h + 1) // 2)
        small = cv2.resize(mask, half, interpolation=cv2.INTER_AREA)
        k = max(3, min(half) // 3) | 1
        rim = cv2.blur(small, (k, k), borderType=cv2.BORDER_CONSTANT)
        rim = cv2.addWeighted(rim, .5 * self.volume, rim, 0,
                              128 - 100 * self.volume)
        if self.folds:
            light = np.full(rim.shape, 128, np.uint8)
            thick = max(1, round(max(half) / 45))
            for line, strength in self.folds:
                cv2.polylines(light, [fixed((line - corner) / 2)], False,
                              int(128 + 128 * strength), thick, cv2.LINE_AA,
                              _SHIFT)
            light = cv2.blur(light, (2 * thick + 1, 2 * thick + 1))
            rim = cv2.addWeighted(rim, 1, light, 1, -128)
        return cv2.resize(rim, (w, h), interpolation=cv2.INTER_LINEAR)


@dataclass
class Stroke:
    """A seam, strap or line of buttons; too thin to hide anything."""
    line: np.ndarray
    colour: Colour
    width: float = 1.

    def paint(self, image: np.ndarray) -> None:
        cv2.polylines(image, [fixed(self.line)], False, self.colour,
                      max(1, int(round(self.width))), cv2.LINE_AA, _SHIFT)


@dataclass
class Dots:
    """Buttons, eyes, sequins."""
    centres: np.ndarray
    colour: Colour
    radius: float = 1.

    def paint(self, image: np.ndarray) -> None:
        for centre in fixed(self.centres):
            cv2.circle(image, tuple(int(v) for v in centre),
                       int(self.radius * (1 << _SHIFT)), self.colour, -1,
                       cv2.LINE_AA, _SHIFT)


@dataclass
class Text:
    """A printed word."""
    at: np.ndarray
    text: str
    colour: Colour
    scale: float

    def paint(self, image: np.ndarray) -> None:
        cv2.putText(image, self.text, tuple(int(v) for v in self.at),
                    cv2.FONT_HERSHEY_DUPLEX, self.scale, self.colour, 1,
                    cv2.LINE_AA)


@dataclass
class Shadow:
    """The soft shadow that pieces cast on what was painted before."""
    polygons: List[np.ndarray]
    offset: np.ndarray
    strength: float

    def paint(self, image: np.ndarray) -> None:
        h, w = image.shape[:2]
        mask = np.zeros(((h + 3) // 4, (w + 3) // 4), np.uint8)
        for polygon in self.polygons:
            cv2.fillPoly(mask, [fixed((polygon + self.offset) / 4)], 255,
                         cv2.LINE_AA, _SHIFT)
        mask = cv2.blur(mask, (5, 5))
        shade = cv2.addWeighted(mask, -self.strength, mask, 0, 255)
        shade = cv2.resize(shade, (w, h), interpolation=cv2.INTER_LINEAR)
        image[:] = cv2.multiply(image, cv2.merge([shade] * 3), scale=1 / 255.)


def cut_mask(polygons: Sequence[np.ndarray], shape: Tuple[int, ...]):
    """Anti-aliased mask of the union and its corner (x, y) on the picture.

    Returns:
        tuple: corner (2,) int and mask (h, w) uint8, or None where the union
        lies outside the picture.
    """
    stacked = np.concatenate(polygons)
    low = np.maximum(np.floor(stacked.min(0)).astype(int) - 1, 0)
    high = np.minimum(
        np.ceil(stacked.max(0)).astype(int) + 2, (shape[1], shape[0]))
    w, h = high - low
    if w <= 0 or h <= 0:
        return low, None
    mask = np.zeros((h, w), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [fixed(polygon - low)], 255, cv2.LINE_AA, _SHIFT)
    return low, mask
