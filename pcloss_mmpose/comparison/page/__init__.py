"""Runs side by side on one page for a browser."""
from .render import load_jinja2, write_page

__all__ = ['load_jinja2', 'write_page']
