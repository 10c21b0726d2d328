"""Fabrics: a colour scheme, a periodic pattern, and how it is laid."""
from dataclasses import dataclass
from functools import lru_cache
from typing import Iterable, Tuple

import cv2
import numpy as np

Colour = Tuple[int, int, int]
_LARGE = ('floral', 'camouflage')  # random, must not repeat visibly


@dataclass(frozen=True)
class Cloth:
    """A fabric."""
    pattern: str  # 'flat' or one of _PATTERNS
    colours: Tuple[Colour, ...]  # three, of the ground first, BGR
    period: int = 8  # length of one repeat, pixels
    angle: float = 0.  # of the pattern on the piece, degrees
    seed: int = 0  # of what is random in the pattern

    def cut(self, width: int, height: int, angle: float,
            origin: np.ndarray) -> np.ndarray:
        """A (height, width, 3) piece of the fabric, turned by ``angle``."""
        if self.pattern == 'flat':
            return np.full((height, width, 3), self.colours[0], np.uint8)
        tile = _tile(self)
        turn = np.radians(angle + self.angle)
        c, s = np.cos(turn), np.sin(turn)
        matrix = np.array([[c, s, -c * origin[0] - s * origin[1] + 500.],
                           [-s, c, s * origin[0] - c * origin[1] + 500.]])
        return cv2.warpAffine(
            tile,
            matrix, (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_WRAP)


def flat(colour: Colour) -> Cloth:
    """A surface without pattern: skin, leather, plastic."""
    return Cloth('flat', (colour, colour, colour))


def as_colour(values: Iterable[float]) -> Colour:
    blue, green, red = (int(v) for v in values)
    return blue, green, red


def tint(colour: Colour, factor: float) -> Colour:
    """``colour`` made darker (< 1) or lighter (> 1)."""
    return as_colour(min(255, max(0, c * factor)) for c in colour)


def random_colour(rng: np.random.Generator) -> Colour:
    """A colour as shops sell it: four in ten neutral, some dark, some loud."""
    kind = rng.random()
    if kind < .40:
        value = rng.choice([25, 45, 80, 130, 190, 225, 245])
        tone = rng.normal(0, 8, 3)
        return as_colour(np.clip(value + tone, 8, 250))
    if kind < .55:  # navy and denim
        hue, sat, val = rng.integers(100, 118), 150, rng.integers(50, 170)
    else:
        hue = rng.integers(0, 180)
        sat, val = rng.integers(50, 220), rng.integers(70, 240)
    bgr = cv2.cvtColor(np.uint8([[[hue, sat, val]]]), cv2.COLOR_HSV2BGR)
    return as_colour(bgr[0, 0])


def random_cloth(rng: np.random.Generator, scale: float) -> Cloth:
    """A fabric for a garment on a picture ``scale`` times 256 pixels long."""
    colours = tuple(random_colour(rng) for _ in range(3))
    return Cloth(
        pattern=str(rng.choice(list(_PATTERNS),
                               p=[share for share, _ in _PATTERNS.values()])),
        colours=colours,
        period=max(3, int(round(rng.uniform(4, 16) * scale))),
        angle=float(rng.choice([0., 90.]) + rng.normal(0, 3)),
        seed=int(rng.integers(2**31)))


@lru_cache(maxsize=8)
def _tile(cloth: Cloth) -> np.ndarray:
    """One tile of the fabric, 64 to 128 pixels, periodic in both axes."""
    p = cloth.period
    n = p * max(1, round((128 if cloth.pattern in _LARGE else 64) / p))
    rng = np.random.default_rng(cloth.seed)
    tile = np.array(cloth.colours, np.uint8)[_PATTERNS[cloth.pattern][1](
        rng, np.arange(n), p, n)]
    if cloth.pattern == 'knit':
        wave = np.abs(np.arange(n) % p / p - .5)
        grain = 96 + 64 * (wave[:, None] + wave[None])
    else:
        rough = 32 if cloth.pattern == 'denim' else 8
        grain = rng.integers(128 - rough // 2, 128 + rough // 2, (n, n))
    grain = grain.astype(np.uint8)
    return cv2.multiply(tile, cv2.merge([grain] * 3), scale=1 / 128.)


def _stripes(rng, x, p, n):
    band = (x % p >= p * rng.uniform(.3, .7)).astype(int)
    third = rng.random() < .3
    band = np.where(band & third & (x // p % 2 == 1), 2, band)
    return np.broadcast_to(band[:, None], (n, n))


def _plaid(rng, x, p, n):
    wide = (x % p < p * .4).astype(int)
    thin = (x % p == p // 2 + p // 5)
    grid = ((wide[:, None] + wide[None]) > 0).astype(int)
    return np.where(thin[:, None] | thin[None], 2, grid)


def _dots(rng, x, p, n):
    cell = x % p - p / 2 + .5
    r2 = cell[:, None]**2 + cell[None]**2
    return (r2 < (p * rng.uniform(.2, .38))**2).astype(int)


def _floral(rng, x, p, n):
    field = np.zeros((n, n), np.uint8)
    many = min(150, int(1.2 * (n / p)**2))
    centres = rng.integers(0, n, (many, 2)).tolist()
    axes = (rng.uniform((.25, .12), (.5, .3), (many, 2)) * p + 1).astype(int)
    turns, inks = rng.integers(360, size=many), rng.integers(1, 3, many)
    for (x, y), axis, turn, ink in zip(centres, axes.tolist(),
                                       turns.tolist(), inks.tolist()):
        for dx in (-n, 0, n) if not p <= x < n - p else (0, ):
            for dy in (-n, 0, n) if not p <= y < n - p else (0, ):
                cv2.ellipse(field, (x + dx, y + dy), tuple(axis), turn, 0,
                            360, ink, -1)
    return field


def _camouflage(rng, x, p, n):
    spectrum = rng.normal(size=(n, n // 2 + 1)) + 1j * rng.normal(
        size=(n, n // 2 + 1))
    f = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)[None])
    spectrum *= np.exp(-(f * p)**2 * 4)
    field = np.fft.irfft2(spectrum, (n, n))
    low, high = np.quantile(field[::4, ::4], [.4, .75])
    return (field > low).astype(int) + (field > high)


def _plain(rng, x, p, n):
    return np.zeros((n, n), int)


#: Share, and the index of a colour for every pixel of a tile.
_PATTERNS = {
    'plain': (.30, _plain),
    'stripes': (.15, _stripes),
    'pinstripes': (.06, lambda r, x, p, n: np.broadcast_to(
        (x % p == 0)[:, None].astype(int), (n, n))),
    'plaid': (.07, _plaid),
    'gingham': (.05, lambda r, x, p, n:
                (x % p < p / 2)[:, None].astype(int) + (x % p < p / 2)[None]),
    'dots': (.07, _dots),
    'chevron': (.04, lambda r, x, p, n: (
        (x[:, None] + np.abs(x[None] % p - p // 2)) % p < p / 2).astype(int)),
    'floral': (.09, _floral),
    'camouflage': (.03, _camouflage),
    'denim': (.07, _plain),
    'knit': (.07, _plain),
}
