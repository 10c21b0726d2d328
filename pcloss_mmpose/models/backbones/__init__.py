from .dfa_backbone import DFABackbone

__all__ = ['DFABackbone']
