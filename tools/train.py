"""Runs train.py of the installed mmpose, nothing more."""
from pcloss_mmpose.utils import run_stock_tool

if __name__ == '__main__':
    run_stock_tool('train.py')
