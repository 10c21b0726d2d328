from .finest_fpn import FinestFPN
from .selective_dilation import SelectiveDilation

__all__ = ['FinestFPN', 'SelectiveDilation']
