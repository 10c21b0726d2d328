"""The forms of the constraint: how heatmaps are read, what errors cost."""
from functools import partial
from typing import Callable, NamedTuple, Optional, Tuple

from torch import Tensor

from ...functional import (log_penalty, peak_moments, soft_argmax,
                           squared_penalty)

#: Predicted and true positions (B, K, 2), (x, y) in heatmap pixels, and how
#: certain the former are, (B, K), from 0 to 1; None for wholly.
Positions = Tuple[Tensor, Tensor, Optional[Tensor]]

# Of a heatmap that is as good as empty.
_MASS = 1e-6


def read_peaks(output: Tensor, target: Tensor) -> Positions:
    """Mean positions of the peaks, by the weaker ones less.

    The error of a heatmap with less mass than a whole peak is scaled down to
    its share: the weaker its peaks, the less they say about a position. One
    without a target has no error. Both heatmaps are (B, K, H, W); certainty
    is the share of a whole peak's mass.
    """
    first, mass = peak_moments(output)
    true_first, true_mass = peak_moments(target)
    true = true_first / true_mass.clamp_min(_MASS)
    # Of the image's largest target: that of a landmark at or beyond the border
    # has little mass or none. Not a part of the graph: fading away must not
    # look like an improvement.
    whole = true_mass.amax(-2, keepdim=True).clamp_min(_MASS)
    share = (mass / whole).clamp_max(1) * (true_mass > _MASS)
    share = share.detach()
    error = (first / mass.clamp_min(_MASS) - true) * share
    return true + error, true, share[..., 0]


def read_softmax(output: Tensor, target: Tensor) -> Positions:
    """Mean positions under a softmax of sharpness 25."""
    return soft_argmax(output), soft_argmax(target), None


class Form(NamedTuple):
    """How heatmaps are read, what errors cost, and its ``tau`` if any."""
    read: Callable[[Tensor, Tensor], Positions]
    penalise: Callable[..., Tensor]
    tau: Optional[float] = None

    @property
    def penalty(self) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        """``penalise`` with its ``tau``."""
        if self.tau is None:
            return self.penalise
        return partial(self.penalise, tau=self.tau)


FORMS = dict(
    robust=Form(read_peaks, log_penalty, tau=0.03),
    paper=Form(read_softmax, squared_penalty))
