"""Ratios against peers and physical limits, each measured in one run: `python -m benchmarks`."""
