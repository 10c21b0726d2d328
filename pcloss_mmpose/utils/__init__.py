from .stock_tools import find_stock_tool, run_stock_tool

__all__ = ['find_stock_tool', 'run_stock_tool']
