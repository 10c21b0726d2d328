from .finest_fpn import FinestFPN
from .selective_dilation import SelectiveDilation, selective_dilation

__all__ = ['FinestFPN', 'SelectiveDilation', 'selective_dilation']
