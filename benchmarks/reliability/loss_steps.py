"""Training steps of PCLoss on random and degenerate batches."""
import argparse
import time

import torch
from common import store
from mmpose.utils import register_all_modules
from rich.progress import track

from pcloss_mmpose.models import PCLoss

B, K, H, W = 4, 6, 12, 9
GROUPS = [[0, 2, 4, 5], [1, 3, 4, 5]]
TYPES = dict(float32=torch.float32, bfloat16=torch.bfloat16,
             float16=torch.float16)
SCALES = (0, 1e-6, .1, .3, 1, 1, 3, 30, 1e3, 1e4)
LABELS = ('random', ) * 5 + ('all', ) * 2 + ('none', 'one', 'fractions')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--steps', type=int, default=50000)
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def pick(choices, rng):
    return choices[int(torch.randint(len(choices), (1, ), generator=rng))]


def weights(kind, rng):
    """Visibilities (B, K)."""
    if kind == 'fractions':
        return torch.rand(B, K, generator=rng)
    if kind == 'random':
        return (torch.rand(B, K, generator=rng) < .6).float()
    weight = torch.full((B, K), float(kind == 'all'))
    if kind == 'one':
        weight[:, int(torch.randint(K, (1, ), generator=rng))] = 1
    return weight


def peaks(points):
    """Gaussians (B, K, H, W) at points (B, K, 2) in cells."""
    x = torch.exp(-(torch.arange(W) - points[..., :1])**2 / 2)
    y = torch.exp(-(torch.arange(H) - points[..., 1:])**2 / 2)
    return y[..., :, None] * x[..., None, :]


def batch(kind, scale, rng):
    """Inputs and target of a head's loss."""
    equal = torch.rand(1, generator=rng) < .2  # all landmarks on one place
    where = torch.rand(B, 1 if equal else K, 2, generator=rng)
    where = where.expand(B, K, 2)
    if kind == 'coordinates':
        noise = torch.randn(B, K, 2, generator=rng) * scale
        exact = torch.rand(1, generator=rng) < .2  # prediction is the truth
        return where + (0 if exact else noise), where
    target = peaks(where * torch.tensor([W - 1., H - 1.]))
    output = torch.randn(B, K, H, W, generator=rng) * scale
    case = torch.rand(1, generator=rng)
    if case < .1:
        target = torch.zeros_like(target)
    elif case < .2:
        output = target * scale
    elif case < .3:
        output = torch.zeros_like(output)
    return output, target


def run(form, kind, dtype, steps, seed):
    """Steps of one sort; how many had a loss or a gradient not finite."""
    rng = torch.Generator().manual_seed(seed)
    base = dict(type='KeypointMSELoss', use_target_weight=True)
    if kind == 'coordinates':
        base = dict(type='SmoothL1Loss', use_target_weight=True)
    row = dict(form=form, of=kind, type=dtype, steps=0, loss=0, gradient=0,
               constraint_zero=0)
    start = time.time()
    for step in range(steps):
        topk = (None, 2)[step % 2]
        groups = ('all', GROUPS)[step // 2 % 2]
        loss_module = PCLoss(base, form=form, topk=topk, groups=groups)
        scale = pick(SCALES, rng)
        if (kind, dtype) == ('coordinates', 'float16'):
            # Of the image's size: the gradient of the square of 1e4 is
            # beyond float16, whatever the loss.
            scale = min(scale, 30)
        output, target = batch(kind, scale, rng)
        weight = weights(pick(LABELS, rng), rng)
        # A weight before it, as in a layer; what autocast hands on is in
        # half precision, and so is the gradient that comes back.
        layer = torch.nn.Parameter(torch.ones(()))
        output = (output * layer).to(TYPES[dtype])
        output.retain_grad()
        # The constraint alone in half precision, as it is seen by no base:
        # the square of 1e4 is beyond float16.
        constraint = loss_module._constraint(output, target, weight)[0]
        loss = constraint
        if dtype == 'float32':
            with torch.autocast('cpu', torch.bfloat16, enabled=step % 3 == 0):
                loss = loss_module(output, target, weight)
        loss.backward()
        row['steps'] += 1
        row['loss'] += int(not torch.isfinite(loss))
        grads = (output.grad, layer.grad)
        row['gradient'] += int(not all(torch.isfinite(g).all()
                                       for g in grads))
        row['constraint_zero'] += int(constraint == 0)
    row['seconds'] = round(time.time() - start, 1)
    return row


def main():
    args = parse_args()
    torch.set_num_threads(1)
    register_all_modules()
    sorts = [(form, kind, dtype) for form in ('robust', 'paper')
             for kind in ('heatmaps', 'coordinates') for dtype in TYPES]
    rows = []
    for number, sort in enumerate(track(sorts, 'steps')):
        share = args.steps // len(sorts)
        share += number < args.steps % len(sorts)
        rows.append(run(*sort, share, args.seed + number))
        store('loss_steps', rows)
        print(rows[-1], flush=True)


if __name__ == '__main__':
    main()
