"""The constraint and the integral operations, forward and backward."""
from functools import partial
from typing import Iterator

import torch
from mmpose.models.heads import IntegralRegressionHead
from racing import Race, equal
from torch import Tensor

from pcloss_mmpose.functional import (log_penalty, peak_moments,
                                      position_constraint, soft_argmax)

BATCH = 64
LANDMARKS = (8, 24, 98, 294)
ALPHA, SCALE = 25., .03

our_constraint = partial(
    position_constraint, penalise=partial(log_penalty, tau=SCALE))


def all_pairs(pred: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """The definition of ``position_constraint``, over a (B, K, K) tensor."""
    found = pred[:, :, None] - pred[:, None]
    true = target[:, :, None] - target[:, None]
    loss = (weights[:, None] * (found - true).square().sum(-1)).sum(-1)
    others = (weights.sum(-1, keepdim=True) - weights).clamp_min(1e-9)
    tiny = SCALE / 1000
    distance = (loss / others + tiny**2).sqrt() - tiny
    loss = SCALE * torch.log1p(distance / SCALE)
    number = (weights > 0).sum(-1).clamp_min(1)
    return ((weights * loss).sum(-1) / number).mean()


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


def _gradient(function, first, *rest):
    first.grad = None
    output = function(first, *rest)
    (output * torch.ones_like(output)).sum().backward()
    return output.detach(), first.grad


def _race(part, against, size, ours, theirs, *inputs) -> Race:

    def check():
        for a, b in zip(_gradient(ours, *inputs), _gradient(theirs, *inputs)):
            equal(a, b, rtol=2e-4, atol=2e-4 * float(b.abs().max()))

    return Race(f'{part}, forward and backward', against, size,
                lambda: _gradient(ours, *inputs),
                lambda: _gradient(theirs, *inputs), check)


def constraint_races(device: str,
                     batch: int = BATCH,
                     landmarks=LANDMARKS) -> Iterator[Race]:
    for number in landmarks:
        g = torch.Generator().manual_seed(number)
        pred, target = torch.rand(2, batch, number, 2, generator=g).to(device)
        weights = (torch.rand(batch, number, generator=g) > .1).float()
        yield _race('position_constraint, robust form',
                    'a tensor of all pairs', f'B={batch}, K={number}',
                    our_constraint, all_pairs, pred.requires_grad_(), target,
                    weights.to(device))


def integral_races(device: str,
                   shape=(BATCH, 24, 64, 48)) -> Iterator[Race]:
    g = torch.Generator().manual_seed(0)
    heatmaps = (torch.rand(shape, generator=g) / 10).to(device)
    batch, landmarks, height, width = shape
    size = f'B={batch}, K={landmarks}, {width}x{height}'
    rivals = (('soft_argmax', partial(soft_argmax, alpha=ALPHA),
               'IntegralRegressionHead', head_expectation),
              ('peak_moments', lambda x: torch.cat(peak_moments(x), -1),
               'squares and expectation', plain_peaks))
    for name, ours, against, theirs in rivals:
        yield _race(name, against, size, ours, theirs,
                    heatmaps.requires_grad_())
