"""Encoding and decoding of heatmaps."""
from typing import Iterator

import numpy as np
import torch
from mmpose.codecs import MSRAHeatmap, UDPHeatmap
from racing import Race, equal

from pcloss_mmpose.codecs import SoftArgmaxHeatmap

INPUT, HEATMAP, SIGMA = (192, 256), (48, 64), 2.
LANDMARKS = (8, 24, 294)


def build(kind, **kwargs):
    return kind(INPUT, HEATMAP, sigma=SIGMA, **kwargs)


def positions(number: int, margin: float = 0., batch: int = 1) -> np.ndarray:
    """(batch, number, 2) in pixels of the input, ``margin`` inside it."""
    rng = np.random.default_rng(number)
    size = np.array(INPUT) - 1
    xy = rng.uniform(margin, size - margin, (batch, number, 2))
    return xy.astype(np.float32)


def encode_races(landmarks=LANDMARKS) -> Iterator[Race]:
    ours = build(SoftArgmaxHeatmap, convention='msra')
    unbiased = build(MSRAHeatmap, unbiased=True)
    for number in landmarks:
        xy, visible = positions(number), np.ones((1, number), np.float32)

        def check(xy=xy, visible=visible):
            a, b = (c.encode(xy, visible) for c in (ours, unbiased))
            for key in ('heatmaps', 'keypoint_weights'):
                equal(a[key], b[key], atol=2e-5, rtol=0)

        for codec, name in ((unbiased, 'MSRAHeatmap(unbiased=True)'),
                            (build(UDPHeatmap), 'UDPHeatmap')):
            yield Race(
                part='SoftArgmaxHeatmap.encode',
                against=name,
                size=f'K={number}',
                ours=lambda a=xy, b=visible: ours.encode(a, b),
                theirs=lambda c=codec, a=xy, b=visible: c.encode(a, b),
                check=check)


def decode_races(batch: int = 64, number: int = 24) -> Iterator[Race]:
    ours = build(SoftArgmaxHeatmap, convention='msra')
    dark, plain = build(MSRAHeatmap, unbiased=True), build(MSRAHeatmap)
    xy = positions(number, margin=24., batch=batch)
    clean = np.stack([ours.encode(one[None])['heatmaps'] for one in xy])
    rng = np.random.default_rng(0)

    def decode(codec, heatmaps):
        if codec is ours:
            return codec.batch_decode(torch.from_numpy(heatmaps))[0]
        return np.stack([codec.decode(one)[0] for one in heatmaps])

    def error(codec, heatmaps):
        found = decode(codec, heatmaps)[:, 0]
        return float(np.linalg.norm(found - xy, axis=-1).mean())

    def check(codec):
        for noise in (0., .02, .1):
            heatmaps = clean + rng.normal(0, noise, clean.shape)
            heatmaps = heatmaps.astype(np.float32)
            mine, other = error(ours, heatmaps), error(codec, heatmaps)
            # As good, up to what chance makes of so few landmarks.
            assert mine < 1.01 * other + 1e-3, (noise, mine, other)

    for codec, name in ((dark, 'MSRAHeatmap(unbiased=True)'),
                        (plain, 'MSRAHeatmap')):
        yield Race(
            part='SoftArgmaxHeatmap.batch_decode, an image',
            against=name,
            size=f'B={batch}, K={number}',
            ours=lambda: decode(ours, clean),
            theirs=lambda c=codec: decode(c, clean),
            check=lambda c=codec: check(c),
            images=batch)
