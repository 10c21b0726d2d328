from .constraint import (check_groups, group_members, log_penalty,
                         position_constraint, squared_penalty)
from .heatmaps import fit_peak, peak_moments, soft_argmax

__all__ = [
    'check_groups', 'fit_peak', 'group_members', 'log_penalty',
    'peak_moments', 'position_constraint', 'soft_argmax', 'squared_penalty'
]
