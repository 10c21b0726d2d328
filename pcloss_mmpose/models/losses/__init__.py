from .pc_loss import PCLoss

__all__ = ['PCLoss']
