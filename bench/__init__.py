"""Measurements anyone can run: `python -m bench.speed`, `python -m bench.quality`."""
