"""Faults, tried for real; docs/reliability.md has the figures."""
