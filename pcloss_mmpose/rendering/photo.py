"""From the painting to a photograph: light, lens, sensor, compression."""
import cv2
import numpy as np

_NOISE = np.random.default_rng(0).standard_normal(
    (600, 1200)).astype(np.float32)


def photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven light, colour cast, blur and noise; (h, w, 3) uint8."""
    h, w = image.shape[:2]
    light = rng.normal(118, rng.uniform(2, 16), (2, 2))
    if rng.random() < .25:  # a lamp or a window
        light = rng.normal(118, 16, (4, 4))
    light = np.clip(light, 60, 160).astype(np.uint8)
    light = cv2.resize(light, (w, h), interpolation=cv2.INTER_CUBIC)
    cast = rng.normal(1, .03, 3)
    image = cv2.merge([
        cv2.multiply(plane, light, scale=float(k) / 118.)
        for plane, k in zip(cv2.split(image), cast)
    ])
    gain, bias = rng.normal(1, .10), rng.normal(0, 9)
    image = cv2.convertScaleAbs(
        image, alpha=gain, beta=max(bias + 128 * (1 - gain), 0.))
    sigma = rng.choice([0., .5, .8, 1.2], p=(.35, .3, .23, .12)) * \
        max(h, w) / 256
    if sigma:
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    if rng.random() < .7:
        y, x = rng.integers(0, _NOISE.shape[0]), rng.integers(
            0, _NOISE.shape[1])
        noise = np.roll(_NOISE, (-y, -x), (0, 1)) \
            if h > _NOISE.shape[0] else _NOISE
        y, x = y % max(1, noise.shape[0] - h), x % max(1, noise.shape[1] - w)
        grain = noise[y:y + h, x:x + w] * np.float32(rng.uniform(1, 6))
        image = cv2.add(image, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    return image


def to_jpeg(image: np.ndarray, rng: np.random.Generator) -> bytes:
    """The file's bytes, quality 60 to 95."""
    quality = int(rng.integers(60, 96))
    ok, data = cv2.imencode('.jpg', image,
                            [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise RuntimeError('OpenCV could not encode a picture as JPEG')
    return data.tobytes()
