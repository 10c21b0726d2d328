"""Faults, tried for real; docs/results/reliability.md has the figures."""
