"""The constraint and the integral operations, forward and backward."""
from functools import partial
from typing import Iterator

import torch
from mmpose.models.heads import IntegralRegressionHead
from racing import Race, all_threads, equal
from torch import Tensor

from pcloss_mmpose.functional import (log_penalty, peak_moments,
                                      position_constraint, soft_argmax,
                                      squared_penalty)

BATCH = 64
#: landmarks -> bar
LANDMARKS = {8: 1, 24: None, 98: 5, 294: 15}
ALPHA, SCALE = 25., .03
PENALTIES = dict(
    robust=partial(log_penalty, tau=SCALE), paper=squared_penalty)


def all_pairs(pred: Tensor, target: Tensor, weights: Tensor,
              scale=None) -> Tensor:
    """The definition of ``position_constraint``, over a (B, K, K) tensor."""
    found = pred[:, :, None] - pred[:, None]
    true = target[:, :, None] - target[:, None]
    loss = (weights[:, None] * (found - true).square().sum(-1)).sum(-1)
    if scale is not None:
        others = (weights.sum(-1, keepdim=True) - weights).clamp_min(1e-9)
        tiny = scale / 1000
        distance = (loss / others + tiny**2).sqrt() - tiny
        loss = scale * torch.log1p(distance / scale)
    number = (weights > 0).sum(-1).clamp_min(1)
    return ((weights * loss).sum(-1) / number).mean()


def softmax_expectation(heatmaps: Tensor) -> Tensor:
    """``soft_argmax``, written plainly."""
    height, width = heatmaps.shape[-2:]
    softmax = (ALPHA * heatmaps).flatten(-2).softmax(-1).view_as(heatmaps)
    x = (softmax.sum(-2) * torch.arange(width).to(heatmaps)).sum(-1)
    y = (softmax.sum(-1) * torch.arange(height).to(heatmaps)).sum(-1)
    return torch.stack((x, y), -1)


def head_expectation(heatmaps: Tensor) -> Tensor:
    """The same by the functions of MMPose's head."""
    head = IntegralRegressionHead
    height, width = heatmaps.shape[-2:]
    softmax = head._flat_softmax(None, heatmaps * ALPHA)
    x = torch.arange(width).to(heatmaps)
    y = torch.arange(height).to(heatmaps)[:, None]
    return torch.cat([
        head._linear_expectation(None, softmax, x),
        head._linear_expectation(None, softmax, y)
    ], -1)


def plain_peaks(heatmaps: Tensor) -> Tensor:
    """``peak_moments``, written plainly."""
    height, width = heatmaps.shape[-2:]
    mass = heatmaps.clamp_min(0).square()
    x = (mass.sum(-2) * torch.arange(width).to(heatmaps)).sum(-1)
    y = (mass.sum(-1) * torch.arange(height).to(heatmaps)).sum(-1)
    return torch.stack((x, y, mass.sum((-2, -1))), -1)


def our_peaks(heatmaps: Tensor) -> Tensor:
    return torch.cat(peak_moments(heatmaps), -1)


def _gradient(function, first, *rest):
    first.grad = None
    output = function(first, *rest)
    (output * torch.ones_like(output)).sum().backward()
    return output.detach(), first.grad


def _race(ours, theirs, inputs, **race) -> Race:

    def check():
        for a, b in zip(_gradient(ours, *inputs), _gradient(theirs, *inputs)):
            equal(a, b, rtol=2e-4, atol=2e-4 * float(b.abs().max()))

    return Race(
        ours=lambda: _gradient(ours, *inputs),
        theirs=lambda: _gradient(theirs, *inputs),
        check=check,
        **race)


def constraint_races(batch: int = BATCH,
                     landmarks: dict = LANDMARKS,
                     device: str = 'cpu') -> Iterator[Race]:
    threads = all_threads() if device == 'cpu' else (1, )
    for form, scale in (('robust', SCALE), ('paper', None)):
        for number, bar in landmarks.items():
            g = torch.Generator().manual_seed(number)
            pred, target = torch.rand(
                2, batch, number, 2, generator=g).to(device)
            weights = torch.rand(batch, number, generator=g).to(device)
            weights = (weights > .1).float()
            yield _race(
                lambda p, t, w, f=PENALTIES[form]: position_constraint(
                    p, t, w, penalise=f),
                lambda p, t, w, s=scale: all_pairs(p, t, w, s),
                (pred.requires_grad_(), target, weights),
                part=f'position_constraint, {form} form, forward and backward',
                against='a tensor of all pairs',
                size=f'B={batch}, K={number}',
                bar=bar,
                threads=threads)


def integral_races(shape=(BATCH, 24, 64, 48),
                   device: str = 'cpu') -> Iterator[Race]:
    g = torch.Generator().manual_seed(0)
    heatmaps = (torch.rand(shape, generator=g) / 10).to(device)
    batch, landmarks, height, width = shape
    settings = dict(
        size=f'B={batch}, K={landmarks}, {width}x{height}',
        threads=all_threads() if device == 'cpu' else (1, ))
    inputs = (heatmaps.requires_grad_(), )

    def ours(maps):
        return soft_argmax(maps, ALPHA)

    bar = 2 if device == 'cpu' else None
    rivals = (
        (ours, softmax_expectation, 'soft_argmax', 'softmax and expectation'),
        (ours, head_expectation, 'soft_argmax', 'IntegralRegressionHead'),
        (our_peaks, plain_peaks, 'peak_moments', 'squares and expectation'))
    for function, theirs, name, against in rivals:
        yield _race(
            function,
            theirs,
            inputs,
            part=f'{name}, forward and backward',
            against=against,
            bar=bar,
            **settings)
    if device == 'cpu':
        return
    for function, name in ((ours, 'soft_argmax'), (our_peaks, 'peak_moments')):
        copy = torch.empty_like(heatmaps)
        yield Race(
            part=f'{name}, forward and backward',
            against='one copy of the heatmaps',
            ours=lambda f=function: _gradient(f, *inputs),
            theirs=lambda: copy.copy_(heatmaps.detach()),
            check=lambda: None,
            bar=1 / 2,
            **settings)
