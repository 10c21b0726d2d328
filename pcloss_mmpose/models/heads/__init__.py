from .dlan_head import DLANHead

__all__ = ['DLANHead']
