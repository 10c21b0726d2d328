"""What is behind everything: paper, walls, rooms, streets out of focus."""
import cv2
import numpy as np

from .cloth import random_cloth, random_colour

KINDS = ('white', 'plain', 'gradient', 'wall', 'room', 'clutter', 'noise',
         'cloth')
SHARES = (.14, .12, .12, .14, .16, .16, .08, .08)


def background(kind: str, shape, rng: np.random.Generator,
               like) -> np.ndarray:
    """An (h, w, 3) picture.

    Args:
        kind: One of ``KINDS``.
        shape: (height, width).
        rng: Source of randomness.
        like: A colour to stay close to (low contrast), or None.
    """
    h, w = shape
    a = np.array(random_colour(rng), float)
    b = np.array(random_colour(rng), float)
    if like is not None:
        a = np.clip(np.array(like) + rng.normal(0, 14, 3), 0, 255)
        b = np.clip(a + rng.normal(0, 20, 3), 0, 255)
    elif kind in ('plain', 'gradient', 'wall') and rng.random() < .6:
        a = np.full(3, rng.uniform(150, 245)) + rng.normal(0, 6, 3)
        b = a * rng.uniform(.7, 1.05)
    if kind == 'white' and like is None:
        return np.full((h, w, 3), rng.integers(236, 256), np.uint8)
    if kind == 'gradient':
        corners = np.stack([a, b, (a + b) / 2, a * .9]).reshape(2, 2, 3)
        return _grow(corners, h, w, cv2.INTER_LINEAR)
    if kind == 'noise':
        cells = rng.integers(3, 12, 2)
        grid = a + rng.normal(0, 35, (*cells, 1)) + \
            rng.normal(0, 12, (*cells, 3))
        return _grow(grid, h, w, cv2.INTER_CUBIC)
    if kind == 'cloth':
        cloth = random_cloth(rng, 1.5 * max(shape) / 256)
        return cloth.cut(w, h, float(rng.uniform(-20, 20)), np.zeros(2))
    image = np.empty((h, w, 3), np.uint8)
    image[:] = np.clip(a, 0, 255)
    if kind in ('wall', 'room'):
        _wall(image, b, rng)
    if kind == 'room':
        _furniture(image, rng)
    if kind == 'clutter':
        _clutter(image, rng)
    return image


def _grow(grid, h, w, how) -> np.ndarray:
    grid = np.clip(grid, 0, 255).astype(np.uint8)
    return cv2.resize(grid, (w, h), interpolation=how)


def _wall(image, colour, rng) -> None:
    """Bricks, boards or panels above a floor."""
    h, w = image.shape[:2]
    line = tuple(int(v) for v in image[0, 0] * rng.uniform(.75, .95))
    step = max(6, int(rng.uniform(.04, .2) * h))
    if rng.random() < .6:
        for k, y in enumerate(range(0, h, step)):
            cv2.line(image, (0, y), (w, y), line, 1)
            if step < .1 * h:
                for x in range((k % 2) * step, w, 2 * step):
                    cv2.line(image, (x, y), (x, y + step), line, 1)
    else:
        for x in range(int(rng.integers(step)), w, step):
            cv2.line(image, (x, 0), (x, h), line, 1)
    floor = int(h * rng.uniform(.65, .95))
    image[floor:] = np.clip(colour, 0, 255)


def _furniture(image, rng) -> None:
    """Frames, shelves, doors and lamps."""
    h, w = image.shape[:2]
    for _ in range(rng.integers(2, 7)):
        x, y = int(rng.uniform(-.1, 1) * w), int(rng.uniform(-.1, .9) * h)
        dx, dy = int(rng.uniform(.1, .5) * w), int(rng.uniform(.1, .6) * h)
        colour = random_colour(rng)
        cv2.rectangle(image, (x, y), (x + dx, y + dy), colour, -1)
        edge = tuple(int(c * .6) for c in colour)
        cv2.rectangle(image, (x, y), (x + dx, y + dy), edge,
                      int(rng.integers(1, 4)))
    if rng.random() < .5:
        k = int(rng.choice([3, 5, 9])) * max(h, w) // 256 | 1
        cv2.blur(image, (k, k), dst=image)


def _clutter(image, rng) -> None:
    """Blobs and lines of a street or a stall, out of focus."""
    h, w = image.shape[:2]
    for _ in range(rng.integers(15, 45)):
        centre = (int(rng.uniform(0, w)), int(rng.uniform(0, h)))
        axes = (int(rng.uniform(.02, .15) * w), int(rng.uniform(.02, .2) * h))
        colour = random_colour(rng)
        if rng.random() < .5:
            cv2.ellipse(image, centre, axes, float(rng.uniform(0, 180)), 0,
                        360, colour, -1)
        else:
            far = (centre[0] + axes[0], centre[1] + 2 * axes[1])
            cv2.rectangle(image, centre, far, colour, -1)
    k = int(rng.choice([1, 3, 7, 13])) * max(h, w) // 256 | 1
    if k > 1:
        cv2.blur(image, (k, k), dst=image)
