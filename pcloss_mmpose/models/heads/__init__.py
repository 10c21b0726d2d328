from .dfa_head import DFAHead
from .fgn_head import FGNHead

__all__ = ['DFAHead', 'FGNHead']
