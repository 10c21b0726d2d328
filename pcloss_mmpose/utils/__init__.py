from .command_line import check_new_folder, check_output, progress, run_main
from .cores import usable_cores
from .stock_tools import (call_stock_tool, find_mmpose, find_stock_tool,
                          run_stock_tool)
from .wording import counted
from .writing import remove_parts, replacing

__all__ = [
    'call_stock_tool', 'check_new_folder', 'check_output', 'counted',
    'find_mmpose', 'find_stock_tool', 'progress', 'remove_parts', 'replacing',
    'run_main', 'run_stock_tool', 'usable_cores'
]
