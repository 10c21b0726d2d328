from .labelled_loss import LabelledLoss
from .pc_loss import PCLoss

__all__ = ['LabelledLoss', 'PCLoss']
