"""The gradient of the constraint at the peaks of a heatmap, as a table.

Four landmarks, three of them predicted correctly; the heatmap of the fourth is
one that occurs in training. The figures are gradients of the constraint, with
the beta of its form, at the true peak and at the wrong one, in units of the
largest gradient of the mean squared error at the same heatmap. A positive one
lowers the heatmap there. Nothing is random.
"""
import torch
from mmpose.registry import MODELS
from mmpose.utils import register_all_modules

from pcloss_mmpose.comparison.formats import print_tables
from pcloss_mmpose.comparison.table import Table
from pcloss_mmpose.models import PCLoss

SIZE = 16  # pixels, the heatmap's side
TRUE, WRONG = (4, 4), (12, 11)  # (x, y)
BETAS = {'paper': 1e-3, 'robust': .01}
BASE = dict(type='KeypointMSELoss', use_target_weight=True)


def gaussian(center, height=1.):
    x, y = torch.arange(SIZE), torch.arange(SIZE)[:, None]
    return height * torch.exp(-((x - center[0])**2 +
                                (y - center[1])**2) / 2.)


#: heatmap of the fourth landmark -> heights of the true and the wrong peak
CASES = {
    'correct, with a weak second peak': (.9, .3),
    'barely correct': (.5, .45),
    'barely wrong': (.45, .5),
    'wrong, with a weak true peak': (.3, .9),
    'wrong': (0., 1.),
    'no peak': (.02, .02),
}


def slopes(loss, heatmap):
    target = torch.stack([gaussian((4, 12)), gaussian((12, 4)),
                          gaussian((8, 8)), gaussian(TRUE)])[None]
    pred = target.clone()
    pred[0, 3] = heatmap
    pred.requires_grad_()
    loss(pred, target, torch.ones(1, 4)).backward()
    return pred.grad[0, 3]


def tabulate():
    """Header and rows of the table, as text."""
    mse = MODELS.build(BASE)
    header = ['heatmap'] + [
        f'{name}, {place} peak' for name in ('MSE', *BETAS)
        for place in ('true', 'wrong')
    ]
    rows = []
    for name, heights in CASES.items():
        heatmap = gaussian(TRUE, heights[0]) + gaussian(WRONG, heights[1])
        base = slopes(mse, heatmap)
        found = [base] + [
            slopes(PCLoss(BASE, form=form, beta=beta), heatmap) - base
            for form, beta in BETAS.items()
        ]
        rows.append([name] + [
            rounded(slope[y, x] / base.abs().max()) for slope in found
            for x, y in (TRUE, WRONG)
        ])
    return [header, *rows]


def rounded(value):
    """Two digits; what is below a thousandth is none."""
    return '0' if abs(value) < 1e-3 else f'{float(value):+.2g}'


def main():
    register_all_modules()
    header, *rows = tabulate()
    print_tables([
        Table('gradient, in units of the largest of the squared error', header,
              rows)
    ], width=160)


if __name__ == '__main__':
    main()
