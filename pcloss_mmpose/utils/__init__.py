from .replacing import replacing
from .stock_tools import call_stock_tool, find_stock_tool, run_stock_tool

__all__ = [
    'call_stock_tool', 'find_stock_tool', 'replacing', 'run_stock_tool'
]
