from .dfa_head import DFAHead
from .dlan_head import DLANHead
from .fgn_head import FGNHead

__all__ = ['DFAHead', 'DLANHead', 'FGNHead']
